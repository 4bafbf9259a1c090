"""Which of a training's generators samples: the one nearest to items that no step saw.

Esteban, Hyland, Ratsch. "Real-valued (medical) time series generation with recurrent conditional
GANs." 2017, arXiv 1706.02633, section 3.1. They tune two bandwidths; here there is one, the median
distance of two of the items held out, as in the metric `mmd`.
"""

import copy

import torch
from torch import Tensor, nn

from rpgan import randomness
from rpgan.models.conditional import told
from rpgan.training.data import Data
from rpgan.training.run import Run


class Selected(nn.Module):
    """The best generator so far, and its discrepancy, infinite before the first look."""

    discrepancy: Tensor

    def __init__(self, G: nn.Module):
        super().__init__()
        self.G = copy.deepcopy(G).requires_grad_(False)
        infinite = torch.tensor(torch.inf, dtype=torch.float64, device=next(G.parameters()).device)
        self.register_buffer("discrepancy", infinite)

    @torch.no_grad()
    def consider(self, G: nn.Module, data: Data, run: Run, step: int) -> Tensor:
        """Keep the weights of `G`, as it is after `step` steps, if it is better; its discrepancy.

        Nothing waits for the device.
        """
        if data.held_out is None:
            raise ValueError("there is nothing to select by: no items are held out")
        real, given = data.held_out.items, data.held_out.given
        torch.manual_seed(randomness.integer(*run.key, "select", step))
        z, training = run.latents(len(real), data.device), G.training
        G.eval()
        found = mmd(real, told(G, given)(z))
        G.train(training)
        better = found < self.discrepancy
        for old, new in zip(self.state_of(self.G), self.state_of(G), strict=True):
            old.copy_(torch.where(better, new, old))
        self.discrepancy.copy_(torch.where(better, found, self.discrepancy))
        return found

    @staticmethod
    def state_of(G: nn.Module) -> list[Tensor]:
        return [*G.parameters(), *G.buffers()]


def mmd(real: Tensor, fake: Tensor) -> Tensor:
    """Unbiased estimate of the squared maximum mean discrepancy of two sets, (n, ...) and (m, ...).

    The kernel is exp(-|x - y|^2 / 2 s^2), where s is the median distance of two real items.
    """
    real, fake = real.flatten(1).double(), fake.flatten(1).double()
    among_real = squared_distances(real, real)
    i, j = torch.triu_indices(len(real), len(real), 1, device=real.device)
    variance = among_real[i, j].sqrt().median().square()

    def kernel(squares: Tensor) -> Tensor:
        return (-squares / (2 * variance)).exp()

    def off_diagonal(squares: Tensor) -> Tensor:
        n = len(squares)
        return (kernel(squares).sum() - n) / (n * (n - 1))  # a series and itself: exactly 1

    cross = kernel(squared_distances(real, fake)).mean()
    return off_diagonal(among_real) + off_diagonal(squared_distances(fake, fake)) - 2 * cross


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Of each of `a` from each of `b`, rows by columns."""
    squares = a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T
    squares = squares.clamp_min(0)
    return squares.fill_diagonal_(0) if a is b else squares
