"""All that changes in a training, and so all that a checkpoint holds."""

import copy
from typing import Any

import torch
from torch import nn
from torch.optim import Adam

from rpgan import randomness
from rpgan.training import settings
from rpgan.training.run import Run


class State:
    """Two networks, their optimisers, the generator's average, and the number of steps done."""

    def __init__(self, run: Run, device: torch.device):
        torch.manual_seed(randomness.integer(*run.key, "weights"))  # on the CPU: any device's equal
        shape = run.data.shape()
        self.G = run.model.generator(shape).to(device)
        self.D = run.model.discriminator(shape).to(device)
        self.G_average = copy.deepcopy(self.G).requires_grad_(False)
        self.G_optimizer = optimizer(self.G, run.training.generator)
        self.D_optimizer = optimizer(self.D, run.training.discriminator)
        self.step = 0

    def state_dict(self) -> dict[str, Any]:
        parts = {name: part.state_dict() for name, part in self._parts().items()}
        return parts | {"step": self.step}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        for name, part in self._parts().items():
            part.load_state_dict(saved[name])
        self.step = saved["step"]

    def _parts(self) -> dict[str, nn.Module | Adam]:
        return {
            "G": self.G,
            "D": self.D,
            "G_average": self.G_average,
            "G_optimizer": self.G_optimizer,
            "D_optimizer": self.D_optimizer,
        }


def optimizer(network: nn.Module, adam: settings.Adam) -> Adam:
    return Adam(network.parameters(), lr=adam.learning_rate, betas=adam.betas, fused=True)
