"""The generator that samples may be the one nearest to items that no step saw."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rpgan.errors import UserError
from rpgan.metrics.mmd import MMD
from rpgan.models.conditions import Number
from rpgan.processes.parameter_laws import Uniform
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.selection import Selected, mmd
from rpgan.training.settings import Selection
from rpgan.training.state import State
from rpgan.training.step import train_step

CPU = torch.device("cpu")


@pytest.fixture
def chosen(run):
    """The toy training, that looks every 3 steps at 20 of its 64 items."""
    return replace(run, training=replace(run.training, selection=Selection(every=3, held_out=20)))


@pytest.fixture
def data(chosen, tensors):
    return chosen.shown(Data.on(CPU, tensors))


def weights(network):
    return torch.cat([p.detach().ravel().clone() for p in network.parameters()])


def test_the_discrepancy_is_that_of_the_metric():
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((30, 2, 5)), 1.3 * rng.standard_normal((41, 2, 5))
    wanted = MMD().fit(real, None)(fake)["mmd"]  # 435 pairs of real items: one is the median
    found = mmd(torch.from_numpy(real), torch.from_numpy(fake))
    assert found.item() == pytest.approx(wanted, rel=1e-9)


def test_the_discrepancy_is_unbiased():
    """Of sets of the same law it is 0 on average, and negative as often as not."""
    torch.manual_seed(0)
    found = torch.stack([mmd(torch.randn(24, 3), torch.randn(24, 3)) for _ in range(400)])
    assert abs(found.mean()) < 4 * found.std() / 20
    assert found.std() > 1e-3


def test_no_step_sees_what_is_held_out(chosen, tensors, data):
    assert data.held_out is not None
    assert torch.equal(data.held_out.items, torch.from_numpy(tensors[-20:]))
    assert torch.equal(data.items, torch.from_numpy(tensors[:-20]))
    poisoned = replace(data, held_out=Data(data.held_out.items * float("nan")))
    one, other = State(chosen, CPU), State(chosen, CPU)
    for _ in range(4):
        train_step(one, data, chosen)
        train_step(other, poisoned, chosen)
    assert torch.equal(weights(one.G), weights(other.G))
    assert torch.equal(weights(one.D), weights(other.D))


def test_the_best_is_kept_and_samples(chosen, data, tmp_path):
    """Against a second look at every candidate."""
    state, looks = State(chosen, CPU), {}
    for _ in range(chosen.training.steps):
        terms = train_step(state, data, chosen)
        if state.step % 3 == 0:
            looks[state.step] = terms["discrepancy"].item(), weights(state.G_average)
            alone = Selected(state.G_average)
            found = alone.consider(state.G_average, data, chosen, state.step)
            assert found.item() == looks[state.step][0]
    best = min(looks, key=lambda step: looks[step][0])
    assert best != max(looks), "the last one would need no selection"
    assert torch.equal(weights(state.sampler), looks[best][1])
    assert state.selected is not None
    assert state.selected.discrepancy.item() == looks[best][0]
    assert state.G_average.training
    result, rows = train(chosen, data, tmp_path / "u.pt", interval=1e9)
    assert torch.equal(weights(result.sampler), looks[best][1])
    assert rows[-1]["discrepancy"] == pytest.approx(looks[30][0], rel=1e-6)


def test_looking_changes_no_step(chosen, data):
    """Other random numbers are its own."""
    apart = replace(
        chosen, training=replace(chosen.training, selection=Selection(every=5, held_out=20))
    )
    one, other = State(chosen, CPU), State(apart, CPU)
    for _ in range(7):
        train_step(one, data, chosen)
        train_step(other, data, apart)
    assert torch.equal(weights(one.G), weights(other.G))


def test_the_best_outlives_an_interruption(chosen, data):
    straight, broken = State(chosen, CPU), State(chosen, CPU)
    for _ in range(20):
        train_step(straight, data, chosen)
    for _ in range(14):
        train_step(broken, data, chosen)
    again = State(chosen, CPU)
    again.load_state_dict(broken.state_dict())
    for _ in range(6):
        train_step(again, data, chosen)
    assert torch.equal(weights(straight.sampler), weights(again.sampler))
    assert straight.state_dict()["selected"]["discrepancy"] == again.selected.discrepancy  # pyright: ignore


def test_candidates_are_told_what_the_held_out_items_are(chosen, tensors):
    condition = Number(on="hurst", low=0, high=1)
    draw = replace(chosen.data.draw, varying={"hurst": Uniform(low=0.1, high=0.9)})
    run = replace(chosen, condition=condition, data=replace(chosen.data, draw=draw))
    codes = condition.encode(np.linspace(0, 1, 64))
    data, state = run.shown(Data.on(CPU, tensors, codes)), State(run, CPU)
    seen = []
    state.G.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[1]))
    assert state.selected is not None
    state.selected.consider(state.G, data, run, 3)
    assert torch.equal(seen[0], torch.from_numpy(codes[-20:]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"every": 0, "held_out": 5}, "every must be"),
        ({"every": 1, "held_out": 1}, "held_out must"),
    ],
)
def test_no_selection(settings, message):
    with pytest.raises(ValueError, match=message):
        Selection(**settings)


def test_selections_that_do_not_fit(run):
    with pytest.raises(ValueError, match="selection is never due in 30 steps"):
        replace(run.training, selection=Selection(every=20, held_out=5, after=25))
    training = replace(run.training, selection=Selection(every=20, held_out=50))
    with pytest.raises(
        UserError, match="holds out 50 of 64 items, which leaves fewer than a batch"
    ):
        replace(run, training=training)
