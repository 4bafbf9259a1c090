"""NoiseGAN's density and coverage as published, for comparison with published tables."""

from functools import partial
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.coverage import expected_coverage
from rpgan.metrics.dtw import dtw
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.metrics.legacy import density_bootstrap, radii, wilson
from rpgan.spec import spec


@spec
class LegacyDensityCoverage:
    """Density and coverage by dynamic time warping, as NoiseGAN has them [1]_.

    Each series is divided by its own largest size; see `rpgan.metrics.dtw.dtw` for the distances
    and `rpgan.metrics.legacy.density_coverage` for what is counted, and its faults.

    ``legacy_density``, ``legacy_coverage``
        Ideally 1, and `rpgan.metrics.coverage.expected_coverage`.
    ``legacy_density_low``, ``_high``
        The published interval, by 10,000 resamples of the generated series: see
        `rpgan.metrics.legacy.density_bootstrap`. The interval of the table is of `jackknife`.
    ``legacy_coverage_low``, ``_high``
        The published interval, Wilson's. These four ends have no interval of their own.

    For n real and m generated series it takes n (n / 2 + m) distances, each of fresh draw of the
    floor n m: 4096 series of 4096 samples take minutes, a floor hours. That is what `at_most` is
    for. Without numba all take 100 times as long.

    Parameters
    ----------
    window : int >= 1
        Samples that are paired lie less than this apart.
    k : int >= 1
    precision : {"single", "double"}
        Of the distances. Single differs by some 1e-6, so seldom in a count.
    at_most : int, optional
        Only so many real series are used, the first ones. None, as published, is all.

    References
    ----------
    .. [1] Wunderlich, Sklar. "Data-driven modeling of noise time series with convolutional
       generative adversarial networks." Machine Learning: Science and Technology 4 (2023), 035023.
    """

    blind: ClassVar[str] = (
        "amplitude, timing, and most of the spectrum: warping undoes shifts; of heavy-tailed "
        "series all but the largest spike; with k = 10 coverage has no room above a perfect one"
    )

    window: int = 32
    k: int = 10
    precision: Literal["single", "double"] = "single"
    at_most: int | None = None
    name: Literal["legacy_density_coverage"] = "legacy_density_coverage"

    def __post_init__(self) -> None:
        for setting in ("window", "k"):
            if not getattr(self, setting) >= 1:
                raise ValueError(f"{setting} must be at least 1, got {getattr(self, setting)}")
        if self.at_most is not None and not self.at_most > self.k:
            raise ValueError(f"at_most must exceed k = {self.k}, got {self.at_most}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for several channels, or k real series or fewer."""
        if real.ndim != 2:
            raise UndefinedLaw(f"published for one channel, not for shape {real.shape[1:]}")
        if len(real) <= self.k:
            raise UndefinedLaw(f"the {self.k}-th nearest of {len(real)} real series does not exist")
        targets = self.normalised(real[: self.at_most])
        reach = radii(dtw(targets, targets, self.window), self.k)
        ideal_of = partial(self.ideals, len(targets))
        return Fitted(
            statistic=partial(self.inside, targets, reach),
            compare=self.compare,
            ideal=ideal_of(len(real)),
            deleted=self.deleted,
            ideal_of=ideal_of,
        )

    def ideals(self, real: int, fake: int) -> dict[str, float]:
        """What the law itself has on average with so many series."""
        coverage = expected_coverage(real, fake, self.k)
        return self.values(self.k, coverage, (1.0, 1.0), wilson(coverage, real))

    def normalised(self, series: Array) -> NDArray[Any]:
        """Each series over its own largest size; one of zeros remains."""
        largest = np.abs(series).max(axis=1, keepdims=True)
        dtype = np.float32 if self.precision == "single" else np.float64
        return (series / np.where(largest > 0, largest, 1)).astype(dtype)

    def inside(self, targets: NDArray[Any], reach: NDArray[Any], series: Array) -> Array:
        """Whether each generated series is in the ball of each real one, (n, real), as booleans."""
        distances = dtw(self.normalised(series), targets, self.window)
        return cast(Array, distances < reach)

    def compare(self, inside: Array) -> dict[str, float]:
        """Values of what `inside` gave of a generated set."""
        counts = np.count_nonzero(inside, axis=1)
        density = density_bootstrap(counts, self.k, np.random.default_rng(0))
        coverage = float(inside.any(axis=0).mean())
        interval = wilson(coverage, inside.shape[1])
        return self.values(float(counts.mean()), coverage, density, interval)

    def deleted(self, inside: Array, groups: int) -> list[dict[str, float]]:
        """The values without each group in turn, NaN for the ends of the published intervals."""
        none = np.nan, np.nan
        counts = np.array([np.count_nonzero(inside[g::groups]) for g in range(groups)])
        size = np.array([len(inside[g::groups]) for g in range(groups)])
        filled = np.array([inside[g::groups].any(axis=0) for g in range(groups)])
        by_others = filled.sum(axis=0) > filled
        means = (counts.sum() - counts) / (size.sum() - size)
        return [
            self.values(float(mean), float(share), none, none)
            for mean, share in zip(means, by_others.mean(axis=1), strict=True)
        ]

    def values(
        self,
        count: float,
        coverage: float,
        density_ends: tuple[float, float],
        coverage_ends: tuple[float, float],
    ) -> dict[str, float]:
        """All values, from the mean number of balls that a generated series is in."""
        return {
            "legacy_density": count / self.k,
            "legacy_density_low": density_ends[0],
            "legacy_density_high": density_ends[1],
            "legacy_coverage": coverage,
            "legacy_coverage_low": coverage_ends[0],
            "legacy_coverage_high": coverage_ends[1],
        }
