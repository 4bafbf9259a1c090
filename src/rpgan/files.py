"""Files that are either whole or absent."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rpgan.errors import UserError

MADE = (("data",), ("results",))  # folders whose files the workflow makes


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` once the block has ended well."""
    if path.is_dir():
        raise UserError(f"{path}: wanted the name of a file, and this is a folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as f:
            os.fsync(f.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text)


def require_made_from(path: Path, found: Any, wanted: Any) -> None:
    """Refuse a file that was made from other settings than the ones it is to be used with."""
    if found != wanted:
        raise foreign(path, difference(found, wanted))


def missing(path: Path) -> UserError:
    """What is said of a file that is not there, with how the workflow makes it if it does."""
    how = f"; snakemake --cores all {path} makes it" if path.parts[:1] in MADE else ""
    return UserError(f"{path}: no such file{how}")


def foreign(path: Path, why: str) -> UserError:
    """What is said, whoever reads it first, of a file that is not what its name says."""
    return UserError(
        f"{path}: made from other settings than those asked for ({why}); delete it and run again"
    )


def difference(found: Any, wanted: Any, where: str = "") -> str:
    """The first place at which two nested settings differ, in words."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in sorted(found.keys() | wanted.keys()):
            if found.get(key) != wanted.get(key):
                return difference(found.get(key), wanted.get(key), f"{where}.{key}".lstrip("."))
    return f"{where or 'settings'} is {found!r}, wanted {wanted!r}"
