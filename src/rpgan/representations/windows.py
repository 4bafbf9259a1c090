"""Windows by SciPy's names."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Name = str | tuple[str | float, ...]  # "hann", or a name and its parameters as in ("gaussian", 20)


@cache
def window(name: Name, nperseg: int) -> NDArray[np.float64]:
    """Periodic window of `nperseg` samples, read only: ``scipy.signal.get_window(name, nperseg)``.

    Raises ValueError if SciPy does not know it.
    """
    values = hann(nperseg) if name == "hann" else _from_scipy(name, nperseg)
    values.flags.writeable = False
    return values


def hann(nperseg: int) -> NDArray[np.float64]:
    """Periodic Hann window."""
    return np.sin(np.pi * np.arange(nperseg) / nperseg) ** 2


def gaussian_width(values: NDArray[np.float64]) -> float:
    """gamma, in samples squared, of the Gaussian exp(-pi t^2 / gamma) nearest to a window.

    Nearest means the variance gamma / (4 pi) of its square: exact for a Gaussian, 2 % off the
    constants that Prusa and Sondergaard tabulate for Hann.
    """
    power = values**2 / np.sum(values**2)
    return 4 * np.pi * float(np.sum(power * (np.arange(len(values)) - centre(values)) ** 2))


def centre(values: NDArray[np.float64]) -> float:
    """Where a window has its weight, in samples from its start."""
    return float(np.sum(values**2 * np.arange(len(values))) / np.sum(values**2))


def _from_scipy(name: Any, nperseg: int) -> NDArray[np.float64]:
    from scipy.signal import get_window

    try:
        return np.array(get_window(name, nperseg), np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"window {name!r} is none of SciPy's: {error}") from None
