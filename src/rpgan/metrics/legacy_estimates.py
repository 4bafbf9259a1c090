"""Estimates from each series, real against generated, as NoiseGAN's figures compare them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Array, Fitted
from rpgan.metrics.parameters import dispersion, finite, wasserstein


def compared(real: Array, names: tuple[str, ...], estimate: Callable[[Array], Array]) -> Fitted:
    """The values of `Parameters` for other estimates: `estimate` gives a column for each name.

    The ideal median is that of the real estimates, not the true parameter: all of them are biased.
    NoiseGAN also cuts the real list to the number of finite generated ones, which serves nothing
    and is not done.
    """
    rows = estimate(real)
    wanted = {name: finite(column) for name, column in zip(names, rows.T, strict=True)}
    ideal = compare(wanted, rows)  # of the real set against itself
    return Fitted(estimate, partial(compare, wanted), ideal)


def compare(real: dict[str, Array], fake: Array) -> dict[str, float]:
    """Values of the estimates `fake`, (n, names), against the finite real ones of each name."""
    values: dict[str, float] = {}
    for (name, wanted), column in zip(real.items(), fake.T, strict=True):
        got = finite(column)
        values[f"{name}_median"] = float(np.median(got)) if len(got) else np.nan
        values[f"{name}_dispersion"] = dispersion(wanted, got)
        values[f"{name}_wasserstein"] = wasserstein(wanted, got)
        values[f"{name}_missing"] = 1 - len(got) / len(column)
    return values


def of_kind(law: Any, kinds: tuple[str, ...]) -> Any:
    """The process behind `law`, if it is one of `kinds`; UndefinedLaw if not, or without a law."""
    process = getattr(law, "process", law)
    kind = getattr(process, "name", None)
    if kind not in kinds:
        what = "recorded data" if law is None else f"the law {kind}"
        raise UndefinedLaw(f"published for {' and '.join(kinds)} alone, not for {what}")
    return process
