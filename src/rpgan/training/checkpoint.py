"""Tensors on disk: a trained generator, or an unfinished training found again after any end.

A file holds the checksum of its contents, and is loaded without running code that it might hold.
"""

import contextlib
import errno
import fcntl
import hashlib
import io
import json
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rpgan.errors import UserError
from rpgan.files import missing, replacing

FORMAT = 2  # of the contents; another number is another version's
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Damaged(UserError):
    """A file that is not what was written."""


def save(path: Path, contents: dict[str, Any], keep_last: bool = False) -> None:
    """Write tensors and plain values, whole or not at all.

    With `keep_last` the file that was there before stays, as `previous(path)`.
    """
    signed = contents | {"format": FORMAT, "checksum": checksum(contents)}
    buffer = io.BytesIO()  # serialised first, so that the file is written in one go
    torch.save(signed, buffer)
    try:
        with replacing(path) as temporary:
            write_through(temporary, buffer.getbuffer())
            if keep_last and path.exists():
                path.replace(previous(path))
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise UserError(
            f"{path}: no space on the disk for {buffer.getbuffer().nbytes / 2**20:.1f} MiB"
            f" ({error.strerror}); make some and run again; what was saved before is whole"
        ) from None


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """Read what `save` wrote, to the last bit, or raise UserError."""
    if not path.exists():
        raise missing(path)
    try:
        contents = torch.load(path, map_location=device, weights_only=True)
    except torch.OutOfMemoryError:
        raise  # of the device: the file may be whole
    except (RuntimeError, EOFError, OSError, KeyError, pickle.UnpicklingError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise Damaged(
            f"{path}: not a whole file of tensors ({reason}); delete it and run again"
        ) from None
    if not isinstance(contents, dict) or contents.pop("format", None) != FORMAT:
        raise UserError(
            f"{path}: written by another version of rpgan (wanted format {FORMAT}); delete it and"
            " run again, or use that version"
        )
    if contents.pop("checksum", None) != checksum(contents):
        raise Damaged(f"{path}: its contents do not match its checksum; delete it and run again")
    return contents


def newest(path: Path, device: torch.device) -> dict[str, Any] | None:
    """The last contents of `path` that can be used: those before, if the newest are damaged.

    None if there are none. Raises UserError if all are damaged, or of another version.
    """
    files = [file for file in (path, previous(path)) if file.exists()]
    for file in files:
        try:
            return load(file, device)
        except Damaged as error:
            if file == files[-1]:
                raise
            print(f"warning: {error}; going on from {previous(path)}", file=sys.stderr)
    return None


def remove(path: Path) -> None:
    """Take away the checkpoint of a finished training."""
    for file in (path, previous(path)):
        file.unlink(missing_ok=True)


def previous(path: Path) -> Path:
    return path.with_suffix(f".previous{path.suffix}")


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep every other process from training the run whose checkpoint is `path`.

    The kernel drops the lock when this process ends, however it ends.
    """
    lock = path.with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"{lock}: another process trains this run; wait for it") from None
        for left_by_a_kill in path.parent.glob(f".{path.name}.*.tmp"):
            left_by_a_kill.unlink()
        yield


def write_through(path: Path, content: memoryview) -> None:
    """Write to the disk itself: what cannot be stored must be known before it replaces a file."""
    with path.open("wb") as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())


def checksum(contents: dict[str, Any]) -> str:
    """SHA-256 of tensors and plain values, wherever the tensors lie."""
    found: list[Tensor] = []

    def described(tensor: Tensor) -> list[Any]:
        found.append(tensor)
        return [str(tensor.dtype), *tensor.shape]

    digest = hashlib.sha256(json.dumps(contents, default=described).encode())
    for tensor in found:
        flat = tensor.detach().cpu().contiguous().view(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()
