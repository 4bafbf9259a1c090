"""What was given after a verb, as what its stage takes."""

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rpgan.errors import UserError

if TYPE_CHECKING:
    import torch

    from rpgan.params import Params

T = TypeVar("T")
Args = argparse.Namespace


def params(args: Args, *names: str) -> "Params":
    """params.yaml, once the names that the verb needs were given."""
    from rpgan.params import load

    missing = [name for name in names if getattr(args, name) is None]
    if missing:
        raise UserError(f"{' and '.join(missing).upper()} missing; see rpgan --help")
    return load(args.params)


def settings(kind: type[T], args: Args) -> T:
    """What --settings holds, as a `kind`."""
    from rpgan.settings import build

    try:
        data = json.loads(args.settings)
    except json.JSONDecodeError as error:
        raise UserError(f"--settings: wanted JSON, got {args.settings!r} ({error})") from None
    return build(kind, data, "--settings")


def files(args: Args, names: Iterable[str], usual: Mapping[str, Path]) -> list[Path]:
    """The files that the options `names` name, or else their `usual` places."""
    return [getattr(args, name) or usual.get(name) or file(args, name) for name in names]


def file(args: Args, name: str, beside: str = "--settings") -> Path:
    """The file that the option `name` names, which the option `beside` asks for."""
    path = getattr(args, name)
    if path is None:
        raise UserError(f"--{name} is needed with {beside}")
    return path


def device(args: Args) -> "torch.device":
    """The device that --device names."""
    import torch

    if args.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch finds no GPU here; see rpgan doctor")
    found = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(found if args.device == "auto" else args.device)
