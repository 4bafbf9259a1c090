"""What may look on at a training."""

from typing import Protocol

from torch import nn

from rpgan.training.history import Row

LOOKS = 10  # in a whole training


class Watcher(Protocol):
    """Told of a training as it goes on; it may change nothing of it."""

    def begin(self, done: int) -> None:
        """The training goes on from step `done`."""

    def rows(self, rows: list[Row]) -> None:
        """New rows of the history."""

    def look(self, step: int, sampler: nn.Module) -> None:
        """The network after `step` steps, `LOOKS` times in a training."""

    def close(self) -> None:
        """No more will be told."""


def due(step: int, steps: int) -> bool:
    """Whether watchers look after step number `step` of `steps`."""
    return step % max(1, steps // LOOKS) == 0 or step == steps
