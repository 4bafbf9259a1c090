"""Gradients of the discriminator with respect to its input, and where they are taken."""

import torch
from torch import Tensor

from rpgan.losses.scores import Discriminator


def require_positive(**settings: float) -> None:
    for name, value in settings.items():
        if value <= 0:
            raise ValueError(f"{name} must be positive, got {value}")


def require_not_negative(**settings: float) -> None:
    for name, value in settings.items():
        if value < 0:
            raise ValueError(f"{name} must be at least 0, got {value}")


def gradient_norms(D: Discriminator, x: Tensor) -> Tensor:
    """|grad D| at each item of `x`, over all but the first axis, in float32; shape (n,).

    They can train D, and neither the data nor the generator.
    """
    x = x.detach().requires_grad_()
    (grad,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return grad.float().flatten(1).norm(dim=1)


def on_segments(real: Tensor, fake: Tensor) -> Tensor:
    """Points uniform on the segments from real to fake items."""
    return torch.lerp(real, fake, one_per_item(real))


def around(real: Tensor) -> Tensor:
    """Points near the data, as in the code of DRAGAN's authors: one-sided, and not Gaussian.

    Each lies uniformly between an item x and x + std U / 2, with U uniform on [0, 1) per element
    and std that of the whole batch.
    """
    away = 0.5 * real.std() * torch.rand(real.shape, device=real.device)
    return real + one_per_item(real) * away


def one_per_item(x: Tensor) -> Tensor:
    """Uniform on [0, 1), one for each item of `x`, to be broadcast."""
    return torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device)
