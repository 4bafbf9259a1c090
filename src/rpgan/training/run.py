"""One training: everything that its result depends on but the code."""

from functools import cached_property
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import Loss
from rpgan.models import Fitted, Model, Recurrent
from rpgan.spec import spec
from rpgan.training.settings import Training

AT_ONCE = Training(steps=1, batch_size=1)  # of a model that is fitted: nothing of it applies


@spec
class Run:
    """Replicate number `replicate` of the entry `label` of `models:`, trained on `data`.

    A model that is fitted has no loss, and no settings of training.
    """

    data: Encoding
    label: str
    replicate: int
    seed: int
    model: Annotated[Model, Field(discriminator="name")]
    loss: Loss | None = None
    training: Training = AT_ONCE

    def __post_init__(self) -> None:
        if isinstance(self.model, Fitted):
            if self.loss is not None or self.training != AT_ONCE:
                raise UserError(
                    f"models.{self.label}: {self.model.name} is fitted at once, by one process;"
                    " leave out loss and training"
                )
            return
        if self.loss is None:
            raise UserError(f"models.{self.label}: loss is missing; {self.model.name} needs one")
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

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Of one item, (channels, ...)."""
        return self.data.shape()

    def generator(self) -> nn.Module:
        """With the weights that PyTorch's random numbers give it now."""
        return self.model.generator(self.shape)

    def discriminator(self) -> nn.Module:
        if isinstance(self.model, Fitted):
            raise TypeError(f"{self.model.name} has no discriminator")
        return self.model.discriminator(self.shape)

    def latents(self, n: int, device: torch.device) -> Tensor:
        """The generator's input, in training and in sampling."""
        if isinstance(self.model, Recurrent | Fitted):
            return self.model.latents(n, device, self.shape)
        return self.model.latents(n, device)

    @property
    def key(self) -> tuple[int, str, str, int]:
        """Start of the path of every random stream of this run."""
        return self.seed, self.data.draw.dataset, self.label, self.replicate
