"""Wasserstein loss with a gradient penalty."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from rpgan.spec import spec

Discriminator = Callable[[Tensor], Tensor]


@spec
class WGANGP:
    """Gulrajani et al. "Improved training of Wasserstein GANs." NeurIPS 2017, equation 3.

    Terms of the discriminator: ``real``, -E D(x); ``fake``, E D(G(z)); ``gradient_penalty``, weight
    included. Minus the sum of the first two estimates the Wasserstein distance. Of the generator:
    ``fake``, -E D(G(z)).
    """

    penalty_weight: float = 10.0
    name: Literal["wgan_gp"] = "wgan_gp"

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        score_real, score_fake = D(torch.cat([real, fake])).tensor_split([len(real)])
        return {
            "real": -score_real.mean(),
            "fake": score_fake.mean(),
            "gradient_penalty": self.penalty_weight * gradient_penalty(D, real, fake),
        }

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": -D(fake).mean()}


def gradient_penalty(D: Discriminator, real: Tensor, fake: Tensor) -> Tensor:
    """E (|grad D| - 1)^2, at points uniform on the segments from real to fake samples."""
    t = torch.rand(len(real), *[1] * (real.ndim - 1), device=real.device)
    x = torch.lerp(real, fake, t).detach().requires_grad_()
    (grad,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return (grad.flatten(1).norm(dim=1) - 1).square().mean()
