"""Progressive growing: the depth of both networks, and what they are shown, follow a schedule.

Karras et al. "Progressive growing of GANs for improved quality, stability, and variation." ICLR
2018. Each step is one of `train_step`, on the data as they look at its depth.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from rpgan.models import Progressive
from rpgan.models.equalised import faded
from rpgan.models.growing import Growing
from rpgan.training.data import Data
from rpgan.training.fast import Terms
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run
from rpgan.training.schedule import Moment, Schedule
from rpgan.training.state import State
from rpgan.training.step import train_step


@dataclass(frozen=True)
class Faded(Data):
    """Images that come in like the layers that see them: mixed with their own, at half the size."""

    alpha: float = 1.0

    def draw(self, n: int) -> tuple[Tensor, Tensor | None]:
        images, given = super().draw(n)
        return faded(images, self.alpha), given


class Grown(State):
    """An adversarial pair that grows; the data at the depth it last had are at hand."""

    def __init__(self, run: Run, device: torch.device, ranks: Ranks = ALONE):
        super().__init__(run, device, ranks)
        assert isinstance(run.model, Progressive)
        self.schedule = Schedule(run.model.phases, run.training)
        self.pooled: tuple[int, Data] | None = None
        self.runs: dict[int, Run] = {}

    def grow_to(self, now: Moment) -> None:
        for network in (self.G, self.D, self.G_average):
            for part in network.modules():  # which may lie inside what tells it a condition
                if isinstance(part, Growing):
                    part.grow_to(now.depth, now.alpha)

    def shown(self, data: Data, now: Moment) -> Faded:
        """`data` as the networks see them: averaged over pixels, once for each depth."""
        if self.pooled is None or self.pooled[0] != now.depth:
            self.pooled = now.depth, replace(data, items=self.averaged(data.items, now.depth))
        pooled = self.pooled[1]
        return Faded(items=pooled.items, given=pooled.given, alpha=now.alpha)

    def of_one_size(self, run: Run, batch_size: int) -> Run:
        """`run` as one step of it sees it: networks that do not grow, and batches of one size."""
        if batch_size not in self.runs:
            training = replace(run.training, batch_size=batch_size)
            model = replace(run.model, phases=())
            self.runs[batch_size] = replace(run, model=model, training=training)
        return self.runs[batch_size]

    def averaged(self, images: Tensor, depth: int) -> Tensor:
        side = 2 ** (self.schedule.phases[-1].depth - depth)
        return F.avg_pool2d(images, side) if side > 1 else images


def growing_step(state: Grown, data: Data, run: Run, ranks: Ranks = ALONE) -> Terms:
    """Advance `state` by one step at the depth that its number says.

    Terms are those of `train_step` with ``lod``, the level of detail that is still to come, and
    ``kimg``, the thousands of real images shown so far.
    """
    now, lod = state.schedule.at(state.step), state.schedule.lod(state.step)
    state.grow_to(now)
    train_step(state, state.shown(data, now), state.of_one_size(run, now.batch_size), ranks)
    seen = {"lod": lod, "kimg": state.schedule.images(state.step) / 1000}
    state.terms |= {name: torch.full((), x, device=data.device) for name, x in seen.items()}
    return dict(state.terms)
