"""The first adversarial loss."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class Minimax:
    """Goodfellow et al. "Generative adversarial nets." NeurIPS 2014, equation 1.

    With sigma(D) the probability of being real. Terms of the discriminator: ``real``,
    -E log sigma(D(x)); ``fake``, -E log(1 - sigma(D(G(z)))). Of the generator: ``fake``, minus the
    latter, which saturates where the discriminator is sure.
    """

    name: Literal["minimax"] = "minimax"

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"real": F.softplus(-on_real).mean(), "fake": F.softplus(on_fake).mean()}

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": -F.softplus(D(fake)).mean()}
