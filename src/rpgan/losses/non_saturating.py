"""The first adversarial loss, with a generator's loss that does not saturate."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class NonSaturating:
    """Goodfellow et al. "Generative adversarial nets." NeurIPS 2014, section 3.

    The discriminator's terms are those of `minimax`; the generator's is ``fake``,
    -E log sigma(D(G(z))).
    """

    name: Literal["non_saturating"] = "non_saturating"

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"real": F.softplus(-on_real).mean(), "fake": F.softplus(on_fake).mean()}

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": F.softplus(-D(fake)).mean()}
