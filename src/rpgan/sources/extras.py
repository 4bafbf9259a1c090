"""Libraries that only some sources need."""

import importlib
from typing import Any

from rpgan.errors import UserError

EXTRAS = {"soundfile": "audio", "soxr": "audio", "PIL.Image": "images", "h5py": "hdf5"}


def library(module: str) -> Any:
    """The imported `module`, or a UserError that says how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UserError(
            f"reading these files needs {module.partition('.')[0]} ({error});"
            f" pip install 'rpgan[{EXTRAS[module]}]'"
        ) from None
