"""Wasserstein loss with a gradient penalty."""

from typing import Literal

from torch import Tensor

from rpgan.losses.penalties import (
    gradient_norms,
    on_segments,
    require_not_negative,
    require_positive,
)
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class WGANGP:
    """Gulrajani et al. "Improved training of Wasserstein GANs." NeurIPS 2017, equation 3.

    Terms of the discriminator: ``real``, -E D(x); ``fake``, E D(G(z)); ``gradient_penalty``, weight
    included. Minus the sum of the first two estimates the Wasserstein distance. Of the generator:
    ``fake``, -E D(G(z)). Another `penalty_target` than 1 and the ``drift``, `drift_weight` times
    E D(x)^2, are those of Karras et al. "Progressive growing of GANs." ICLR 2018, appendix A.
    """

    penalty_weight: float = 10.0
    penalty_target: float = 1.0
    drift_weight: float = 0.0
    name: Literal["wgan_gp"] = "wgan_gp"

    def __post_init__(self) -> None:
        require_not_negative(penalty_weight=self.penalty_weight, drift_weight=self.drift_weight)
        require_positive(penalty_target=self.penalty_target)

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        terms = {"real": -on_real.mean(), "fake": on_fake.mean()}
        if self.penalty_weight:
            penalty = gradient_penalty(D, real, fake, self.penalty_target)
            terms["gradient_penalty"] = self.penalty_weight * penalty
        if self.drift_weight:
            terms["drift"] = self.drift_weight * on_real.square().mean()
        return terms

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": -D(fake).mean()}


def gradient_penalty(D: Discriminator, real: Tensor, fake: Tensor, target: float = 1.0) -> Tensor:
    """E (|grad D| / target - 1)^2, at points uniform on the segments from real to fake samples."""
    norms = gradient_norms(D, on_segments(real, fake))
    return (norms - target).square().mean() / target**2
