"""Independent samples of the training set's marginal law: fitted, not trained."""

from typing import Literal

import torch
from torch import Tensor, nn

from rpgan.models import latents
from rpgan.spec import spec


@spec
class IIDBootstrap:
    """Every sample is one of the training set's, each as likely, whatever came before it.

    A generator that does worse has not even learnt the histogram.

    values : how many of the pooled samples are kept, those in the middle of as many equal shares of
        them in order of size; a smaller set is kept whole, each sample as often as the others, give
        or take one.

    References
    ----------
    Efron. "Bootstrap methods: another look at the jackknife." Ann. Statist. 7 (1979) 1.
    """

    output = "linear"  # a law, not a setting

    values: int = 2**20
    name: Literal["iid_bootstrap"] = "iid_bootstrap"

    def __post_init__(self) -> None:
        if not 1 <= self.values <= 2**24:  # how many values float32 latents tell apart
            raise ValueError(f"values must be between 1 and {2**24}, got {self.values}")

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2 or shape[0] != 1:
            raise ValueError(
                f"iid_bootstrap needs series of one channel, shape (1, length), got {shape};"
                " gaussian_surrogate takes several channels"
            )

    def generator(self, shape: tuple[int, ...]) -> "Generator":
        self.check(shape)
        return Generator(self)

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """Where in the order of size each sample lies, on [-1, 1), shape (n, 1, length)."""
        return latents.draw("uniform", (n, *shape), device)


class Generator(nn.Module):
    values: Tensor

    def __init__(self, spec: IIDBootstrap):
        super().__init__()
        self.register_buffer("values", torch.linspace(-1, 1, spec.values))

    def forward(self, z: Tensor) -> Tensor:
        n = len(self.values)
        place = ((z + 1) * (n / 2)).long()
        return self.values[place.clamp(0, n - 1)]  # (n, 1, length)

    @torch.no_grad()
    def fit(self, data: Tensor) -> dict[str, float]:
        """Learn the marginal of `data`, shape (n, 1, length)."""
        self.values.copy_(middles(data.flatten().sort().values, len(self.values)))
        return {}


def middles(in_order: Tensor, shares: int) -> Tensor:
    """The element in the middle of each of so many equal shares."""
    share = torch.arange(shares, device=in_order.device)
    return in_order[(2 * share + 1) * len(in_order) // (2 * shares)]
