"""Tables that figures are drawn from: the spectra and the estimates of sets of series."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan.metrics.multitaper import multitaper
from rpgan.processes import Process

Sets = Mapping[str, NDArray[np.floating]]


def spectra(sets: Sets) -> pd.DataFrame:
    """Mean, median and central 90 % over series of the multitaper spectra of each set.

    Columns: set, frequency (cycles per sample), mean, median, low, high (power per frequency).
    """
    return pd.concat([_spectra(name, series) for name, series in sets.items()], ignore_index=True)


def _spectra(name: str, series: NDArray[np.floating]) -> pd.DataFrame:
    frequency, power = multitaper(np.asarray(series, np.float64))
    low, median, high = np.quantile(power, [0.05, 0.5, 0.95], axis=0)
    columns = {"mean": power.mean(axis=0), "median": median, "low": low, "high": high}
    return pd.DataFrame({"set": name, "frequency": frequency} | columns)


def estimates(law: Process, sets: Sets) -> pd.DataFrame:
    """The law's parameters, estimated from each series. Columns: set, parameter, estimate."""
    frames = [
        pd.DataFrame({"set": name, "parameter": parameter, "estimate": values})
        for name, series in sets.items()
        for parameter, values in law.estimate(np.asarray(series, np.float64)).items()
    ]
    return pd.concat(frames, ignore_index=True)
