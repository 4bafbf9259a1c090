"""Networks that keep some of what they are shown: the label maps of SPADE."""

from collections.abc import Callable

from rpgan.models.spade import Generator
from rpgan.training.data import Data
from rpgan.training.fast import Terms
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run
from rpgan.training.state import State


def taking_maps(step: Callable[..., Terms]) -> Callable[..., Terms]:
    """`step`, before the first of which the generator takes label maps of the data.

    Its average takes all but weights over from it, at each step.
    """

    def first_maps(state: State, data: Data, run: Run, ranks: Ranks = ALONE) -> Terms:
        if state.step == 0:
            for part in state.G.modules():  # which may lie inside what tells it a condition
                if isinstance(part, Generator):
                    part.take_maps(data.items)
        return step(state, data, run, ranks)

    return first_maps
