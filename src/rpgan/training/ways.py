"""How each kind of model is trained."""

from collections.abc import Callable
from typing import Any

import torch

from rpgan.training.data import Data
from rpgan.training.fast import Terms
from rpgan.training.ranks import Ranks
from rpgan.training.resumable import Resumable
from rpgan.training.run import Run
from rpgan.training.state import State
from rpgan.training.step import train_step

Step = Callable[[Any, Data, Run, Ranks], Terms]


def begun(run: Run, device: torch.device, ranks: Ranks) -> Resumable:
    """A training of `run` before its first step."""
    return State(run, device, ranks)


def step_of(run: Run) -> Step:
    """What advances that training by one step, and returns the terms of its losses."""
    return train_step
