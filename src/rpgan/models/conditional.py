"""Networks that are told something of each item."""

from collections.abc import Callable

from torch import Tensor, nn


def told(network: nn.Module, given: Tensor | None) -> Callable[[Tensor], Tensor]:
    """`network` itself, or knowing what is `given` of each item."""
    if given is None:
        return network
    raise NotImplementedError
