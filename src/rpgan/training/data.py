"""What the networks are shown."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpgan.models.conditional import with_signals

AT_ONCE = 256  # items that are brought back from the device to look at


@dataclass(frozen=True)
class Data:
    """A training set on the device: `items`, (n, channels, ...), what is `given` of each, (n, ...).

    Nothing is given to networks that are not conditional. No step sees what is `held_out`.
    """

    items: Tensor
    given: Tensor | None = None
    held_out: "Data | None" = None

    def draw(self, n: int) -> tuple[Tensor, Tensor | None]:
        """`n` items with what is given of them, any of which may come twice."""
        chosen = torch.randint(len(self.items), (n,), device=self.items.device)
        return self.items[chosen], None if self.given is None else self.given[chosen]

    @staticmethod
    def on(device: torch.device, items: NDArray[Any], given: NDArray[Any] | None = None) -> "Data":
        """A copy of arrays."""

        def copied(array: NDArray[Any]) -> Tensor:
            return torch.from_numpy(np.array(array)).to(device)

        return Data(copied(items), None if given is None else copied(given))

    def with_signals(self) -> "Data":
        """What is given of each item as further channels of it, and nothing given."""
        if self.given is None:
            raise ValueError("nothing is given that could be a signal")
        return Data(with_signals(self.items, self.given))

    def split(self, held_out: int) -> "Data":
        """The same with the last `held_out` items held out."""
        items, given = self.items, self.given
        last = Data(items[-held_out:], None if given is None else given[-held_out:])
        return Data(items[:-held_out], None if given is None else given[:-held_out], last)

    @property
    def device(self) -> torch.device:
        return self.items.device

    def digest(self) -> str:
        """Of all values, so that a training does not go on with others."""
        digest = hashlib.sha256()
        for data in (self, self.held_out):
            for tensor in (data.items, data.given) if data else ():
                for part in () if tensor is None else tensor.split(AT_ONCE):
                    digest.update(part.contiguous().cpu().numpy().tobytes())
        return digest.hexdigest()
