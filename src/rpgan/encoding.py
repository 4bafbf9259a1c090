"""What is in one encoded file: a set of series in one representation."""

from typing import Annotated

from pydantic import Field

from rpgan.draw import Draw
from rpgan.representations import Step, chain
from rpgan.spec import spec


@spec
class Encoding:
    """The series of `draw`, each as a tensor, by `steps` fitted on that same set."""

    draw: Draw
    steps: tuple[Annotated[Step, Field(discriminator="name")], ...]

    def bounded(self) -> bool:
        """Whether all tensors lie in [-1, 1]."""
        return chain.bounded(self.steps, getattr(self.draw.source, "bounded", False))

    def shape(self) -> tuple[int, ...]:
        """Shape (channels, ...) of one item. Raises ValueError if the steps do not fit."""
        return chain.shape(self.steps, self.draw.shape())
