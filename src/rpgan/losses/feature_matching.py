"""A generator that matches what the discriminator sees, rather than deceives it."""

from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor

from rpgan.errors import UserError
from rpgan.losses.penalties import require_not_negative, require_positive
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class FeatureMatching:
    """Salimans et al. "Improved techniques for training GANs." NeurIPS 2016, section 3.1.

    The discriminator's terms are those of `minimax`. The generator's: ``features``, `weight` times
    the mean over features of the squared difference between real and generated samples, of their
    `means` over the batch or of `pairs` of samples (Mogren. "C-RNN-GAN." 2016, equation 3); and
    with an `adversarial_weight` ``fake``, that of `non_saturating`. Features are the method
    `features(x)`, (n, ...), of the discriminator.
    """

    weight: float = 1.0
    adversarial_weight: float = 0.0
    compare: Literal["means", "pairs"] = "means"
    name: Literal["feature_matching"] = "feature_matching"

    def __post_init__(self) -> None:
        require_positive(weight=self.weight)
        require_not_negative(adversarial_weight=self.adversarial_weight)

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"real": F.softplus(-on_real).mean(), "fake": F.softplus(on_fake).mean()}

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        difference = features(D, fake) - features(D, real).detach()
        if self.compare == "means":
            difference = difference.mean(0)
        terms = {"features": self.weight * difference.square().mean()}
        if self.adversarial_weight:
            terms["fake"] = self.adversarial_weight * F.softplus(-D(fake)).mean()
        return terms


def features(D: Any, x: Tensor) -> Tensor:
    if not hasattr(D, "features"):
        raise UserError(
            f"feature_matching needs a discriminator with a method features(x), which"
            f" {type(D).__module__}.{type(D).__name__} has not; choose another loss or model"
        )
    return D.features(x).float().flatten(1)
