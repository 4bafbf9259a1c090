"""Training of a velocity field: one network, one loss."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan import randomness
from rpgan.models import FlowMatching
from rpgan.models.flow_matching import like
from rpgan.training.data import Data
from rpgan.training.fast import Fast, Terms
from rpgan.training.optimizers import set_rate
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.resumable import Parts, Resumable
from rpgan.training.run import Run
from rpgan.training.state import first_generator
from rpgan.training.step import descend, gradients_of_sum, update_average


class FlowState(Resumable):
    """The flow, its optimiser and its average, which is what samples."""

    def __init__(self, run: Run, device: torch.device, ranks: Ranks = ALONE):
        super().__init__()
        self.fast = Fast(run.training, device, ranks)
        self.G = first_generator(run, device, self.fast)
        self.G_average = copy.deepcopy(self.G).requires_grad_(False)
        self.optimizer = run.training.generator.build(self.G, self.fast.cuda_graph)

    @property
    def sampler(self) -> nn.Module:
        return self.G_average

    def parts(self) -> Parts:
        return {"G": self.G, "G_average": self.G_average, "G_optimizer": self.optimizer}


def flow_step(state: FlowState, data: Data, run: Run, ranks: Ranks = ALONE) -> Terms:
    """Advance `state` by one step; all randomness is a function of (run, step)."""
    training = run.training
    torch.manual_seed(randomness.integer(*run.key, "step", state.step))
    set_rate(state.optimizer, training.learning_rate(training.generator, state.step))
    state.terms = state.fast.step("flow", lambda: update(state, data, run, ranks))
    state.step += 1
    update_average(state.G_average, state.G, training.half_life(state.step))
    return dict(state.terms)


def update(state: FlowState, data: Data, run: Run, ranks: Ranks) -> Terms:
    """What the device does in one step."""
    model, fast, training = run.model, state.fast, run.training
    if not isinstance(model, FlowMatching):
        raise TypeError(f"{model.name} is no flow")
    share = training.batch_size // ranks.count
    with ranks.drawing(share):
        real, _ = data.draw(share)
        z, t = run.latents(share, data.device), model.times(share, data.device)
    with fast.precision():
        terms, gradients = fast.function(flow_gradients)(state.G, fast.lay_out(real), z, t)
    norm = descend(state.G, state.optimizer, gradients, training, ranks)
    return terms | {"G_gradient_norm": norm}


def flow_gradients(
    G: nn.Module, real: Tensor, z: Tensor, t: Tensor
) -> tuple[Terms, tuple[Tensor | None, ...]]:
    """The square of what the field misses at times `t`, a mean over samples, and its gradients."""
    terms = {"flow": missed(G.get_submodule("field"), real, z, t)}
    gradients = gradients_of_sum(terms, G)
    return {f"G/{name}": value.detach() for name, value in terms.items()}, gradients


def missed(field: nn.Module, real: Tensor, z: Tensor, t: Tensor) -> Tensor:
    """Mean of (field(x, t) - (real - z))^2, at x = (1 - t) z + t real."""
    return F.mse_loss(field(torch.lerp(z, real, like(t, z)), t).float(), real - z)
