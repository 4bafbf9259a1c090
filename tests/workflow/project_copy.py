"""A copy of this checkout with toy settings, and what Snakemake would do in it."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ["Snakefile", "dvc.yaml", ".dvc", ".dvcignore", ".gitignore"]
FOLDERS = ["workflow", "profiles", "src", "recordings"]
BIN = Path(sys.executable).parent


class Copy:
    """A copy of the project in a folder of its own."""

    def __init__(self, top: Path):
        self.top = top

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        environment |= {"DVC_NO_ANALYTICS": "1", "COLUMNS": "200"}
        environment |= {
            f"GIT_{who}_{what}": "tests"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        environment.pop("RPGAN_STATE", None)
        return subprocess.run(
            words, cwd=self.top, env=environment, capture_output=True, text=True, check=False
        )

    def run(self, *words: str) -> str:
        """Output of a command that must succeed."""
        done = self.command(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def refused(self, *words: str) -> str:
        """Output of a command that must fail, and must not show a traceback."""
        done = self.command(*words)
        assert done.returncode != 0, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def make(self, *targets: str) -> str:
        return self.run("snakemake", "--cores", "2", *targets)

    def planned(self, *targets: str) -> dict[str, int]:
        """Number of jobs of each rule that would run."""
        return planned_in(self.run("snakemake", "-n", *targets))

    @contextlib.contextmanager
    def edited(self, path: str, old: str, new: str) -> Iterator[None]:
        """Replace `old`, which occurs once in the file, by `new`; put the file back at the end."""
        file = self.top / path
        text = file.read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new))
        try:
            yield
        finally:
            file.write_text(text)


def planned_in(output: str) -> dict[str, int]:
    assert "missing provenance" not in output
    if "Job stats:" not in output:
        assert "Nothing to be done" in output, output
        return {}
    table = output.split("Job stats:")[1].split("\n\n")[0]
    found = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    return {rule: n for rule, n in found.items() if rule not in ("total", "all")}


def copy_to(top: Path) -> Copy:
    top.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, top / name)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "tmp", "cache")
        shutil.copytree(ROOT / name, top / name, ignore=ignored)
    shutil.copy(Path(__file__).parent / "params.yaml", top / "params.yaml")
    for leftover in ("tmp", "cache", "config.local"):
        path = top / ".dvc" / leftover
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return Copy(top)
