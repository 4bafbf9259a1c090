"""The law's own parameters, estimated from each series."""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.known import known
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Parameters:
    """Estimates of each parameter of the law, one per series, real against generated.

    For a parameter ``p``:

    ``p_median``
        Median of the generated estimates, in the units of the parameter; ideally the true value.
    ``p_dispersion``
        Their inter-quartile range over that of the real estimates; ideally 1. Below, the generator
        makes series that are too much alike; above, it mixes laws. Quartiles, because a few odd
        series would decide a ratio of standard deviations.
    ``p_wasserstein``
        Wasserstein-1 distance of the two sets of estimates, in the units of the parameter.
    ``p_bias``
        Mean generated estimate less the true value, in units of the Cramer-Rao bound on the
        standard deviation of an estimate from one series; ideally 0. Only where there is a bound.
    ``p_variance``
        Variance of the generated estimates times Fisher's information, the inverse square of that
        bound: 1 for an efficient estimator of series that all follow the law. Below, the generator
        makes series that are too much alike; above, it mixes laws. Decided by the odd series.
    ``p_missing``
        Share of the generated series that have no finite estimate. The other values are of the
        rest, and NaN if there is no rest: read this one first.

    Estimators may be biased; the floor has the same bias, the true value has none.
    """

    blind: ClassVar[str] = "all that leaves the law's own parameters, as estimated, alone"

    name: Literal["parameters"] = "parameters"

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined where there is no law, or the law has no estimator."""
        if law is None:
            raise UndefinedLaw("recorded data have no law whose parameters could be estimated")
        estimates, truth = law.estimate(real), law.truth()
        names = tuple(estimates)
        bounds = {
            name: (truth[name], bound)
            for name, bound in cramer_rao(law, real.shape[-1]).items()
            if name in estimates and name in truth
        }
        ideal: dict[str, float] = {}
        for name in names:
            ideal[f"{name}_median"] = truth.get(name, np.nan)
            ideal |= {f"{name}_dispersion": 1.0, f"{name}_wasserstein": 0.0}
            if name in bounds:
                ideal |= {f"{name}_bias": 0.0, f"{name}_variance": 1.0}
            ideal[f"{name}_missing"] = 0.0
        return Fitted(
            statistic=partial(stacked, law, names),
            compare=partial(compare, {name: finite(estimates[name]) for name in names}, bounds),
            ideal=ideal,
        )


def cramer_rao(law: Law, length: int) -> dict[str, float]:
    """Least standard deviation of each parameter's estimates from one series, where it is known."""
    try:
        bounds = known(law, "crlb")(length)
    except UndefinedLaw:
        return {}
    return {name: bound for name, bound in bounds.items() if 0 < bound < np.inf}


def stacked(law: Law, names: tuple[str, ...], series: Array) -> Array:
    """Estimates from each series, shape (n, parameters)."""
    estimates = law.estimate(series)
    return np.stack([np.asarray(estimates[name], dtype=np.float64) for name in names], axis=1)


def compare(
    real: dict[str, Array], bounds: dict[str, tuple[float, float]], fake: Array
) -> dict[str, float]:
    """Values of the estimates `fake`, (n, parameters), against the real ones of each parameter.

    `bounds` has the true value and the Cramer-Rao bound of those where both are known.
    """
    values: dict[str, float] = {}
    for (name, wanted), estimates in zip(real.items(), fake.T, strict=True):
        got = finite(estimates)
        values[f"{name}_median"] = float(np.median(got)) if len(got) else np.nan
        values[f"{name}_dispersion"] = dispersion(wanted, got)
        values[f"{name}_wasserstein"] = wasserstein(wanted, got)
        if name in bounds:
            standard = (got - bounds[name][0]) / bounds[name][1]
            values[f"{name}_bias"] = float(standard.mean()) if len(got) else np.nan
            values[f"{name}_variance"] = float(standard.var(ddof=1)) if len(got) > 1 else np.nan
        values[f"{name}_missing"] = 1 - len(got) / len(estimates)
    return values


def finite(estimates: Array) -> Array:
    """The estimates that exist, in order of size."""
    return np.sort(estimates[np.isfinite(estimates)])


def dispersion(real: Array, fake: Array) -> float:
    """Ratio of the inter-quartile ranges; NaN without estimates or if the real one is 0."""
    if not (len(real) and len(fake)):
        return np.nan
    wanted, got = (float(np.subtract(*np.quantile(x, [0.75, 0.25]))) for x in (real, fake))
    return got / wanted if wanted > 0 else np.nan


def wasserstein(a: Array, b: Array) -> float:
    """Wasserstein-1 distance of two sorted samples: the area between their distribution functions.

    NaN if one is empty.
    """
    if not (len(a) and len(b)):
        return np.nan
    x = np.sort(np.concatenate([a, b]))
    below_a, below_b = (s.searchsorted(x[:-1], side="right") / len(s) for s in (a, b))
    return float(np.abs(below_a - below_b) @ np.diff(x))
