"""One step of adversarial training, from top to bottom."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from rpgan import randomness
from rpgan.models.conditional import told
from rpgan.training.data import Data
from rpgan.training.fast import Terms
from rpgan.training.optimizers import set_rate
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run
from rpgan.training.settings import Training
from rpgan.training.state import State

Batch = tuple[Tensor, Tensor, Tensor | None]  # real items, latents, what is given of both


def train_step(state: State, data: Data, run: Run, ranks: Ranks = ALONE) -> Terms:
    """Advance `state` by one step.

    All randomness is a function of (run, step), so that an interrupted run resumes exactly.
    Returns the latest terms of both losses, e.g. ``{"D/fake": ..., "G/fake": ...}``, and what
    else is worth watching; nothing waits for the device.
    """
    training = run.training
    torch.manual_seed(randomness.integer(*run.key, "step", state.step))
    set_rate(state.G_optimizer, training.learning_rate(training.generator, state.step))
    set_rate(state.D_optimizer, training.learning_rate(training.discriminator, state.step))

    first = state.step * training.discriminator_updates
    due = [(first + i) % training.penalty_every == 0 for i in range(training.discriminator_updates)]
    state.terms |= state.fast.step(tuple(due), lambda: both_updates(state, data, run, due, ranks))

    state.step += 1
    update_average(state.G_average, state.G, training.half_life(state.step))
    return dict(state.terms)


def both_updates(state: State, data: Data, run: Run, due: list[bool], ranks: Ranks) -> Terms:
    """What the device does in one step: nothing in here depends on the number of the step."""
    G, D, fast, training = state.G, state.D, state.fast, run.training
    share = training.batch_size // ranks.count

    def draw() -> Batch:
        real, given = data.draw(share)
        return fast.lay_out(real), run.latents(share, data.device), given

    def update_discriminator() -> Terms:
        terms: Terms = {}
        for penalised in due:
            batch = draw()
            loss = scheduled(run.loss, training.penalty_every, penalised)
            with fast.precision():  # not longer: it remembers rounded weights
                found, gradients = fast.function(discriminator_gradients)(G, D, loss, *batch)
            terms |= found
            terms["D_gradient_norm"] = descend(D, state.D_optimizer, gradients, training, ranks)
            if hasattr(loss, "clip_weights"):
                loss.clip_weights(D)
        return terms

    def update_generator() -> Terms:
        terms: Terms = {}
        for _ in range(training.generator_updates):
            batch = draw()
            with fast.precision():
                terms, gradients = fast.function(generator_gradients)(G, D, run.loss, *batch)
            terms["G_gradient_norm"] = descend(G, state.G_optimizer, gradients, training, ranks)
        return terms

    with ranks.drawing(share):
        if training.first == "discriminator":
            return update_discriminator() | update_generator()
        return update_generator() | update_discriminator()


def discriminator_gradients(
    G: nn.Module, D: nn.Module, loss: Any, real: Tensor, z: Tensor, given: Tensor | None = None
) -> tuple[Terms, tuple[Tensor | None, ...]]:
    """Terms of the discriminator's loss with its mean scores, and the gradients of their sum."""
    with torch.no_grad():
        fake = told(G, given)(z)
    watched = Watched(told(D, given))
    terms = loss.discriminator(watched, real, fake)
    gradients = gradients_of_sum(terms, D)
    on_real, on_fake = torch.cat(watched.scored)[: 2 * len(real)].detach().tensor_split(2)
    means = {"score_real": on_real.mean(), "score_fake": on_fake.mean()}
    return {f"D/{name}": t.detach() for name, t in terms.items()} | means, gradients


def generator_gradients(
    G: nn.Module, D: nn.Module, loss: Any, real: Tensor, z: Tensor, given: Tensor | None = None
) -> tuple[Terms, tuple[Tensor | None, ...]]:
    """Terms of the generator's loss, and the gradients of their sum, which leave D alone."""
    terms = loss.generator(told(D, given), real, told(G, given)(z))
    gradients = gradients_of_sum(terms, G)
    return {f"G/{name}": t.detach() for name, t in terms.items()}, gradients


def gradients_of_sum(terms: Terms, network: nn.Module) -> tuple[Tensor | None, ...]:
    total = torch.stack(list(terms.values())).sum()
    return torch.autograd.grad(total, list(network.parameters()), allow_unused=True)


def descend(
    network: nn.Module,
    optimizer: Optimizer,
    gradients: tuple[Tensor | None, ...],
    training: Training,
    ranks: Ranks,
) -> Tensor:
    """One step of `optimizer` along `gradients`, averaged over all processes; their norm."""
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        parameter.grad = None if gradient is None else laid_out_as(parameter, gradient)
    found = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    ranks.average(found)
    norm = get_total_norm(found)
    if training.clip_gradients:
        clip_grads_with_norm_(network.parameters(), training.clip_gradients, norm)
    optimizer.step()
    return norm


def laid_out_as(parameter: Tensor, gradient: Tensor) -> Tensor:
    """`gradient` in the memory layout of `parameter`: fused optimisers read both in one sweep."""
    if gradient.stride() == parameter.stride():
        return gradient
    return torch.empty_like(parameter).copy_(gradient)


def scheduled(loss: Any, every: int, due: bool) -> Any:
    """`loss` with its penalty `every` times as heavy where it is `due`, and else without.

    Karras et al. "Analyzing and improving the image quality of StyleGAN." CVPR 2020, appendix B.
    """
    if every == 1:
        return loss
    return replace(loss, penalty_weight=every * loss.penalty_weight if due else 0.0)


class Watched:
    """A discriminator that remembers its scores: those of real and of generated items first."""

    def __init__(self, D: Callable[[Tensor], Tensor]):
        self.D = D
        self.batch_statistics = getattr(D, "batch_statistics", False)
        self.scored: list[Tensor] = []

    def __call__(self, x: Tensor) -> Tensor:
        self.scored.append(self.D(x))
        return self.scored[-1]


@torch.no_grad()
def update_average(average: nn.Module, latest: nn.Module, half_life: float) -> None:
    """Move `average` towards `latest` so that old weights lose half their share in `half_life`."""
    keep = 0.5 ** (1 / half_life) if half_life else 0.0
    for old, new in zip(average.parameters(), latest.parameters(), strict=True):
        old.lerp_(new, 1 - keep)
    for old, new in zip(average.buffers(), latest.buffers(), strict=True):
        old.copy_(new)  # such as the moments of batch normalisation, averages already
