"""Statistics of series, and comparisons of a generated set with a real one.

A metric is a frozen settings dataclass with one method, ``fit(real, law) -> Fitted``. It looks once
at the real series, shape (n, length), and at their law (None for recorded data), and raises
`rpgan.errors.UndefinedLaw`, with the reason, if the metric does not exist for that law. `Fitted`
then holds

    statistic   series (n, length) -> (n, k), one row per series that depends on that series alone
    compare     rows of a generated set -> {name of a value: the value against the real set}
    ideal       {name of a value: what it would be for the law itself, given infinitely many series}

and, where that is cheap, the values without some of the rows. `blind`, a text of the class, says
what a metric cannot see. A class with ``reads_beside = True`` looks at labels or parameters too:
its real set, and what its statistic is given, are a `SeriesSet`. One with ``reads_training = True``
looks at the training set: its real set is a `SeriesSet`. `fitted(series)` is statistic and compare
in a row. What else a table needs is computed once for all metrics: the interval over
generated series (`intervals`), the values that a perfect generator would reach (`floor`), and the
rows themselves (`score`).
"""

from rpgan.metrics.acf import ACF
from rpgan.metrics.asked import Asked
from rpgan.metrics.c2st import C2ST
from rpgan.metrics.copies import Copies
from rpgan.metrics.coverage import Coverage
from rpgan.metrics.discriminative_score import DiscriminativeScore
from rpgan.metrics.duplicates import Duplicates
from rpgan.metrics.energy_distance import EnergyDistance
from rpgan.metrics.fitted import Fitted, Law, SeriesSet, fit_all
from rpgan.metrics.floor import draw_floor
from rpgan.metrics.legacy_alpha import LegacyAlpha
from rpgan.metrics.legacy_density_coverage import LegacyDensityCoverage
from rpgan.metrics.legacy_event_rate import LegacyEventRate
from rpgan.metrics.legacy_hurst import LegacyHurst
from rpgan.metrics.legacy_impulses import LegacyImpulses
from rpgan.metrics.legacy_psd_distance import LegacyPSDDistance
from rpgan.metrics.legacy_psd_percentiles import LegacyPSDPercentiles
from rpgan.metrics.log_spectrum import LogSpectrum
from rpgan.metrics.magnitude_acf import MagnitudeACF
from rpgan.metrics.marginal import Marginal
from rpgan.metrics.marginal_law import MarginalLaw
from rpgan.metrics.mmd import MMD
from rpgan.metrics.multitaper import multitaper
from rpgan.metrics.ofdm_reception import OFDMReception
from rpgan.metrics.parameters import Parameters
from rpgan.metrics.predictive_score import PredictiveScore
from rpgan.metrics.profile import Profile
from rpgan.metrics.psd_distance import PSDDistance
from rpgan.metrics.residuals import Residuals
from rpgan.metrics.score import score
from rpgan.metrics.stylised_facts import StylisedFacts
from rpgan.metrics.tails import Tails
from rpgan.metrics.time_reversal import TimeReversal
from rpgan.metrics.tstr import TSTR

Metric = (
    PSDDistance
    | LegacyPSDDistance
    | Parameters
    | Marginal
    | LogSpectrum
    | Residuals
    | MarginalLaw
    | Tails
    | ACF
    | MagnitudeACF
    | Profile
    | TimeReversal
    | EnergyDistance
    | Coverage
    | Duplicates
    | Copies
    | C2ST
    | LegacyAlpha
    | LegacyDensityCoverage
    | LegacyEventRate
    | LegacyHurst
    | LegacyImpulses
    | LegacyPSDPercentiles
    | MMD
    | OFDMReception
    | StylisedFacts
    | Asked
    | TSTR
    | DiscriminativeScore
    | PredictiveScore
)

__all__ = [
    "ACF",
    "C2ST",
    "MMD",
    "TSTR",
    "Asked",
    "Copies",
    "Coverage",
    "DiscriminativeScore",
    "Duplicates",
    "EnergyDistance",
    "Fitted",
    "Law",
    "LegacyAlpha",
    "LegacyDensityCoverage",
    "LegacyEventRate",
    "LegacyHurst",
    "LegacyImpulses",
    "LegacyPSDDistance",
    "LegacyPSDPercentiles",
    "LogSpectrum",
    "MagnitudeACF",
    "Marginal",
    "MarginalLaw",
    "Metric",
    "OFDMReception",
    "PSDDistance",
    "Parameters",
    "PredictiveScore",
    "Profile",
    "Residuals",
    "SeriesSet",
    "StylisedFacts",
    "Tails",
    "TimeReversal",
    "draw_floor",
    "fit_all",
    "multitaper",
    "score",
]
