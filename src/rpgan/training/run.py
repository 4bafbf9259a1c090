"""One training: everything that its result depends on but the code."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import Loss
from rpgan.models import Fitted, FlowMatching, Model, Progressive, Recurrent, conditional
from rpgan.models.conditions import Condition
from rpgan.models.phases import Phase
from rpgan.spec import spec
from rpgan.training.combinations import (
    AT_ONCE,
    require_batch,
    require_condition,
    require_extras,
    require_loss,
    require_penalty,
)
from rpgan.training.data import Data
from rpgan.training.schedule import Schedule, require_schedule
from rpgan.training.settings import Training


@contextmanager
def errors_of(entry: str) -> Iterator[None]:
    """What is wrong with settings, as an error of that entry of `params.yaml`."""
    try:
        yield
    except ValueError as error:
        raise UserError(f"{entry}: {error}") from None


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
        entry, n = f"models.{self.label}", self.data.draw.n
        with errors_of(entry):
            if self.condition is not None:
                require_condition(self.model, self.loss, self.condition)
            require_extras(self.model, self.loss, self.training, n)
            require_loss(self.model, self.loss, self.training)
            if self.phases:
                require_schedule(self.phases, self.training)
        with errors_of(f"{entry} on datasets.{self.data.draw.dataset}"):
            require_batch(self.phases, self.training, n)
        with errors_of(entry):
            require_penalty(self.model, self.loss, self.training)

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
