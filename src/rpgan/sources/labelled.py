"""Series whose samples have labels, and their windows of one label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpgan.sources.windows import Windows


@dataclass(frozen=True)
class Labelled:
    """`series`, (channels, samples), and the `label` of each sample, (samples,), NaN for none."""

    series: NDArray[np.float32]
    label: NDArray[np.float64]

    def fit(self, windows: Windows) -> "Labelled":
        """Cut to what its windows cover."""
        return Labelled(windows.fit(self.series), windows.fit(self.label))

    def cut(self, windows: Windows) -> NDArray[np.float32]:
        """Windows of one label, (k, channels, length), of what `fit` gave; a view if all are."""
        whole, of_one = windows.cut(self.series), self._of_one(windows)
        return whole if of_one.all() else whole[of_one]

    def labels(self, windows: Windows) -> NDArray[np.float64]:
        """The labels of those windows, (k,)."""
        return windows.cut(self.label)[self._of_one(windows), 0]

    def _of_one(self, windows: Windows) -> NDArray[np.bool_]:
        changes = np.cumsum(np.diff(self.label, prepend=self.label[:1]) != 0)
        first, last = (windows.cut(changes)[:, end] for end in (0, -1))
        return (first == last) & ~np.isnan(windows.cut(self.label)[:, 0])
