"""What a source gives: items and what is known of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Recorded:
    """`series`, shape (n, *shape), and columns of n values beside it: labels, parameters, origin.

    ``label`` counts the names of ``source.classes()``, or is what a source of numbers says;
    ``recording`` counts the recordings of the source in the order of its files, ``window`` the
    windows of that recording in this part, and ``index`` the rows of a published file; from 0.
    """

    series: NDArray[np.float32]
    beside: Mapping[str, NDArray[Any]]
