"""Limits that several models have in common: of their settings, and of the items they make.

All `require_` functions raise ValueError. `name` is that of the model.
"""


def require_dropout(dropout: float) -> None:
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must lie in [0, 1), got {dropout}")


def require_halvings(channels: int, halvings: int, where: str) -> None:
    """`channels` can be halved so many times; `where` are the levels that do it, in words."""
    if channels < 1 or channels % 2**halvings:
        raise ValueError(
            f"channels must be a multiple of {2**halvings}, to be halved at {where}, got {channels}"
        )


def require_series(name: str, shape: tuple[int, ...], hint: str = "") -> None:
    """Of one axis; `hint` is how to get them, if that can be said."""
    if len(shape) != 2:
        raise ValueError(f"{name} needs series of shape (channels, length), got {shape}{hint}")


def require_spectrogram(name: str, shape: tuple[int, ...], step: str = "a spectrogram") -> None:
    """Of two axes; `step` is what makes them in a representation."""
    if len(shape) != 3:
        raise ValueError(
            f"{name} needs items of shape (channels, frequencies, frames), got {shape}; give it a"
            f" representation with {step}"
        )


def require_multiples(name: str, shape: tuple[int, ...], levels: int, unit: int) -> None:
    """Both sides of a spectrogram are multiples of `unit`, as so many levels make them."""
    if any(size % unit for size in shape[1:]):
        raise ValueError(
            f"{name} with {levels} levels makes multiples of {unit} frequencies and frames, got"
            f" {shape[1]} x {shape[2]}; keep fewer bins and frames of the spectrogram, or change"
            " levels"
        )


def multiples_near(size: int, unit: int) -> str:
    """Those on either side of a `size` that is none, in words, such as ``64 or 128``."""
    below = size // unit * unit
    above = below + unit
    return f"{below} or {above}" if below else f"{above}"
