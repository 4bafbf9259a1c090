"""Files of a folder and the names of its subfolders, in an order that no file system decides."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError


def files_under(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """All files under `folder` with one of `suffixes`, sorted by path; hidden ones are left out.

    Raises UserError if there is none, or a link to a folder, where nothing would look for changes.
    """
    kinds = " or ".join(suffixes)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; wanted {kinds} files in it")
    there = list(folder.rglob("*"))
    for path in sorted(there):
        if path.is_symlink() and path.is_dir():
            raise UserError(f"{path}: a link to a folder, which is not followed; link its files")
    names = sorted(
        path.relative_to(folder).parts
        for path in there
        if path.suffix.lower() in suffixes and path.is_file()
    )
    shown = [folder.joinpath(*parts) for parts in names if not any(p[0] == "." for p in parts)]
    if not shown:
        raise UserError(f"{folder}: wanted {kinds} files in this folder or below it, found none")
    return shown


def require_suffixes(suffixes: Sequence[str]) -> None:
    """Refuse anything but suffixes as `files_under` compares them."""
    if not suffixes or any(s != s.lower() or s[:1] != "." or len(s) < 2 for s in suffixes):
        raise ValueError(f"extensions must be like .wav, in small letters, got {list(suffixes)}")


def classes(folder: Path, files: Sequence[Path]) -> list[str]:
    """Names of the subfolders of `folder` that hold `files`, sorted; "." is the folder itself."""
    return sorted({_first_folder(folder, path) for path in files})


def labels(folder: Path, files: Sequence[Path]) -> NDArray[np.int64] | None:
    """For each file the number of its subfolder among `classes`; None without subfolders."""
    names = classes(folder, files)
    if names == ["."]:
        return None
    number = {name: i for i, name in enumerate(names)}
    return np.array([number[_first_folder(folder, path)] for path in files], np.int64)


def _first_folder(folder: Path, path: Path) -> str:
    inside = path.relative_to(folder).parts
    return inside[0] if len(inside) > 1 else "."
