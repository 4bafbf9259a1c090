"""A generator that first learns to predict the next event of real series.

Mogren. "C-RNN-GAN: continuous recurrent neural networks with adversarial training." 2016, arXiv
1611.09904, section 4.
"""

import math
from typing import Any

import torch
from torch import Tensor

from rpgan import randomness
from rpgan.training.data import Data
from rpgan.training.fast import Terms
from rpgan.training.optimizers import set_rate
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run
from rpgan.training.state import State
from rpgan.training.step import Gradients, descend, gradients_of_sum, train_step, update_average

ERROR = "G/next_event"


def pretrained_step(state: State, data: Data, run: Run, ranks: Ranks = ALONE) -> Terms:
    """Advance `state` by one step: of pretraining at first, and then of `train_step`.

    Those of pretraining minimise ``G/next_event``, the mean squared error of the generator's
    outputs where its last outputs are those of real series, of which it sees a growing part.
    """
    training = run.training
    if state.step >= training.pretraining:
        state.terms.pop(ERROR, None)
        return train_step(state, data, run, ranks)
    torch.manual_seed(randomness.integer(*run.key, "step", state.step))
    set_rate(state.G_optimizer, training.learning_rate(training.generator, state.step))

    share, length = training.batch_size // ranks.count, part(state.step, run)
    with ranks.drawing(share):
        (real, _), z = data.draw(share), run.latents(share, data.device)
        with state.fast.precision():
            terms, gradients = next_event_gradients(state.G, real[..., :length], z)
        terms["G_gradient_norm"] = descend(state.G, state.G_optimizer, gradients, training, ranks)

    state.terms |= terms
    state.step += 1
    update_average(state.G_average, state.G, training.half_life(state.step))
    return dict(state.terms)


def part(step: int, run: Run) -> int:
    """How many events of each series step number `step` sees: from 2 to all, growing evenly."""
    events = run.shape[-1]
    return max(2, math.ceil(events * (step + 1) / run.training.pretraining))


def next_event_gradients(G: Any, real: Tensor, z: Tensor) -> tuple[Terms, Gradients]:
    """The mean squared error for `real`, (n, channels, events), and its gradients."""
    error = (G.next_events(real, z[:, : 1 + real.shape[-1]]) - real).square().mean()
    return {ERROR: error.detach()}, gradients_of_sum({"error": error}, G)
