"""Wasserstein loss with a one-sided penalty."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from rpgan.losses.penalties import around, gradient_norms, on_segments, require_not_negative
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class WGANLP:
    """Petzka, Fischer, Lukovnikov. "On the regularization of Wasserstein GANs." ICLR 2018, eq. 8.

    As `wgan_gp`, but gradients below 1, which a Lipschitz function may have, cost nothing:
    ``gradient_penalty`` is the weight times E max(0, |grad D| - 1)^2. `points` are on the segments
    from real to fake samples, or around the data as in DRAGAN.
    """

    penalty_weight: float = 10.0
    points: Literal["segments", "around_data"] = "segments"
    name: Literal["wgan_lp"] = "wgan_lp"

    def __post_init__(self) -> None:
        require_not_negative(penalty_weight=self.penalty_weight)

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        terms = {"real": -on_real.mean(), "fake": on_fake.mean()}
        if self.penalty_weight:
            points = on_segments(real, fake) if self.points == "segments" else around(real)
            excess = F.relu(gradient_norms(D, points) - 1)
            terms["gradient_penalty"] = self.penalty_weight * excess.square().mean()
        return terms

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": -D(fake).mean()}
