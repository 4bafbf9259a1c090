"""Relativistic pairing with penalties on real and on generated samples."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from rpgan.losses.penalties import require_not_negative
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class R3GAN:
    """Huang et al. "The GAN is dead; long live the GAN!" NeurIPS 2024, equations 2 to 4.

    Terms of the discriminator: ``relativistic``, E softplus(D(G(z)) - D(x)), each real sample
    paired with a generated one; ``r1`` and ``r2``, `penalty_weight` / 2 (the paper's gamma / 2)
    times E |grad D|^2 at the real and at the generated samples. Of the generator:
    ``relativistic``, E softplus(D(x) - D(G(z))).
    """

    penalty_weight: float = 0.5
    name: Literal["r3gan"] = "r3gan"

    def __post_init__(self) -> None:
        require_not_negative(penalty_weight=self.penalty_weight)

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        real, fake = (x.detach().requires_grad_(bool(self.penalty_weight)) for x in (real, fake))
        on_real, on_fake = scores(D, real, fake)
        terms = {"relativistic": F.softplus(on_fake - on_real).mean()}
        if self.penalty_weight:
            total = on_real.sum() + on_fake.sum()
            for name, grad in zip(
                ("r1", "r2"),
                torch.autograd.grad(total, (real, fake), create_graph=True),
                strict=True,
            ):
                squared = grad.float().flatten(1).square().sum(1)
                terms[name] = self.penalty_weight / 2 * squared.mean()
        return terms

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {"relativistic": F.softplus(on_real - on_fake).mean()}
