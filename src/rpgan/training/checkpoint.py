"""An unfinished training on disk: found again after any interruption, held by one process."""

import contextlib
import fcntl
import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from rpgan.errors import UserError
from rpgan.files import replacing


def save(path: Path, contents: dict[str, Any]) -> None:
    """Write tensors and plain values, whole or not at all."""
    buffer = io.BytesIO()  # serialised first, so that the file is written in one go
    torch.save(contents, buffer)
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """Read what `save` wrote; never runs code that a file might hold."""
    if not path.exists():
        raise UserError(f"{path}: no such file")
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except (RuntimeError, EOFError, OSError, KeyError, pickle.UnpicklingError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise UserError(
            f"{path}: not a whole file of tensors ({reason}); delete it and run again"
        ) from None


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
        yield
