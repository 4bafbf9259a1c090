"""What turns gradients into steps.

`l2` is the weight in the loss of half the sum of squares of all parameters.
"""

from typing import Annotated, Any, Literal

import torch
from pydantic import Discriminator, Tag
from torch import nn
from torch.optim import Optimizer

from rpgan.spec import spec


@spec
class Adam:
    """Kingma, Ba. "Adam: a method for stochastic optimization." ICLR 2015."""

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.0, 0.9)
    l2: float = 0.0
    name: Literal["adam"] = "adam"

    def __post_init__(self) -> None:
        require_learning_rate(self.learning_rate)
        require_l2(self.l2)
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must lie in [0, 1), got {list(self.betas)}")

    def build(self, network: nn.Module, graph: bool) -> Optimizer:
        rate = tensor_rate(self.learning_rate, network) if graph else self.learning_rate
        return torch.optim.Adam(
            network.parameters(),
            rate,
            self.betas,
            weight_decay=self.l2,
            fused=True,
            capturable=graph,
        )


@spec
class SGD:
    """Stochastic gradient descent, with Polyak's momentum."""

    learning_rate: float
    momentum: float = 0.0
    l2: float = 0.0
    name: Literal["sgd"] = "sgd"

    def __post_init__(self) -> None:
        require_learning_rate(self.learning_rate)
        require_l2(self.l2)
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must lie in [0, 1), got {self.momentum}")

    def build(self, network: nn.Module, graph: bool) -> Optimizer:
        rate = tensor_rate(self.learning_rate, network) if graph else self.learning_rate
        parameters = network.parameters()
        return torch.optim.SGD(parameters, rate, self.momentum, weight_decay=self.l2, fused=True)


@spec
class RMSProp:
    """Tieleman, Hinton. "Lecture 6.5: RMSProp." 2012; `smoothing` is that of the squares."""

    learning_rate: float = 5e-5
    smoothing: float = 0.99
    momentum: float = 0.0
    l2: float = 0.0
    name: Literal["rmsprop"] = "rmsprop"

    def __post_init__(self) -> None:
        require_learning_rate(self.learning_rate)
        require_l2(self.l2)
        for name in ("smoothing", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}")

    def build(self, network: nn.Module, graph: bool) -> Optimizer:
        rate = tensor_rate(self.learning_rate, network) if graph else self.learning_rate
        return torch.optim.RMSprop(
            network.parameters(),
            rate,
            self.smoothing,
            weight_decay=self.l2,
            momentum=self.momentum,
            foreach=True,
            capturable=graph,
        )


def named(given: Any) -> Any:
    """Settings without a name are Adam's."""
    return given.get("name", "adam") if isinstance(given, dict) else getattr(given, "name", None)


AnyOptimizer = Annotated[
    Annotated[Adam, Tag("adam")] | Annotated[SGD, Tag("sgd")] | Annotated[RMSProp, Tag("rmsprop")],
    Discriminator(named),
]


def require_learning_rate(learning_rate: float) -> None:
    if learning_rate <= 0:
        raise ValueError(f"learning_rate must be positive, got {learning_rate}")


def require_l2(l2: float) -> None:
    if l2 < 0:
        raise ValueError(f"l2 must be at least 0, got {l2}")


def tensor_rate(learning_rate: float, network: nn.Module) -> torch.Tensor:
    """A CUDA graph replays what it saw: a rate that changes must be a number on the device."""
    return torch.tensor(learning_rate, device=next(network.parameters()).device)


def set_rate(optimizer: Optimizer, learning_rate: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(learning_rate)
        else:
            group["lr"] = learning_rate
