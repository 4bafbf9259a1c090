"""What kind of item a step takes: series (channels, length) or frames (channels, bins, frames)."""

from typing import Any

from numpy.typing import NDArray


def as_series(step: str, item: tuple[int, ...]) -> tuple[int, int]:
    """Channels and length. Raises ValueError for any other kind of item."""
    if len(item) != 2:
        raise ValueError(f"{step} takes series of shape (channels, length), got {item}")
    return item[0], item[1]


def as_frames(step: str, item: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, frequency bins and frames. Raises ValueError for any other kind of item."""
    if len(item) != 3:
        raise ValueError(
            f"{step} takes items of shape (channels, bins, frames), got {item}; put an stft first"
        )
    return item[0], item[1], item[2]


def fitted_item(state: dict[str, NDArray[Any]]) -> tuple[int, ...]:
    """Shape of the items that a step was fitted on."""
    return tuple(int(size) for size in state["item"])
