"""The hinge loss."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class Hinge:
    """Lim, Ye. "Geometric GAN." 2017, arXiv:1705.02894; Miyato et al. ICLR 2018, equation 17.

    Terms of the discriminator: ``real``, E max(0, 1 - D(x)); ``fake``, E max(0, 1 + D(G(z))). Of
    the generator: ``fake``, -E D(G(z)).
    """

    name: Literal["hinge"] = "hinge"

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"real": F.relu(1 - on_real).mean(), "fake": F.relu(1 + on_fake).mean()}

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": -D(fake).mean()}
