"""Non-saturating loss with a gradient penalty around the data."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from rpgan.losses.penalties import (
    around,
    gradient_norms,
    require_not_negative,
    require_positive,
)
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class DRAGAN:
    """Kodali et al. "On convergence and stability of GANs." 2017, arXiv:1705.07215, section 2.3.

    The terms of `non_saturating`, and ``gradient_penalty``, the weight times
    E (|grad D(x')| - 1)^2. By the paper x' = x + delta, delta normal with covariance `variance` I;
    by the authors' code, see `penalties.around`.
    """

    penalty_weight: float = 10.0
    points: Literal["paper", "code"] = "code"
    variance: float = 10.0  # of the paper's delta, in squared units of the tensors
    name: Literal["dragan"] = "dragan"

    def __post_init__(self) -> None:
        require_not_negative(penalty_weight=self.penalty_weight)
        require_positive(variance=self.variance)

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        terms = {"real": F.softplus(-on_real).mean(), "fake": F.softplus(on_fake).mean()}
        if self.penalty_weight:
            norms = gradient_norms(D, self.perturbed(real))
            terms["gradient_penalty"] = self.penalty_weight * (norms - 1).square().mean()
        return terms

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"fake": F.softplus(-D(fake)).mean()}

    def perturbed(self, real: Tensor) -> Tensor:
        if self.points == "code":
            return around(real)
        return real + self.variance**0.5 * torch.randn(real.shape, device=real.device)
