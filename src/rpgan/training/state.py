"""All that changes in an adversarial training."""

import copy

import torch
from torch import nn

from rpgan import randomness
from rpgan.models import Fitted
from rpgan.training.fast import Fast
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.resumable import Parts, Resumable
from rpgan.training.run import Run
from rpgan.training.selection import Selected
from rpgan.training.waiting import Waiting


class State(Resumable):
    """Two networks, their optimisers and the generator's average, which is what samples.

    Some trainings also remember who waits, or the average that is `selected` to sample instead.
    """

    def __init__(self, run: Run, device: torch.device, ranks: Ranks = ALONE):
        super().__init__()
        if isinstance(run.model, Fitted):
            raise TypeError(f"{run.model.name} is fitted, not trained")
        training = run.training
        self.fast = Fast(training, device, ranks)
        self.G = first_generator(run, device, self.fast)
        self.D = self.fast.arrange(run.discriminator().to(device))
        self.G_average = copy.deepcopy(self.G).requires_grad_(False)
        self.G_optimizer = training.generator.build(self.G, self.fast.cuda_graph)
        self.D_optimizer = training.discriminator.build(self.D, self.fast.cuda_graph)
        self.waiting = Waiting(training.wait_below, device) if training.wait_below else None
        self.selected = Selected(self.G_average) if training.selection else None

    @property
    def sampler(self) -> nn.Module:
        return self.selected.G if self.selected else self.G_average

    def parts(self) -> Parts:
        parts: Parts = {
            "G": self.G,
            "D": self.D,
            "G_average": self.G_average,
            "G_optimizer": self.G_optimizer,
            "D_optimizer": self.D_optimizer,
        }
        some = {"waiting": self.waiting, "selected": self.selected}
        return parts | {name: part for name, part in some.items() if part is not None}


def first_generator(run: Run, device: torch.device, fast: Fast) -> nn.Module:
    """The generator before its first step; further numbers drawn are those of the discriminator."""
    torch.manual_seed(randomness.integer(*run.key, "weights"))  # on the CPU: any device's equal
    return fast.arrange(run.generator().to(device))


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
