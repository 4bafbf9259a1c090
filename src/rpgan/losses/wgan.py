"""Wasserstein loss with clipped weights."""

from typing import Literal

import torch
from torch import Tensor, nn

from rpgan.losses.penalties import require_positive
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class WGAN:
    """Arjovsky, Chintala, Bottou. "Wasserstein GAN." ICML 2017, algorithm 1.

    After each update every parameter of the discriminator is brought back to [-limit, limit]. The
    paper uses RMSProp at 5e-5 and five updates of the discriminator per update of the generator.
    Terms of the discriminator: ``real``, -E D(x); ``fake``, E D(G(z)). Of the generator: ``fake``,
    -E D(G(z)).
    """

    limit: float = 0.01
    name: Literal["wgan"] = "wgan"

    def __post_init__(self) -> None:
        require_positive(limit=self.limit)

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"real": -on_real.mean(), "fake": on_fake.mean()}

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": -D(fake).mean()}

    @torch.no_grad()
    def clip_weights(self, D: nn.Module) -> None:
        """To be called after each update of `D`."""
        for parameter in D.parameters():
            parameter.clamp_(-self.limit, self.limit)
