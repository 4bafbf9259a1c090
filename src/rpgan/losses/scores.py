"""What the discriminator makes of real and of generated items."""

from collections.abc import Callable

import torch
from torch import Tensor

Discriminator = Callable[[Tensor], Tensor]


def scores(D: Discriminator, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """D(real) and D(fake), in one pass, or in two if scores depend on their batch.

    Every loss asks for them first; what is logged as the mean scores are these.
    """
    if getattr(D, "batch_statistics", False):
        return D(real), D(fake)
    on_real, on_fake = D(torch.cat([real, fake])).tensor_split([len(real)])
    return on_real, on_fake
