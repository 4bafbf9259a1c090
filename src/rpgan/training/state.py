"""All that changes in a training, and so all that a checkpoint holds."""

import copy
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from rpgan import randomness
from rpgan.models import Fitted
from rpgan.training.fast import Fast, Terms
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run


class State:
    """Two networks, their optimisers, the generator's average, and the number of steps done.

    `terms` are the latest values of all that is logged.
    """

    def __init__(self, run: Run, device: torch.device, ranks: Ranks = ALONE):
        if isinstance(run.model, Fitted):
            raise TypeError(f"{run.model.name} is fitted, not trained")
        training = run.training
        self.fast = Fast(training, device, ranks)
        self.G = first_generator(run, device, self.fast)
        self.D = self.fast.arrange(run.model.discriminator(run.shape).to(device))
        self.G_average = copy.deepcopy(self.G).requires_grad_(False)
        self.G_optimizer = training.generator.build(self.G, self.fast.cuda_graph)
        self.D_optimizer = training.discriminator.build(self.D, self.fast.cuda_graph)
        self.step = 0
        self.terms: Terms = {}

    def state_dict(self) -> dict[str, Any]:
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return parts | {"step": self.step, "terms": dict(self.terms)}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(saved[name])
        self.step, self.terms = saved["step"], dict(saved["terms"])

    def _parts(self) -> dict[str, nn.Module | Optimizer]:
        return {
            "G": self.G,
            "D": self.D,
            "G_average": self.G_average,
            "G_optimizer": self.G_optimizer,
            "D_optimizer": self.D_optimizer,
        }


def first_generator(run: Run, device: torch.device, fast: Fast) -> nn.Module:
    """The generator before its first step; further numbers drawn are those of the discriminator."""
    torch.manual_seed(randomness.integer(*run.key, "weights"))  # on the CPU: any device's equal
    return fast.arrange(run.model.generator(run.shape).to(device))


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
