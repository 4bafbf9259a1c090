"""Training of TimeGAN: three phases, of which each step number belongs to one.

Yoon, Jarrett, van der Schaar. "Time-series generative adversarial networks." NeurIPS 2019; what the
paper leaves open is as in the authors' code.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from rpgan import randomness
from rpgan.models import TimeGAN
from rpgan.models.timegan import Generator, from_items
from rpgan.training.data import Data
from rpgan.training.fast import Fast, Terms
from rpgan.training.optimizers import set_rate
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.resumable import Parts, Resumable
from rpgan.training.run import Run
from rpgan.training.state import first_generator
from rpgan.training.step import descend, gradients_of_sum, update_average

Batch = tuple[Tensor, Tensor]  # real items as the embedder has them, and latents


class TimeGANState(Resumable):
    """Five networks, five optimisers, and the average of the three networks that sample.

    `learners` are the networks that learn together, by the name of their optimiser: the embedder
    and the recovery have one for each of the two phases in which they learn, as published, and so
    has the supervisor.
    """

    def __init__(self, run: Run, device: torch.device, ranks: Ranks = ALONE):
        super().__init__()
        if not isinstance(run.model, TimeGAN):
            raise TypeError(f"{run.model.name} is no TimeGAN")
        self.model, training = run.model, run.training
        sampler = first_generator(run, device, Fast(training, device, ranks))
        if not isinstance(sampler, Generator):
            raise TypeError(f"{type(sampler).__name__} has no recovery")
        self.G = sampler
        self.embedder = self.model.embedder(run.shape).to(device)
        self.D = self.model.discriminator(run.shape).to(device)
        self.G_average = copy.deepcopy(self.G).requires_grad_(False)
        autoencoder = nn.ModuleList([self.embedder, self.G.recovery])
        self.learners: dict[str, nn.Module] = {
            "embedding": autoencoder,
            "supervised": self.G.supervisor,
            "G": nn.ModuleList([self.G.generator, self.G.supervisor]),
            "E": autoencoder,
            "D": self.D,
        }
        self.optimizers: dict[str, Optimizer] = {
            name: (training.discriminator if name == "D" else training.generator).build(
                network, graph=False
            )
            for name, network in self.learners.items()
        }

    @property
    def sampler(self) -> nn.Module:
        return self.G_average

    def parts(self) -> Parts:
        networks: Parts = {"G": self.G, "embedder": self.embedder, "D": self.D}
        optimizers = {f"{name}_optimizer": one for name, one in self.optimizers.items()}
        return networks | {"G_average": self.G_average} | optimizers


def timegan_step(state: TimeGANState, data: Data, run: Run, ranks: Ranks = ALONE) -> Terms:
    """Advance `state` by one step, of the phase that its number belongs to.

    All randomness is a function of (run, step), so that an interrupted run resumes exactly. Returns
    the terms of the losses of that phase, and what else is worth watching.
    """
    training = run.training
    torch.manual_seed(randomness.integer(*run.key, "step", state.step))
    for name, optimizer in state.optimizers.items():
        settings = training.discriminator if name == "D" else training.generator
        set_rate(optimizer, training.learning_rate(settings, state.step))

    updates = {"embedding": embedding, "supervised": supervised, "joint": joint}
    state.terms = updates[state.model.phase(state.step)](state, data, run, ranks)

    state.step += 1
    update_average(state.G_average, state.G, training.half_life(state.step))
    return dict(state.terms)


def embedding(state: TimeGANState, data: Data, run: Run, ranks: Ranks) -> Terms:
    """First phase: the embedder and the recovery learn to say each item again."""
    x, _ = draw(data, run, ranks)
    terms = {"E/reconstruction": reconstruction(state, x, state.embedder(x))}
    return learnt(state, "embedding", terms, run, ranks)


def supervised(state: TimeGANState, data: Data, run: Run, ranks: Ranks) -> Terms:
    """Second phase: the supervisor learns the next code from those before.

    The published optimiser lists the generator as well, to which no gradient leads.
    """
    x, _ = draw(data, run, ranks)
    with torch.no_grad():
        codes = state.embedder(x)
    return learnt(state, "supervised", {"S/supervised": foreseen(state, codes)}, run, ranks)


def joint(state: TimeGANState, data: Data, run: Run, ranks: Ranks) -> Terms:
    """Third phase: generator and embedder learn `generator_updates` times, the discriminator once.

    The embedder's turn is on the batch that the generator has just learnt from, the
    discriminator's on one of its own.
    """
    terms: Terms = {}
    for _ in range(run.training.generator_updates):
        x, z = draw(data, run, ranks)
        terms |= learnt(state, "G", generator_terms(state, x, z), run, ranks)
        terms |= learnt(state, "E", embedder_terms(state, x), run, ranks)
    x, z = draw(data, run, ranks)
    found = discriminator_terms(state, x, z)
    waits = total(found, ranks) <= state.model.threshold
    return terms | learnt(state, "D", found, run, ranks, waits) | {"D_waits": waits}


def draw(data: Data, run: Run, ranks: Ranks) -> Batch:
    share = run.training.batch_size // ranks.count
    with ranks.drawing(share):
        items, _ = data.draw(share)
        return from_items(items), run.latents(share, data.device)


def learnt(
    state: TimeGANState,
    who: str,
    terms: Terms,
    run: Run,
    ranks: Ranks,
    waits: Tensor | None = None,
) -> Terms:
    """What `who` minimises, after one step along the gradient of their sum, if it does not wait."""
    network = state.learners[who]
    gradients = gradients_of_sum(terms, network)
    norm = descend(network, state.optimizers[who], gradients, run.training, ranks, waits)
    return {name: term.detach() for name, term in terms.items()} | {f"{who}_gradient_norm": norm}


def generator_terms(state: TimeGANState, x: Tensor, z: Tensor) -> Terms:
    """Of the generator's and the supervisor's loss; `x` are real items, in [0, 1]."""
    with torch.no_grad():
        codes = state.embedder(x)
    made = state.G.generator(z)
    followed = state.G.supervisor(made)
    fake = state.G.recovery(followed)
    weight = state.model.unsupervised_weight
    return {
        "G/fake": taken_for(state.D(followed), 1.0),
        "G/fake_unsupervised": weight * taken_for(state.D(made), 1.0),
        "G/supervised": 100 * foreseen(state, codes).sqrt(),
        "G/deviations": 100 * (deviations(fake) - deviations(x)).abs().mean(),
        "G/means": 100 * (fake.mean(0) - x.mean(0)).abs().mean(),
    }


def embedder_terms(state: TimeGANState, x: Tensor) -> Terms:
    """Of the embedder's and the recovery's loss beside the generator."""
    codes = state.embedder(x)
    return {
        "E/reconstruction": reconstruction(state, x, codes),
        "E/supervised": 0.1 * foreseen(state, codes),
    }


def discriminator_terms(state: TimeGANState, x: Tensor, z: Tensor) -> Terms:
    with torch.no_grad():
        codes, made = state.embedder(x), state.G.generator(z)
        followed = state.G.supervisor(made)
    weight = state.model.unsupervised_weight
    return {
        "D/real": taken_for(state.D(codes), 1.0),
        "D/fake": taken_for(state.D(followed), 0.0),
        "D/fake_unsupervised": weight * taken_for(state.D(made), 0.0),
    }


def reconstruction(state: TimeGANState, x: Tensor, codes: Tensor) -> Tensor:
    return 10 * F.mse_loss(state.G.recovery(codes), x).sqrt()


def foreseen(state: TimeGANState, codes: Tensor) -> Tensor:
    """Mean square of what the supervisor misses of each code, from those before it."""
    return F.mse_loss(state.G.supervisor(codes)[:, :-1], codes[:, 1:])


def taken_for(logits: Tensor, label: float) -> Tensor:
    """Cross-entropy of every step's score with one label."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))


def deviations(x: Tensor) -> Tensor:
    """Over the batch, of each channel at each step."""
    return (x.var(0, correction=0) + 1e-6).sqrt()


def total(terms: Terms, ranks: Ranks) -> Tensor:
    """The loss, of all processes."""
    found = torch.stack([term.detach() for term in terms.values()]).sum()
    ranks.average([found])
    return found
