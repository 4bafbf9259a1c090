"""One training: everything that its result depends on but the code."""

from typing import Annotated

from pydantic import Field

from rpgan.encoding import Encoding
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

    @property
    def key(self) -> tuple[int, str, str, int]:
        """Start of the path of every random stream of this run."""
        return self.seed, self.data.draw.dataset, self.label, self.replicate
