"""What a result was made by, as text that changes exactly when the result may.

Digests of code do not depend on comments, layout, dates or the version of Python.
"""

import ast
import functools
import hashlib
import os
import sys
from pathlib import Path
from typing import Any

from rpgan.errors import UserError

PACKAGE = Path(__file__).parent
STATE, PARAMS = "RPGAN_STATE", "RPGAN_PARAMS"  # environment of a workflow's jobs
CHANGED = "params.yaml or src/ changed while this workflow runs; start it again"


@functools.cache
def code_digest(*modules: str) -> str:
    """Digest of modules such as ``"processes.fgn"`` and of all of the package that they import."""
    seen = followed(*modules)
    text = "\n".join(f"{module} {seen[module]}" for module in sorted(seen))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def followed(*modules: str) -> dict[str, str]:
    """Digests of `modules` and of those that they import, each by itself.

    A package's ``__init__`` is not followed: it lists what exists, and the caller names the one
    that is used. So a new process re-runs nothing, and an edited one only what it simulates.
    """
    todo, seen = list(modules), {}
    while todo:
        module = todo.pop()
        if module not in seen:
            seen[module], needs = _read(PACKAGE.joinpath(*module.split(".")).with_suffix(".py"))
            todo += needs
    return seen


@functools.cache
def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(path.read_bytes())
    digest = hashlib.sha256(repr(_canonical(tree)).encode()).hexdigest()
    return digest, tuple(sorted(_imports(tree)))


def _canonical(node: Any) -> Any:
    """The tree as nested lists: `ast.dump` itself differs between versions of Python."""
    if isinstance(node, ast.AST):
        fields = [
            [name, _canonical(value)]
            for name, value in ast.iter_fields(node)
            if value not in (None, []) and name != "kind"
        ]
        return [type(node).__name__, fields]
    if isinstance(node, list):
        return [_canonical(item) for item in node if not _is_docstring(item)]
    return repr(node)


def _is_docstring(node: Any) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _imports(tree: ast.AST) -> set[str]:
    """Modules of this package that `tree` imports anywhere, without the package's own name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    inside = {name.removeprefix("rpgan.") for name in found if name.startswith("rpgan.")}
    return {
        name for name in inside if PACKAGE.joinpath(*name.split(".")).with_suffix(".py").is_file()
    }


def state_digest(params: Path) -> str:
    """Digest of `params` and of every source file of the package, to the byte."""
    digest = hashlib.sha256(params.read_bytes())
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(path.relative_to(PACKAGE)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def environment(root: Path) -> dict[str, str]:
    """What the jobs of a workflow in the checkout `root` are to find in their environment.

    Raises UserError in a job whose workflow was planned with other settings or code.
    """
    params, bin_ = root / "params.yaml", Path(sys.executable).parent
    state = state_digest(params)
    if os.environ.get(STATE, state) != state:
        raise UserError(CHANGED)
    return {
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(root / "src"),
        STATE: state,
        PARAMS: str(params),
    }


def require_unchanged() -> None:
    """Stop a stage whose settings or code changed after the workflow that runs it began."""
    wanted, params = os.environ.get(STATE), os.environ.get(PARAMS)
    if wanted and params and state_digest(Path(params)) != wanted:
        raise UserError(CHANGED)
