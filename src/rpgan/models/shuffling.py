"""Phase shuffle: a discriminator's features, shifted a little at random."""

import torch
from torch import Tensor


def phase_shuffle(x: Tensor, radius: int, together: bool = False) -> Tensor:
    """Shift each item of (n, channels, length) by its own -radius..radius, mirrored at the ends.

    With `together` all items of the batch share one shift.
    """
    length = x.shape[-1]
    shift = torch.randint(-radius, radius + 1, (1 if together else len(x), 1), device=x.device)
    index = (torch.arange(length, device=x.device) - shift.expand(len(x), 1)).abs()
    index = torch.where(index < length, index, 2 * (length - 1) - index)
    if x.stride(1) > 1 or x.shape[1] == 1:
        return x.gather(2, index[:, None].expand_as(x))
    first = length * torch.arange(len(x), device=x.device)[:, None]  # channels last: whole rows
    rows = x.transpose(1, 2).flatten(0, 1).index_select(0, (first + index).flatten())
    return rows.unflatten(0, (len(x), length)).transpose(1, 2)
