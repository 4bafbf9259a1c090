"""A network waits while it is far ahead of the other, as in C-RNN-GAN.

Mogren. "C-RNN-GAN: continuous recurrent neural networks with adversarial training." 2016, arXiv
1611.09904, section 4. Nothing waits for the device: a step that is not to be is undone there.
"""

import itertools

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rpgan.training.fast import Terms
from rpgan.training.ranks import Ranks


class Waiting(nn.Module):
    """The latest losses of both networks, NaN before the first, with which nobody waits."""

    losses: Tensor  # the discriminator's and the generator's

    def __init__(self, below: float, device: torch.device):
        super().__init__()
        self.below = below
        self.register_buffer("losses", torch.full((2,), torch.nan, device=device))

    def waits(self, name: str, terms: Terms, ranks: Ranks) -> Tensor:
        """Whether D or G, whose loss has these `terms`, is to wait; all processes agree."""
        who = "DG".index(name)
        loss = torch.stack([term for name, term in terms.items() if "/" in name]).sum()
        loss = loss.to(self.losses.dtype)
        ranks.average([loss])
        self.losses[who] = loss
        return loss < self.below * self.losses[1 - who]


@torch.no_grad()
def step_unless(waits: Tensor, network: nn.Module, optimizer: Optimizer) -> None:
    """A step of `optimizer`, undone on the device, with what it remembers, if `waits`."""
    before = {id(tensor): tensor.clone() for tensor in changing(network, optimizer)}
    optimizer.step()
    for tensor in changing(network, optimizer):
        old = before.get(id(tensor), torch.zeros_like(tensor))  # what it did not remember is 0
        tensor.copy_(torch.where(waits, old, tensor))


def changing(network: nn.Module, optimizer: Optimizer) -> list[Tensor]:
    """All that a step of `optimizer` changes, but for steps counted on the host, as RMSProp does.

    Nothing depends on those, and to undo them the host would have to wait.
    """
    remembered = itertools.chain.from_iterable(s.values() for s in optimizer.state.values())
    device = next(network.parameters()).device
    kept = (t for t in remembered if isinstance(t, Tensor) and t.device == device)
    return [*network.parameters(), *kept]
