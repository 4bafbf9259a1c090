"""Imports point one way, and what needs no network starts without torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "rpgan"

# What each part may import. Files directly under the package count by their own name.
BASE = {"errors", "spec", "randomness"}
PLAIN = BASE | {"files", "series", "tables", "draw", "encoding", "battery", "layout"}
ALLOWED = {
    "errors": set(),
    "spec": set(),
    "randomness": set(),
    "files": {"errors"},
    "series": {"errors", "files"},
    "tables": {"errors", "files"},
    "layout": set(),
    "exhibits": set(),
    "words": set(),
    "provenance": {"errors"},
    "settings": {"errors", "spec"},
    "gpurun": set(),
    "processes": BASE,
    "sources": BASE,
    "representations": BASE,
    "metrics": BASE | {"judges"},
    "judges": BASE,
    "models": BASE,
    "losses": BASE,
    "draw": BASE | {"processes", "sources"},
    "encoding": BASE | {"draw", "representations"},
    "battery": BASE | {"draw", "metrics"},
    "training": BASE | {"files", "encoding", "models", "losses"},
    "figures": PLAIN - {"draw", "encoding", "battery"}
    | {"settings", "processes", "metrics", "words"},
    "entries": PLAIN | {"processes", "sources", "metrics", "models", "losses", "training"},
    "sweeps": BASE | {"settings", "processes"},
    "pairs": PLAIN | {"entries", "models"},
    "params": PLAIN
    | {"entries", "exhibits", "models", "pairs", "representations", "settings"}
    | {"sweeps", "training"},
    "stages": PLAIN
    | {"gpurun", "processes", "sources", "representations", "metrics", "models", "losses"}
    | {"training", "figures", "settings", "words", "provenance"},
    "verbs": PLAIN | {"exhibits", "params", "settings", "stages", "training"},
    "cli": {"errors", "provenance", "verbs"},
    "__main__": {"cli"},
}
TORCH_FREE = set(ALLOWED) - {
    "judges",
    "models",
    "losses",
    "training",
    "entries",
    "pairs",
    "params",
    "stages",
    "verbs",
}


def sources():
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def part_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    part = part_of(path)
    for name in imported(path):
        top, _, rest = name.partition(".")
        if top == "rpgan" and rest.split(".")[0] not in {"__version__", ""}:
            used = rest.split(".")[0]
            assert used == part or used in ALLOWED[part], f"{part} must not import {used}"
        assert top not in {"snakemake", "dvc"}, f"{path} knows its workflow engine"
        assert top != "torch" or part not in TORCH_FREE, f"{part} must not import torch"


@pytest.mark.parametrize(
    "family", ["processes", "sources", "representations", "metrics", "models", "losses"]
)
def test_one_name_everywhere(family):
    """The name in params.yaml is the default of the class and the name of its file."""
    package = __import__(f"rpgan.{family}", fromlist=["*"])
    specs = [thing for thing in vars(package).values() if hasattr(thing, "__pydantic_config__")]
    assert specs
    for thing in specs:
        assert thing.__module__ == f"rpgan.{family}.{thing.name}"


@pytest.mark.parametrize("stage", ["simulate", "represent", "floor", "evaluate", "summarise"])
def test_stages_without_networks_do_not_load_torch(stage):
    code = f"import sys, rpgan.cli, rpgan.settings, rpgan.stages.{stage}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_loads_no_library():
    """So it is there in a tenth of a second; a verb imports what it runs when it runs."""
    code = "import sys, rpgan.cli; rpgan.cli.parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    slow = {"numpy", "scipy", "pandas", "pyarrow", "pydantic", "ruamel", "torch", "matplotlib"}
    assert not slow & set(done.stdout.split())
