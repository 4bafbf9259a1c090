"""What every way of training keeps from step to step, and so in a checkpoint."""

from abc import ABC, abstractmethod
from typing import Any

from torch import nn
from torch.optim import Optimizer

from rpgan.training.fast import Terms

Parts = dict[str, nn.Module | Optimizer]


class Resumable(ABC):
    """Networks and optimisers, the number of steps done, and the latest values of what is logged.

    Nothing else may change in a training: a checkpoint holds this, and no more.
    """

    def __init__(self) -> None:
        self.step = 0
        self.terms: Terms = {}

    @abstractmethod
    def parts(self) -> Parts:
        """Everything with a state of its own, by the name it has in a checkpoint."""

    @property
    @abstractmethod
    def sampler(self) -> nn.Module:
        """The network that makes items from latents, as it is now."""

    def state_dict(self) -> dict[str, Any]:
        parts = {name: part.state_dict() for name, part in self.parts().items()}
        return parts | {"step": self.step, "terms": dict(self.terms)}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        for name, part in self.parts().items():
            given = saved[name]
            if isinstance(part, Optimizer):  # its settings are the run's, as this device wants them
                given = given | {"param_groups": part.state_dict()["param_groups"]}
            part.load_state_dict(given)
        self.step, self.terms = saved["step"], dict(saved["terms"])
