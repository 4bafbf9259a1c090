"""One training: everything that its result depends on but the code."""

from functools import cached_property
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import Loss
from rpgan.models import (
    Fitted,
    FlowMatching,
    Model,
    Progressive,
    Recurrent,
    WithOwnLosses,
    conditional,
)
from rpgan.models.conditions import Condition
from rpgan.models.phases import Phase
from rpgan.spec import spec
from rpgan.training.combinations import require_condition, require_extras
from rpgan.training.data import Data
from rpgan.training.own_losses import require_settings
from rpgan.training.schedule import Schedule, largest_batch, require_schedule
from rpgan.training.settings import Training

AT_ONCE = Training(steps=1, batch_size=1)  # of a model that is fitted: nothing of it applies


@spec
class Run:
    """Replicate number `replicate` of the entry `label` of `models:`, trained on `data`.

    A model that is fitted has no loss, and no settings of training. Under a `condition` both
    networks are told something of each item.
    """

    data: Encoding
    label: str
    replicate: int
    seed: int
    model: Annotated[Model, Field(discriminator="name")]
    loss: Loss | None = None
    training: Training = AT_ONCE
    condition: Condition | None = None

    def __post_init__(self) -> None:
        try:
            if self.condition is not None:
                require_condition(self.model, self.loss, self.condition)
            require_extras(self.model, self.loss, self.training, self.data.draw.n)
        except ValueError as error:
            raise UserError(f"models.{self.label}: {error}") from None
        if isinstance(self.model, Fitted):
            if self.loss is not None or self.training != AT_ONCE:
                raise UserError(
                    f"models.{self.label}: {self.model.name} is fitted at once, by one process;"
                    " leave out loss and training"
                )
            return
        if isinstance(self.model, WithOwnLosses):
            if self.loss is not None:
                raise UserError(
                    f"models.{self.label}: {self.model.name} has losses of its own; leave out loss"
                )
            try:
                require_settings(self.model, self.training)
            except ValueError as error:
                raise UserError(f"models.{self.label}: {error}") from None
        elif self.loss is None:
            raise UserError(f"models.{self.label}: loss is missing; {self.model.name} needs one")
        if self.phases:
            try:
                require_schedule(self.phases, self.training)
            except ValueError as error:
                raise UserError(f"models.{self.label}: {error}") from None
        dataset, n = self.data.draw.dataset, self.data.draw.n
        batch_size = largest_batch(self.phases, self.training)
        if batch_size > n:
            raise UserError(
                f"models.{self.label} on datasets.{dataset}: batch_size must be at most the {n}"
                f" series of the training set, got {batch_size}; lower it or raise n_train"
            )
        if self.loss is None:
            return
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
        """Of one item as the networks see it, (channels, ...)."""
        return conditional.shape_with(self.condition, self.data.shape())

    def generator(self) -> nn.Module:
        """With the weights that PyTorch's random numbers give it now."""
        return conditional.generator(self.model, self.condition, self.shape)

    def discriminator(self) -> nn.Module:
        if isinstance(self.model, FlowMatching | Fitted):
            raise TypeError(f"{self.model.name} has no discriminator")
        return conditional.discriminator(self.model, self.condition, self.shape)

    def latents(self, n: int, device: torch.device) -> Tensor:
        """The generator's input, in training and in sampling."""
        if isinstance(self.model, Recurrent | FlowMatching | Fitted):
            return self.model.latents(n, device, self.shape)
        return self.model.latents(n, device)

    def shown(self, data: Data) -> Data:
        """`data` as its steps see them: signals are channels, and what selects is held out."""
        if self.condition and self.condition.by == "signal":
            data = data.with_signals()
        selection = self.training.selection
        return data.split(selection.held_out) if selection else data

    @property
    def phases(self) -> tuple[Phase, ...]:
        """By which its networks grow; none where they stay as they are."""
        return self.model.phases if isinstance(self.model, Progressive) else ()

    def images(self, step: int) -> int:
        """Real items that the discriminator has been shown after `step` steps."""
        if self.phases:
            return Schedule(self.phases, self.training).images(step)
        return step * self.training.discriminator_updates * self.training.batch_size

    @property
    def title(self) -> str:
        """Words for it: dataset, model, replicate."""
        return f"{self.data.draw.dataset} / {self.label} / {self.replicate}"

    @property
    def key(self) -> tuple[int, str, str, int]:
        """Start of the path of every random stream of this run."""
        return self.seed, self.data.draw.dataset, self.label, self.replicate
