"""One training: everything that its result depends on but the code."""

from typing import Annotated

from pydantic import Field

from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import Loss
from rpgan.models import Model
from rpgan.spec import spec
from rpgan.training.settings import Training


@spec
class Run:
    """Replicate number `replicate` of the entry `label` of `models:`, trained on `data`."""

    data: Encoding
    label: str
    replicate: int
    seed: int
    model: Annotated[Model, Field(discriminator="name")]
    loss: Loss
    training: Training

    def __post_init__(self) -> None:
        dataset, n = self.data.draw.dataset, self.data.draw.n
        if self.training.batch_size > n:
            raise UserError(
                f"models.{self.label} on datasets.{dataset}: batch_size must be at most the {n}"
                f" series of the training set, got {self.training.batch_size}; lower it or raise"
                " n_train"
            )
        penalised = getattr(self.loss, "penalty_weight", 0) > 0
        if self.training.penalty_every > 1 and not penalised:
            raise UserError(
                f"models.{self.label}: penalty_every needs a loss with a penalty, and"
                f" {self.loss.name} has none; leave it out or choose another loss"
            )

        if getattr(self.model, "batch_statistics", False) and penalised:
            raise UserError(
                f"models.{self.label}: the penalty of {self.loss.name} is on each series by itself,"
                " which batch normalisation of the discriminator mixes; turn that off or choose"
                " another loss"
            )

    @property
    def key(self) -> tuple[int, str, str, int]:
        """Start of the path of every random stream of this run."""
        return self.seed, self.data.draw.dataset, self.label, self.replicate
