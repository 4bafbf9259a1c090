"""Windows of a recording."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray


def require_overlap(overlap: float) -> None:
    """Refuse windows that would not move on."""
    if not 0 <= overlap < 1:
        raise ValueError(f"overlap must lie in [0, 1), got {overlap}")


@dataclass(frozen=True)
class Windows:
    """Every `length` samples long, each `hop` after the one before.

    What is left at the end is dropped or, with `pad_end`, filled up with zeros to one last window.
    """

    length: int
    overlap: float = 0.0
    pad_end: bool = False
    first_only: bool = False

    @property
    def hop(self) -> int:
        return max(1, round(self.length * (1 - self.overlap)))

    def count(self, samples: int) -> int:
        """How many windows `samples` give."""
        whole = max(0, (samples - self.length) // self.hop + 1)
        count = whole + (self.pad_end and samples > self._covered(whole))
        return min(count, 1) if self.first_only else count

    def fit(self, series: NDArray[Any]) -> NDArray[Any]:
        """`series`, (..., samples), cut or filled up to what its windows cover, and no more."""
        samples = series.shape[-1]
        covered = self._covered(self.count(samples))
        missing = max(0, covered - samples)
        padding = [(0, 0)] * (series.ndim - 1) + [(0, missing)]
        return np.pad(series, padding) if missing else series[..., :covered]

    def cut(self, series: NDArray[Any]) -> NDArray[Any]:
        """All windows of what `fit` gave, a view of shape (k, ..., length)."""
        if not series.shape[-1]:
            return np.empty((0, *series.shape[:-1], self.length), series.dtype)
        view = sliding_window_view(series, self.length, axis=-1)[..., :: self.hop, :]
        return np.moveaxis(view, -2, 0)

    def _covered(self, windows: int) -> int:
        return (windows - 1) * self.hop + self.length if windows else 0
