"""A generator's input: its laws, and how models draw it."""

import math
from typing import Literal, Protocol

import torch
from torch import Tensor

Latent = Literal["uniform", "gaussian", "truncated"]

VARIANCE = {"uniform": 1 / 3, "gaussian": 1.0, "truncated": 0.2911}  # of one number


def draw(latent: Latent, shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Independent numbers: uniform on [-1, 1), standard normal, or that truncated to [-1, 1]."""
    if latent == "gaussian":
        return torch.randn(shape, device=device)
    uniform = 2 * torch.rand(shape, device=device) - 1
    if latent == "uniform":
        return uniform
    # Inverse of the distribution function: its mass on [-1, 1] is erf(1 / sqrt 2).
    return math.sqrt(2) * torch.erfinv(math.erf(math.sqrt(0.5)) * uniform)


class HasLatents(Protocol):
    """What `OneVector` needs."""

    @property
    def latent(self) -> Latent: ...

    @property
    def latent_dim(self) -> int: ...


class OneVector:
    """What models share whose generator makes each item from one vector."""

    def latents(self: HasLatents, n: int, device: torch.device) -> Tensor:
        """The generator's input, shape (n, latent_dim), in training and in sampling."""
        return draw(self.latent, (n, self.latent_dim), device)
