"""Does the recurrent pair make the class of series that it is asked for?"""

import numpy as np
import pytest
import torch

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.losses import NonSaturating
from rpgan.models import RGAN
from rpgan.models.conditions import Class
from rpgan.processes import FGN
from rpgan.processes.parameter_laws import Choice
from rpgan.representations import Scale, chain
from rpgan.stages.sample import tensors
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training
from rpgan.training.state import State

CPU = torch.device("cpu")
HURST = (0.05, 0.95)  # a class that swings to and fro, and one that stays where it is
N = 300  # of either class


@pytest.fixture
def run():
    draw = Draw(
        dataset="d",
        part="train",
        process=FGN(hurst=0.5),
        varying={"hurst": Choice(values=HURST)},
        length=24,
        n=2 * N,
        seed=1,
    )
    return Run(
        data=Encoding(draw=draw, steps=(Scale(kind="global_max_abs"),)),
        label="toy",
        replicate=0,
        seed=3,
        model=RGAN(hidden_generator=20, hidden_discriminator=20),
        loss=NonSaturating(),
        condition=Class(on="hurst", values=HURST, by="concatenation"),
        training=Training(
            steps=450,
            batch_size=28,
            discriminator_updates=5,
            generator=Adam(learning_rate=3e-3, betas=(0.9, 0.999)),
            discriminator=Adam(learning_rate=1e-2, betas=(0.5, 0.9)),
        ),
    )


def energy_distance(a, b):
    """Unbiased estimate, of sets (n, ...) and (m, ...)."""
    a, b = (torch.from_numpy(np.array(x, np.float64)).flatten(1) for x in (a, b))
    among = [torch.cdist(x, x).sum() / (len(x) * (len(x) - 1)) for x in (a, b)]
    return (2 * torch.cdist(a, b).mean() - among[0] - among[1]).item()


def following(series, hurst):
    """Share whose correlation of neighbours is nearer to that of the exponent asked for."""
    x = series.reshape(len(series), -1).astype(np.float64)
    found = (x[:, 1:] * x[:, :-1]).sum(1) / (x**2).sum(1)
    theirs = 2.0 ** (2 * np.array(HURST) - 1) - 1  # of FGN: -0.46 and 0.87
    nearest = np.array(HURST)[np.abs(found[:, None] - theirs).argmin(1)]
    return (nearest == hurst).mean()


@pytest.mark.parametrize("told_the_truth", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_samples_are_of_the_class_asked_for(run, told_the_truth, tmp_path):
    """Told whose class is whose. Told at random it learns the mixture, and answers nobody.

    Of either class samples come five times nearer to its series than those of random weights do,
    nearer than to the other class, and more than nine in ten follow; of the real ones 99 % do.
    """
    real, beside = run.data.draw.series_and_values()
    hurst = beside["hurst"]
    encoded = chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)
    said = hurst if told_the_truth else np.random.default_rng(0).permutation(hurst)
    data = Data.on(CPU, encoded, run.condition.encode(said))
    asked = np.repeat(HURST, N)

    def made(G):
        return tensors(run, G, 2 * N, CPU, asked)

    def distance(series, of_own):
        return [energy_distance(encoded[(hurst == h) == of_own], series[asked == h]) for h in HURST]

    before = made(State(run, CPU).G)
    after = made(train(run, data, tmp_path / "u.pt", 1e9)[0].sampler)
    assert following(encoded, hurst) > 0.98
    assert 0.4 < following(before, asked) < 0.6
    if not told_the_truth:
        assert 0.35 < following(after, asked) < 0.65
        return
    assert following(after, asked) > 0.9
    own, before_own = (np.array(distance(series, True)) for series in (after, before))
    assert (own < 0.2 * before_own).all()
    assert (own < distance(after, False)).all()
