"""A generator that first learns to predict the next event."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.testing import assert_close

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import FeatureMatching
from rpgan.models import CRNNGAN
from rpgan.processes import GaussianPulse
from rpgan.training import ways
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.pretraining import part
from rpgan.training.ranks import ALONE
from rpgan.training.run import Run
from rpgan.training.settings import SGD, Adam, Training
from rpgan.training.state import State

CPU = torch.device("cpu")
SMALL = CRNNGAN(hidden=12, dropout=0.0)


@pytest.fixture
def pulses():
    """30 steps of pretraining and 4 more, on pulses of 20 samples."""
    pulse = GaussianPulse(width=4)
    draw = Draw(dataset="d", part="train", process=pulse, length=20, n=300, seed=1)
    return Run(
        data=Encoding(draw=draw, steps=()),
        label="toy",
        replicate=0,
        seed=3,
        model=SMALL,
        loss=FeatureMatching(compare="pairs"),
        training=Training(
            steps=34,
            batch_size=20,
            pretraining=30,
            clip_gradients=5.0,
            generator=Adam(learning_rate=5e-3, betas=(0.5, 0.9)),
            discriminator=SGD(learning_rate=0.1, l2=1e-4),
        ),
    )


@pytest.fixture
def data(pulses):
    return Data.on(CPU, pulses.data.draw.series()[:, None])


def weights(network):
    return torch.cat([p.detach().ravel().clone() for p in network.parameters()])


def stepped(run, data, state, steps):
    step = ways.step_of(run)
    return [step(state, data, run, ALONE) for _ in range(steps)]


def test_the_generator_hears_the_real_series():
    """Which it does as if it were its own: told what it had made, it makes the same."""
    torch.manual_seed(0)
    G: Any = SMALL.generator((2, 9))
    z = SMALL.latents(3, CPU, (2, 9))
    made = G(z)
    assert_close(G.next_events(made, z), made)
    other = made.detach().clone()
    other[:, :, 5] += 1
    changed = (G.next_events(other, z) - made).abs().amax((0, 1)) > 1e-6
    assert changed.tolist() == [t > 5 for t in range(9)]


def test_lengths_grow_to_the_whole(pulses):
    lengths = [part(step, pulses) for step in range(30)]
    assert lengths == sorted(lengths)
    assert lengths[0] == 2
    assert lengths[14] == 10
    assert lengths[-1] == 20


def test_it_learns_the_next_event_and_then_the_game(pulses, data):
    pulses = replace(pulses, training=replace(pulses.training, steps=130, pretraining=120))
    state = State(pulses, CPU)
    first, D = weights(state.G), weights(state.D)
    terms = stepped(pulses, data, state, 120)
    assert torch.equal(weights(state.D), D)
    assert not torch.equal(weights(state.G), first)
    assert all(t.keys() == {"G/next_event", "G_gradient_norm"} for t in terms)
    z = pulses.latents(300, CPU)
    before_and_after: list[Any] = [State(pulses, CPU).G, state.G]
    with torch.no_grad():
        before, after = (
            (G.next_events(data.items, z) - data.items).square().mean() for G in before_and_after
        )
    assert after < 0.2 * before
    (then,) = stepped(pulses, data, state, 1)
    assert {"D/real", "D/fake", "G/features"} <= then.keys()
    assert "G/next_event" not in then
    assert not torch.equal(weights(state.D), D)


def test_it_resumes_exactly(pulses, data, tmp_path):
    straight, broken = State(pulses, CPU), State(pulses, CPU)
    stepped(pulses, data, straight, 34)
    stepped(pulses, data, broken, 17)
    again = State(pulses, CPU)
    again.load_state_dict(broken.state_dict())
    stepped(pulses, data, again, 17)
    assert torch.equal(weights(straight.G), weights(again.G))
    looped, rows = train(pulses, data, tmp_path / "u.pt", interval=1e9)
    assert torch.equal(weights(looped.sampler), weights(straight.G))
    assert len(rows) == 34


def test_who_does_not_pretrain(pulses, run):
    with pytest.raises(ValueError, match="pretraining must be less than steps"):
        replace(pulses.training, steps=30)
    with pytest.raises(UserError, match="pretraining needs a generator that hears its last output"):
        replace(run, training=replace(run.training, pretraining=3))
