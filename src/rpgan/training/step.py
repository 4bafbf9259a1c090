"""One step of adversarial training, from top to bottom."""

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
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
from rpgan.training.given import discriminator_terms, generator_terms
from rpgan.training.optimizers import set_rate
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run
from rpgan.training.settings import Training
from rpgan.training.state import State
from rpgan.training.waiting import step_unless

Batch = tuple[Tensor, Tensor, Tensor | None]  # real items, latents, what is given of both
Gradients = tuple[Tensor | None, ...]  # of each parameter


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

    ranks.average([*moments(state.G), *moments(state.D)])
    state.step += 1
    update_average(state.G_average, state.G, training.half_life(state.step))
    if state.selected and training.selection and training.selection.due(state.step):
        found = state.selected.consider(state.G_average, data, run, state.step)
        state.terms["discrepancy"] = found
    return dict(state.terms)


def both_updates(state: State, data: Data, run: Run, due: list[bool], ranks: Ranks) -> Terms:
    """What the device does in one step: nothing in here depends on the number of the step."""
    G, D, fast, training = state.G, state.D, state.fast, run.training
    share = training.batch_size // ranks.count

    def draw() -> Batch:
        real, given = data.draw(share)
        return fast.lay_out(real), run.latents(share, data.device), given

    def move(
        name: str, network: nn.Module, optimizer: Optimizer, found: Terms, gradients: Gradients
    ) -> Terms:
        waits = state.waiting.waits(name, found, ranks) if state.waiting else None
        norm = descend(network, optimizer, gradients, training, ranks, waits)
        seen = {f"{name}_gradient_norm": norm}
        return seen if waits is None else seen | {f"{name}_waits": waits}

    def update_discriminator() -> Terms:
        terms: Terms = {}
        for penalised in due:
            batch = draw()
            loss = scheduled(run.loss, training.penalty_every, penalised)
            with fast.precision(), derivable_twice(D, loss):  # not longer: it keeps rounded weights
                found, gradients = fast.function(discriminator_gradients)(G, D, loss, *batch)
            terms |= found | move("D", D, state.D_optimizer, found, gradients)
            if hasattr(loss, "clip_weights"):
                loss.clip_weights(D)
        return terms

    def update_generator() -> Terms:
        terms: Terms = {}
        for _ in range(training.generator_updates):
            batch = draw()
            with fast.precision():
                terms, gradients = fast.function(generator_gradients)(G, D, run.loss, *batch)
            terms |= move("G", G, state.G_optimizer, terms, gradients)
        return terms

    with ranks.drawing(share):
        if training.first == "discriminator":
            return update_discriminator() | update_generator()
        return update_generator() | update_discriminator()


def discriminator_gradients(
    G: nn.Module, D: nn.Module, loss: Any, real: Tensor, z: Tensor, given: Tensor | None = None
) -> tuple[Terms, Gradients]:
    """Terms of the discriminator's loss with its mean scores, and the gradients of their sum."""
    with torch.no_grad():
        fake = told(G, given)(z)
    watched = Watched(told(D, given))
    terms = loss.discriminator(watched, real, fake)
    terms |= discriminator_terms(D, loss, real, fake, given)
    gradients = gradients_of_sum(terms, D)
    on_real, on_fake = torch.cat(watched.scored)[: 2 * len(real)].detach().tensor_split(2)
    means = {"score_real": on_real.mean(), "score_fake": on_fake.mean()}
    return {f"D/{name}": t.detach() for name, t in terms.items()} | means, gradients


def generator_gradients(
    G: nn.Module, D: nn.Module, loss: Any, real: Tensor, z: Tensor, given: Tensor | None = None
) -> tuple[Terms, Gradients]:
    """Terms of the generator's loss, and the gradients of their sum, which leave D alone."""
    fake = told(G, given)(z)
    terms = loss.generator(told(D, given), real, fake) | generator_terms(D, fake, given)
    gradients = gradients_of_sum(terms, G)
    return {f"G/{name}": t.detach() for name, t in terms.items()}, gradients


def gradients_of_sum(terms: Terms, network: nn.Module) -> Gradients:
    total = torch.stack(list(terms.values())).sum()
    return torch.autograd.grad(total, list(network.parameters()), allow_unused=True)


def descend(
    network: nn.Module,
    optimizer: Optimizer,
    gradients: Gradients,
    training: Training,
    ranks: Ranks,
    waits: Tensor | None = None,
) -> Tensor:
    """One step of `optimizer` along `gradients`, averaged over all processes; their norm.

    It is none if `waits`.
    """
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        parameter.grad = None if gradient is None else laid_out_as(parameter, gradient)
    found = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    ranks.average(found)
    norm = get_total_norm(found)
    if training.clip_gradients:
        clip_grads_with_norm_(network.parameters(), training.clip_gradients, norm)
    if waits is None:
        optimizer.step()
    else:
        step_unless(waits, network, optimizer)
    return norm


def moments(network: nn.Module) -> list[Tensor]:
    """What a network keeps of the batches it has seen, such as batch normalisation's averages.

    Gradients have no part in it: several processes have to share it by themselves.
    """
    known = getattr(network, "from_data", ())
    buffers = network.named_buffers()
    return [buffer for name, buffer in buffers if buffer.is_floating_point() and name not in known]


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


def derivable_twice(D: nn.Module, loss: Any) -> AbstractContextManager[Any]:
    """Within it a penalty on gradients can train `D`: those of cuDNN's recurrent layers cannot."""
    penalised = getattr(loss, "penalty_weight", 0) > 0
    if penalised and any(isinstance(module, nn.RNNBase) for module in D.modules()):
        return torch.backends.cudnn.flags(enabled=False)
    return contextlib.nullcontext()


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
