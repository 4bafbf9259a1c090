"""How each kind of model is trained."""

from collections.abc import Callable
from typing import Any

import torch

from rpgan.models import SPADE, FlowMatching, Progressive, TimeGAN
from rpgan.training.data import Data
from rpgan.training.fast import Terms
from rpgan.training.flow_matching import FlowState, flow_step
from rpgan.training.label_maps import taking_maps
from rpgan.training.pretraining import pretrained_step
from rpgan.training.progressive import Grown, growing_step
from rpgan.training.ranks import Ranks
from rpgan.training.resumable import Resumable
from rpgan.training.run import Run
from rpgan.training.state import State
from rpgan.training.step import train_step
from rpgan.training.timegan import TimeGANState, timegan_step

Step = Callable[[Any, Data, Run, Ranks], Terms]


def begun(run: Run, device: torch.device, ranks: Ranks) -> Resumable:
    """A training of `run` before its first step."""
    if isinstance(run.model, TimeGAN):
        return TimeGANState(run, device, ranks)
    if isinstance(run.model, FlowMatching):
        return FlowState(run, device, ranks)
    return Grown(run, device, ranks) if grows(run) else State(run, device, ranks)


def step_of(run: Run) -> Step:
    """What advances that training by one step, and returns the terms of its losses."""
    if isinstance(run.model, TimeGAN):
        return timegan_step
    if isinstance(run.model, FlowMatching):
        return flow_step
    if run.training.pretraining:
        return pretrained_step
    step = growing_step if grows(run) else train_step
    return taking_maps(step) if isinstance(run.model, SPADE) else step


def grows(run: Run) -> bool:
    return isinstance(run.model, Progressive) and bool(run.model.phases)
