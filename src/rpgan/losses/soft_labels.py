"""Cross-entropy against labels that are random."""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from rpgan.losses.penalties import require_not_negative
from rpgan.losses.scores import Discriminator, scores
from rpgan.spec import spec


@spec
class NormalLabels:
    mean: float
    deviation: float = 0.1
    name: Literal["normal"] = "normal"

    def __post_init__(self) -> None:
        require_not_negative(deviation=self.deviation)

    def draw(self, like: Tensor) -> Tensor:
        return self.mean + self.deviation * torch.randn(like.shape, device=like.device)


@spec
class UniformLabels:
    low: float
    high: float
    name: Literal["uniform"] = "uniform"

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")

    def draw(self, like: Tensor) -> Tensor:
        return self.low + (self.high - self.low) * torch.rand(like.shape, device=like.device)


Labels = Annotated[NormalLabels | UniformLabels, Field(discriminator="name")]


@spec
class SoftLabels:
    """Salimans et al. "Improved techniques for training GANs." NeurIPS 2016, section 3.4.

    Each item has a label y drawn anew at each update, and the loss BCE(D, y) =
    -y log sigma(D) - (1 - y) log(1 - sigma(D)). A label outside [0, 1] makes that unbounded below,
    so they are clipped unless `clip` is false. The generator aims at 1, or at the labels of real
    items. Terms of the discriminator: ``real`` and ``fake``; of the generator: ``fake``.
    """

    real: Labels = NormalLabels(mean=1.0)
    fake: Labels = NormalLabels(mean=0.0)
    clip: bool = True
    generator_target: Literal["one", "real"] = "one"
    name: Literal["soft_labels"] = "soft_labels"

    def discriminator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        on_real, on_fake = scores(D, real, fake)
        return {
            "real": self.cross_entropy(on_real, self.real.draw(on_real)),
            "fake": self.cross_entropy(on_fake, self.fake.draw(on_fake)),
        }

    def generator(self, D: Discriminator, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        score = D(fake)
        one = self.generator_target == "one"
        label = torch.ones_like(score) if one else self.real.draw(score)
        return {"fake": self.cross_entropy(score, label)}

    def cross_entropy(self, score: Tensor, label: Tensor) -> Tensor:
        label = label.clamp(0, 1) if self.clip else label
        return F.binary_cross_entropy_with_logits(score, label)
