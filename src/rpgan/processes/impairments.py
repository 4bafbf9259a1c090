"""What imperfect mixers do to a complex baseband: carrier offset, and unequal I and Q branches."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


def turn(series: Complex, frequency: float) -> Complex:
    """`series`, shape (n, length), times e^(2 pi i frequency t), t = 0, 1, ... samples."""
    if frequency == 0:
        return series
    return series * np.exp(2j * np.pi * frequency * np.arange(series.shape[-1]))


def imbalance(gain: float, degrees: float) -> Array:
    """The matrix that maps (I, Q) to what branches of such gains and phases make of them.

    The gains are 1 - gain / 2 and 1 + gain / 2, and the axes `degrees` nearer than a right angle.
    """
    less, more = 1 - gain / 2, 1 + gain / 2
    cos, sin = np.cos(np.radians(degrees) / 2), np.sin(np.radians(degrees) / 2)
    return np.array([[less * cos, more * sin], [less * sin, more * cos]])


def mix(series: Complex, matrix: Array) -> Complex:
    """`series` with `matrix` applied to the pair of its real and imaginary part."""
    if np.array_equal(matrix, np.eye(2)):
        return series
    (a, b), (c, d) = matrix
    return a * series.real + b * series.imag + 1j * (c * series.real + d * series.imag)


def directions(matrix: Array) -> Complex:
    """The numbers g_I and g_Q for which `mix` makes Re(g_I s) + i Re(g_Q s) of a number s."""
    return matrix[:, 0] - 1j * matrix[:, 1]


def estimate_imbalance(series: Complex) -> tuple[Array, Array]:
    """Gain and degrees of the imbalance of each row, (n,), of a source with equal I and Q power.

    From the powers of I and Q and their product; NaN if there is none.
    """
    centred = series - series.sum(axis=1, keepdims=True) / max(1, series.shape[1])
    i, q = centred.real, centred.imag
    ii, qq, iq = ((a * b).sum(axis=1) for a, b in ((i, i), (q, q), (i, q)))
    total = np.where(ii + qq > 0, ii + qq, np.nan)
    sine = np.clip(2 * iq / total, -1, 1)
    # The difference over the sum is g / (1 + g^2 / 4) times the cosine, whatever the power.
    cosine = np.sqrt(np.maximum(1 - sine**2, 1e-300))
    ratio = np.clip((qq - ii) / total / cosine, -1, 1)
    gain = 2 * ratio / (1 + np.sqrt(1 - ratio**2))
    return gain, np.degrees(np.arcsin(sine))
