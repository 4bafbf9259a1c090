from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from rpgan.training import step as step_module
from rpgan.training.state import State
from rpgan.training.step import train_step, update_average

CPU = torch.device("cpu")


def weights(network):
    return torch.cat([p.detach().ravel().clone() for p in network.parameters()])


@pytest.fixture
def data(tensors):
    return torch.from_numpy(tensors)


def stepped(run, data, steps=1):
    state = State(run, CPU)
    terms = [train_step(state, data, run) for _ in range(steps)]
    return state, terms


def test_a_step_depends_on_the_run_alone(run, data):
    a, terms_a = stepped(run, data, 3)
    torch.rand(17)  # whatever happened to the global generator in between
    b, terms_b = stepped(run, data, 3)
    assert (weights(a.G) == weights(b.G)).all()
    assert (weights(a.D) == weights(b.D)).all()
    assert terms_a == terms_b


def test_every_replicate_seed_and_label_draws_its_own_numbers(run, data):
    others = [replace(run, replicate=1), replace(run, seed=4), replace(run, label="other")]
    results = [weights(stepped(r, data)[0].G) for r in [run, *others]]
    for i, a in enumerate(results):
        for b in results[:i]:
            assert (a != b).float().mean() > 0.5


def test_every_step_draws_its_own_numbers(run, data, monkeypatch):
    seen = []
    model_latents = type(run.model).latents

    def latents(self, n, device):
        seen.append(model_latents(self, n, device))
        return seen[-1]

    monkeypatch.setattr(type(run.model), "latents", latents)
    stepped(run, data, 2)
    assert len(seen) == 2 * (run.training.discriminator_updates + 1)
    first = torch.stack([z[0, :2] for z in seen])
    assert len(first.unique(dim=0)) == len(seen)


def test_the_generator_climbs_and_the_critic_separates(run, data):
    """Signs of both losses: alone, each network improves its own."""
    still = replace(run, training=replace(run.training, discriminator_updates=20))
    state, terms = stepped(still, data, 5)
    assert -terms[-1]["D/real"] - terms[-1]["D/fake"] > 0.05  # E D(x) - E D(G(z))

    torch.manual_seed(0)
    z = run.model.latents(256, CPU)
    before = state.D(state.G(z)).mean()
    for _ in range(10):
        step_module.descend(state.G_optimizer, run.loss.generator(state.D, data, state.G(z)))
    assert state.D(state.G(z)).mean() > before


def test_a_generator_step_leaves_the_critic_alone(run, data, monkeypatch):
    state = State(run, CPU)
    monkeypatch.setattr(state.D_optimizer, "step", lambda: None)
    before = weights(state.D)
    train_step(state, data, run)
    assert (weights(state.D) == before).all()
    assert all(p.requires_grad for p in state.D.parameters())


def test_average_halves_in_its_half_life():
    average, latest = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    with torch.no_grad():
        average.weight.fill_(1.0)
        latest.weight.fill_(0.0)
    for _ in range(7):
        update_average(average, latest, half_life=7)
    assert_close(average.weight.item(), 0.5)
    update_average(average, latest, half_life=0)
    assert average.weight.item() == 0


def test_average_follows_the_generator(run, data):
    state, _ = stepped(run, data, 30)
    apart = (weights(state.G_average) - weights(state.G)).norm()
    moved = (weights(state.G) - weights(State(run, CPU).G)).norm()
    assert 0 < apart < moved


def test_without_half_life_the_average_is_the_generator(run, data):
    raw = replace(run, training=replace(run.training, ema_half_life=0))
    state, _ = stepped(raw, data, 2)
    assert (weights(state.G_average) == weights(state.G)).all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_first_weights_are_the_same_on_a_gpu(run):
    cuda = State(run, torch.device("cuda"))
    assert (weights(cuda.G).cpu() == weights(State(run, CPU).G)).all()
