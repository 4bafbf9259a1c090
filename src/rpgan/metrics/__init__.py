"""Statistics of series, and comparisons of a generated set with a real one.

A metric is a frozen settings dataclass with one method, ``fit(real, law) -> Fitted``. It looks once
at the real series, shape (n, length), and at their law (None for recorded data), and raises
`rpgan.errors.UndefinedLaw`, with the reason, if the metric does not exist for that law. `Fitted`
then holds

    statistic   series (n, length) -> (n, k), one row per series that depends on that series alone
    compare     rows of a generated set -> {name of a value: the value against the real set}
    ideal       {name of a value: what it would be for the law itself, given infinitely many series}

`fitted(series)` is the two in a row. What else a table needs is computed once for all metrics: the
interval over generated series (`intervals`), the values that a perfect generator would reach
(`floor`), and the rows themselves (`score`).
"""

from rpgan.metrics.fitted import Fitted, Law, fit_all
from rpgan.metrics.floor import draw_floor
from rpgan.metrics.legacy_psd_distance import LegacyPSDDistance
from rpgan.metrics.marginal import Marginal
from rpgan.metrics.multitaper import multitaper
from rpgan.metrics.parameters import Parameters
from rpgan.metrics.psd_distance import PSDDistance
from rpgan.metrics.score import score

Metric = PSDDistance | LegacyPSDDistance | Parameters | Marginal

__all__ = [
    "Fitted",
    "Law",
    "LegacyPSDDistance",
    "Marginal",
    "Metric",
    "PSDDistance",
    "Parameters",
    "draw_floor",
    "fit_all",
    "multitaper",
    "score",
]
