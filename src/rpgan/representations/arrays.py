"""What steps need so that one `encode` does for arrays of NumPy and for tensors of PyTorch.

The two libraries share most names; here is what they do not share. Tensors stay on their device,
and PyTorch is not loaded for NumPy's sake.
"""

import sys
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def namespace(x: Any) -> Any:
    """The library of `x`, for functions that have one name and one order of arguments in both."""
    return sys.modules[type(x).__module__.partition(".")[0]]


def like(x: Any, values: Any) -> Any:
    """`values`, an array of NumPy, where `x` is."""
    return values if isinstance(x, np.ndarray) else namespace(x).tensor(values, device=x.device)


def complex_of(real: Any, imag: Any) -> Any:
    """real + i imag."""
    if not isinstance(real, np.ndarray):
        return namespace(real).complex(real, imag)
    z = np.empty(real.shape, np.complex128)
    z.real, z.imag = real, imag
    return z


def stacked(parts: list[Any]) -> Any:
    """`parts` along a new axis 2, in C's order: NumPy's own choice is slow for what comes next."""
    if not isinstance(parts[0], np.ndarray):
        return namespace(parts[0]).stack(parts, 2)
    n, channels, *rest = parts[0].shape
    return np.stack(parts, 2, out=np.empty((n, channels, len(parts), *rest)))


def along_rows(values: Any, index: Any) -> Any:
    """values[i, index[i, j]] for each row i."""
    if isinstance(values, np.ndarray):
        return np.take_along_axis(values, index, 1)
    return values.gather(1, index)


def sliding(x: Any, size: int, hop: int) -> Any:
    """Views (..., frames, size) of the last axis, one every `hop`."""
    if isinstance(x, np.ndarray):
        return sliding_window_view(x, size, axis=-1)[..., ::hop, :]
    return x.unfold(-1, size, hop)


def padded(x: Any, before: int, after: int, mode: str, reflect_type: str = "even") -> Any:
    """``numpy.pad`` along the last axis; reflected samples are fewer than there are."""
    if isinstance(x, np.ndarray):
        options = {"reflect_type": reflect_type} if mode == "reflect" else {}
        margins = [*[(0, 0)] * (x.ndim - 1), (before, after)]
        return np.pad(x, margins, mode=mode, **options)  # type: ignore[call-overload]
    if mode == "constant":
        return namespace(x).nn.functional.pad(x, (before, after))
    n = x.shape[-1]
    y = x[..., like(x, np.pad(np.arange(n), (before, after), mode=mode))]  # type: ignore[call-overload]
    if reflect_type == "odd":
        for end, beyond in ((x[..., :1], y[..., :before]), (x[..., -1:], y[..., before + n :])):
            beyond.neg_().add_(2 * end)
    return y
