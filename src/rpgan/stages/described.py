"""Tables that figures are drawn from: the spectra and the estimates of sets of series."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import is_quadrature, pools
from rpgan.metrics.fitted import Law
from rpgan.metrics.multitaper import multitaper

Sets = Mapping[str, NDArray[np.floating]]
SPECTRA = ["set", "frequency", "mean", "median", "low", "high"]
ESTIMATES = ["set", "parameter", "estimate"]
PUBLISHED = {"legacy_alpha", "legacy_event_rate", "legacy_hurst", "legacy_impulses"}
MEDIAN = "_median"  # ends the name of one value of each parameter that those metrics estimate


def spectra(law: Law | None, sets: Sets) -> pd.DataFrame:
    """Mean, median and central 90 % over series of the multitaper spectra of each set.

    Columns: set, frequency (cycles per sample), mean, median, low, high (power per frequency, the
    sum over channels). Images have none: no rows.
    """
    rows = [
        _spectra(name, series, is_quadrature(law))
        for name, series in sets.items()
        if series.ndim <= 3
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=SPECTRA)


def _spectra(name: str, series: NDArray[np.floating], quadrature: bool) -> pd.DataFrame:
    series = np.asarray(series, np.float64)
    if quadrature:
        frequency, power = multitaper(series[:, 0] + 1j * series[:, 1])
    else:
        of_channels = [multitaper(channel) for channel in pools(series)]
        frequency, power = of_channels[0][0], sum(power for _, power in of_channels)
    low, median, high = np.quantile(power, [0.05, 0.5, 0.95], axis=0)
    columns = [name, frequency, np.mean(power, axis=0), median, low, high]
    return pd.DataFrame(dict(zip(SPECTRA, columns, strict=True)))


def estimates(law: Law | None, metrics: Sequence[Any], sets: Sets) -> pd.DataFrame:
    """The law's parameters, estimated from each series. Columns: set, parameter, estimate.

    Behind those of the law itself come the estimates as published, for those of `metrics` that are
    made of them: of ``legacy_hurst`` under that name, and so on. No rows where no law is known.
    """
    frames = [
        pd.DataFrame({"set": name, "parameter": parameter, "estimate": values})
        for name, series in sets.items()
        for parameter, values in _estimates(law, metrics, np.asarray(series, np.float64))
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=ESTIMATES)


def _estimates(
    law: Law | None, metrics: Sequence[Any], series: NDArray[np.float64]
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    yield from (law.estimate(series) if law else {}).items()
    for metric in metrics:
        if metric.name in PUBLISHED:
            try:
                fitted = metric.fit(series[:2], law)
            except UndefinedLaw:
                continue
            names = [name.removesuffix(MEDIAN) for name in fitted.ideal if name.endswith(MEDIAN)]
            yield from zip(names, fitted.statistic(series).T, strict=True)
