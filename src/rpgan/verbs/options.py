"""What may follow a verb."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

Parser = argparse.ArgumentParser


def entries(p: Parser, *sections: str) -> None:
    """One name of an entry of params.yaml for each of `sections`, and the file itself."""
    for section in sections:
        p.add_argument(section, nargs="?", metavar=section.upper(), help=f"entry of {section}s")
    p.add_argument(
        "--params",
        type=Path,
        default=Path("params.yaml"),
        metavar="FILE",
        help="where entries are defined (default: params.yaml)",
    )


def settings(p: Parser) -> None:
    p.add_argument("--settings", metavar="JSON", help="instead of names in params.yaml")


def files(p: Parser, **helps: str) -> None:
    """An option for each file that a verb reads or writes."""
    for name, help_ in helps.items():
        p.add_argument(f"--{name}", type=Path, metavar="FILE", help=help_)


def replicate(p: Parser) -> None:
    number = at_least(0)
    p.add_argument(
        "--replicate", type=number, default=0, metavar="R", help="number of the training"
    )


def threads(p: Parser, what: str) -> None:
    n = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    help_ = f"{what} (default: one per CPU)"
    p.add_argument("--threads", type=at_least(1), default=n, metavar="N", help=help_)


def device(p: Parser) -> None:
    choices = ["auto", "cpu", "cuda"]
    p.add_argument("--device", default="auto", choices=choices, help="auto: a GPU if there is one")


def at_least(least: int, kind: type[int] | type[float] = int) -> Callable[[str], float]:
    """Reads a number of this kind that is `least` or more."""

    def number(text: str) -> float:
        value = kind(text)
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {text}")
        return value

    number.__name__ = "whole number" if kind is int else "number"  # in argparse's own messages
    return number
