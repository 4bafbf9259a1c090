"""Whether series are what was asked for: the other half of a conditional generator."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import by_channel, is_quadrature
from rpgan.metrics.classifier import fit, spectrum_size_and_sign
from rpgan.metrics.fitted import Fitted, Law, SeriesSet
from rpgan.metrics.labels import Classes, classes, column, told
from rpgan.spec import spec

Array = NDArray[np.float64]
Pair = Callable[[SeriesSet], Array]  # what was asked of each series and what it is, (n, 2)


@spec
class Asked:
    """What was asked of each series, in a column beside it, against what it is.

    Of a parameter p that the law estimates from a series, with e its estimate and a the value that
    was asked for:

    ``p_asked_slope``
        Of the regression of e on a; ideally 1. 0 is a generator that does not listen.
    ``p_asked_bias``, ``p_asked_rmse``
        Mean and root mean square of e - a, in the units of the parameter.
    ``p_asked_rank``
        Spearman's correlation of e and a: 1 if larger values are asked for and made in one order.
    ``p_asked_missing``
        Share of series without a finite estimate. The other values are of the rest.

    Of a label c, or a parameter without an estimate, whose values are classes (see
    `rpgan.metrics.tstr`):

    ``c_asked_accuracy``
        Share of the series that a classifier of the real ones takes for what was asked.

    The floor is of fresh series of the law with the values that they were drawn with, so it has the
    bias and the spread of the estimator.
    """

    blind: ClassVar[str] = (
        "all of a series but the parameter or the class that was asked for, and lack of variety "
        "among series of one value"
    )
    reads_beside: ClassVar[bool] = True

    name: Literal["asked"] = "asked"

    def fit(self, real: SeriesSet, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined where nothing beside the real series could be asked."""
        columns = told(real, law)
        estimated = (
            [] if law is None else [c for c in law.estimate(real.series[:2]) if c in columns]
        )
        others = {name: of for name, of in columns.items() if name not in estimated}
        pairs: dict[str, Pair] = {
            **{name: partial(estimates, law, name) for name in estimated},
            **{name: judged(name, c, real, law) for name, c in classes(others).items()},
        }
        if not pairs:
            raise UndefinedLaw(
                f"what is beside the real series ({', '.join(columns)}) is neither a parameter "
                "that the law estimates nor a label of few values"
            )
        ideal: dict[str, float] = {}
        for name in pairs:
            ends = IDEAL if name in estimated else {"accuracy": np.nan}
            ideal |= {f"{name}_asked_{end}": value for end, value in ends.items()}
        return Fitted(
            lambda given: np.concatenate([pair(given) for pair in pairs.values()], axis=1),
            partial(compare, list(pairs), estimated),
            ideal,
            reads_beside=True,
        )


IDEAL = {"slope": 1.0, "bias": 0.0, "rmse": np.nan, "rank": np.nan, "missing": 0.0}


def estimates(law: Any, name: str, given: SeriesSet) -> Array:
    """Asked values and estimates of the parameter `name`, (n, 2)."""
    return np.column_stack([column(given, name), law.estimate(given.series)[name]])


def judged(name: str, of_one: Classes, real: SeriesSet, law: Law | None) -> Pair:
    """Asked classes, and those that a classifier of the real series takes them for."""
    features = partial(by_channel, spectrum_size_and_sign, is_quadrature(law))
    classifier = fit(features(real.series), of_one(column(real, name)))

    def pair(given: SeriesSet) -> Array:
        asked = of_one(column(given, name))
        return np.column_stack([asked, classifier.told(features(given.series))])

    return pair


def compare(names: list[str], estimated: list[str], rows: Array) -> dict[str, float]:
    """Values of asked and found, side by side for each of `names`."""
    values: dict[str, float] = {}
    for place, name in enumerate(names):
        asked, found = rows[:, 2 * place], rows[:, 2 * place + 1]
        of_one = heard(asked, found) if name in estimated else {"accuracy": same(asked, found)}
        values |= {f"{name}_asked_{end}": value for end, value in of_one.items()}
    return values


def same(asked: Array, found: Array) -> float:
    """Share of equal values."""
    return float((asked == found).mean())


def heard(asked: Array, found: Array) -> dict[str, float]:
    """How well estimates follow what was asked; NaN where there are not two of either."""
    there = np.isfinite(found)
    asked, off = asked[there], found[there] - asked[there]
    values = dict.fromkeys(IDEAL, np.nan) | {"missing": 1 - float(there.mean())}
    if not len(off):
        return values
    values |= {"bias": float(off.mean()), "rmse": float(np.sqrt(np.mean(off**2)))}
    if np.ptp(asked) > 0:
        spread = asked - asked.mean()
        values["slope"] = float(1 + spread @ off / (spread @ spread))
        values["rank"] = rank_correlation(asked, found[there])
    return values


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's: Pearson's of the ranks, ties by their mean; NaN if one is constant."""
    from scipy.stats import rankdata

    x, y = (rankdata(values) - (len(values) + 1) / 2 for values in (a, b))
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size > 0 else np.nan
