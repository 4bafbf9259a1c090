"""Least squares."""

from typing import Literal

from torch import Tensor

from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class LSGAN:
    """Mao et al. "Least squares generative adversarial networks." ICCV 2017, equation 9.

    Terms of the discriminator: ``real``, E (D(x) - 1)^2 / 2; ``fake``, E D(G(z))^2 / 2. Of the
    generator: ``fake``, E (D(G(z)) - 1)^2, without the paper's factor 1/2, as in WaveGAN's code.
    """

    name: Literal["lsgan"] = "lsgan"

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"real": (on_real - 1).square().mean() / 2, "fake": on_fake.square().mean() / 2}

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": (D(fake) - 1).square().mean()}
