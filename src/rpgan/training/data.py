"""What the networks are shown."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Data:
    """A training set on the device: `items`, (n, channels, ...), and what is `given` of each, (n,).

    Nothing is given to networks that are not conditional.
    """

    items: Tensor
    given: Tensor | None = None

    def draw(self, n: int) -> tuple[Tensor, Tensor | None]:
        """`n` items with what is given of them, any of which may come twice."""
        chosen = torch.randint(len(self.items), (n,), device=self.items.device)
        return self.items[chosen], None if self.given is None else self.given[chosen]

    @staticmethod
    def on(device: torch.device, items: NDArray[Any], given: NDArray[Any] | None = None) -> "Data":
        """A copy of arrays."""
        arrays = [items] if given is None else [items, given]
        return Data(*(torch.from_numpy(np.array(array)).to(device) for array in arrays))

    @property
    def device(self) -> torch.device:
        return self.items.device

    def digest(self) -> str:
        """Of all values, so that a training does not go on with others."""
        held = [self.items] if self.given is None else [self.items, self.given]
        digest = hashlib.sha256()
        for tensor in held:
            digest.update(tensor.contiguous().cpu().numpy().tobytes())
        return digest.hexdigest()
