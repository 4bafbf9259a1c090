"""Whether a WAV file is whole: libsndfile reads a truncated one without a word."""

import os
import struct
from pathlib import Path

from rpgan.errors import UserError

FORMS = {b"RIFF": "<", b"RIFX": ">", b"RF64": "<", b"BW64": "<"}  # and their byte order
IN_DS64 = 0xFFFFFFFF  # a size that stands in the chunk `ds64` instead


def require_whole(path: Path) -> None:
    """Raise UserError if `path` is no WAV file or has fewer samples than its header promises."""
    with path.open("rb") as f:
        head = f.read(12)
        order = FORMS.get(head[:4])
        if order is None or head[8:] != b"WAVE":
            raise UserError(f"{path}: not a WAV file; convert it, or remove it from this folder")
        size = os.fstat(f.fileno()).st_size
        long_size: int | None = None
        while len(chunk := f.read(8)) == 8:
            name, promised = chunk[:4], struct.unpack(f"{order}I", chunk[4:])[0]
            start = f.tell()
            if name == b"ds64":
                long_size = struct.unpack("<8xQ", f.read(16).ljust(16, b"\0"))[0]
            if name == b"data":
                if promised == IN_DS64 and long_size is not None:
                    promised = long_size
                if promised > size - start:
                    raise UserError(
                        f"{path}: truncated: its header promises {promised} bytes of samples, but"
                        f" {size - start} are there; get it anew, or remove it"
                    )
                return
            f.seek(start + promised + promised % 2)
    raise UserError(f"{path}: a WAV file without samples; get it anew, or remove it")
