"""A network that is far ahead waits for the other."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from rpgan.errors import UserError
from rpgan.losses import WGANGP, Minimax, NonSaturating
from rpgan.training.data import Data
from rpgan.training.ranks import ALONE
from rpgan.training.settings import SGD, Adam, RMSProp
from rpgan.training.state import State
from rpgan.training.step import train_step
from rpgan.training.waiting import Waiting, step_unless

CPU = torch.device("cpu")
OPTIMIZERS = [
    Adam(learning_rate=0.1, l2=0.1),
    SGD(learning_rate=0.1, momentum=0.5, l2=0.1),
    SGD(learning_rate=0.1),
    RMSProp(learning_rate=0.1, momentum=0.5),
]


@pytest.fixture
def patient(run):
    training = replace(run.training, wait_below=0.7)
    return replace(run, loss=NonSaturating(), training=training)


def weights(network):
    return torch.cat([p.detach().ravel().clone() for p in network.parameters()])


@pytest.mark.parametrize("settings", OPTIMIZERS)
def test_a_step_that_is_not_to_be_never_was(settings):
    """Steps 0 and 2 of four wait: what is left is exactly steps 1 and 3, with their memory."""
    torch.manual_seed(0)
    gradients = torch.randn(4, 3, 2)
    waiting, wanted = nn.Linear(2, 3, bias=False), nn.Linear(2, 3, bias=False)
    wanted.load_state_dict(waiting.state_dict())
    optimizers = [settings.build(network, graph=False) for network in (waiting, wanted)]
    for i, gradient in enumerate(gradients):
        waiting.weight.grad, wanted.weight.grad = gradient.clone(), gradient.clone()
        step_unless(torch.tensor(i % 2 == 0), waiting, optimizers[0])
        if i % 2:
            optimizers[1].step()
    assert torch.equal(waiting.weight, wanted.weight)
    one, other = (next(iter(o.state.values()), {}) for o in optimizers)
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert value is other[name] is None or torch.equal(value, other[name]), name


def test_the_rule():
    rule = Waiting(0.7, CPU)

    def waits(who, *losses):
        terms = {f"x/{i}": torch.tensor(loss) for i, loss in enumerate(losses)}
        return rule.waits(who, terms | {"score": torch.tensor(-99.0)}, ALONE).item()

    assert not waits("D", 0.001), "nobody before both were seen"
    assert not waits("G", 0.002)
    assert not waits("D", 0.5, 0.5)
    assert waits("G", 0.69)
    assert not waits("G", 0.71)
    assert not waits("D", 0.5), "0.704 of the generator's"
    assert waits("D", 0.2, 0.29)


def test_in_a_training_who_waits_stays(patient, tensors):
    """As the terms of its own history say: recomputed from them, step by step."""
    data, run = (
        Data.on(CPU, tensors),
        replace(
            patient, training=replace(patient.training, discriminator_updates=1, wait_below=0.95)
        ),
    )
    state, latest, waited = State(run, CPU), {"D": float("nan"), "G": float("nan")}, []
    for _ in range(40):
        before = {"D": weights(state.D), "G": weights(state.G)}
        terms = train_step(state, data, run)
        for who, other in ("DG", "GD"):
            latest[who] = sum(v.item() for k, v in terms.items() if k.startswith(f"{who}/"))
            waits = latest[who] < 0.95 * latest[other]
            assert bool(terms[f"{who}_waits"]) == waits
            assert torch.equal(before[who], weights(getattr(state, who))) == waits
            waited.append((who, waits))
    assert ("G", True) in waited
    assert ("G", False) in waited
    assert ("D", False) in waited


def test_it_outlives_an_interruption(patient, tensors):
    data, straight, broken = Data.on(CPU, tensors), State(patient, CPU), State(patient, CPU)
    for _ in range(8):
        train_step(straight, data, patient)
    for _ in range(3):
        train_step(broken, data, patient)
    again = State(patient, CPU)
    again.load_state_dict(broken.state_dict())
    assert again.waiting is not None
    assert broken.waiting is not None
    assert torch.equal(again.waiting.losses, broken.waiting.losses), "not NaN, as before any step"
    for _ in range(5):
        train_step(again, data, patient)
    assert torch.equal(weights(straight.G), weights(again.G))
    assert torch.equal(weights(straight.D), weights(again.D))


@pytest.mark.parametrize("loss", [WGANGP(), Minimax()])
def test_losses_that_cannot_be_compared(patient, loss):
    with pytest.raises(UserError, match="wait_below compares losses that are positive"):
        replace(patient, loss=loss)


@pytest.mark.parametrize("settings", [OPTIMIZERS[0], OPTIMIZERS[2], RMSProp(l2=0.3)])
def test_l2_is_that_of_the_weights(settings):
    """As a term of the loss: l2 / 2 times the sum of squares."""
    torch.manual_seed(0)
    settings = replace(settings, l2=0.3)
    decayed, wanted = nn.Linear(4, 3), nn.Linear(4, 3)
    wanted.load_state_dict(decayed.state_dict())
    optimizers = [
        settings.build(decayed, graph=False),
        replace(settings, l2=0.0).build(wanted, graph=False),
    ]
    x = torch.randn(5, 4)
    for _ in range(3):
        for network, optimizer, weight in zip((decayed, wanted), optimizers, (0, 0.3), strict=True):
            squares = sum(p.square().sum() for p in network.parameters())
            loss = network(x).square().mean() + weight / 2 * squares
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    torch.testing.assert_close(decayed.weight, wanted.weight)
    with pytest.raises(ValueError, match="l2 must be at least 0, got -1"):
        replace(settings, l2=-1)
