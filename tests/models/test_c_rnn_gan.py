"""C-RNN-GAN: published counts, feedback of the last output, a discriminator that reads both ways."""

from typing import Any, cast

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rpgan import series
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.losses import WGANGP, FeatureMatching, NonSaturating
from rpgan.models import CRNNGAN
from rpgan.models.c_rnn_gan import logit_of_mean
from rpgan.processes import GaussianPulse
from rpgan.representations import chain
from rpgan.stages.represent import represent
from rpgan.stages.sample import made_from, sample, tensors
from rpgan.stages.simulate import simulate
from rpgan.stages.train import train as stage
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.run import Run
from rpgan.training.settings import SGD, Adam, Training
from rpgan.training.state import State

CPU = torch.device("cpu")
SMALL = CRNNGAN(hidden=12)


def built(model, shape):
    """Both networks; pyright knows too little of modules to follow their layers."""
    G, D = model.generator(shape), model.discriminator(shape)
    return cast(Any, G), cast(Any, D)


def total(terms):
    return torch.stack(list(terms.values())).sum()


def run_of(model, steps, loss):
    """A training on noisy pulses of 20 samples, the discriminator by the published optimiser."""
    pulse = GaussianPulse(width=4)
    draw = Draw(dataset="d", part="train", process=pulse, length=20, n=300, seed=1)
    return Run(
        data=Encoding(draw=draw, steps=()),
        label="toy",
        replicate=0,
        seed=3,
        model=model,
        loss=loss,
        training=Training(
            steps=steps,
            batch_size=20,
            generator=Adam(learning_rate=5e-3, betas=(0.5, 0.9)),
            discriminator=SGD(learning_rate=0.1),
        ),
    )


def test_published_parameter_counts():
    counts = [sum(p.numel() for p in network.parameters()) for network in built(CRNNGAN(), (4, 99))]
    assert counts == [1_970_154, 3_943_101]


@pytest.mark.parametrize("model", [SMALL, CRNNGAN(hidden=9, layers=1, output="tanh", dropout=0)])
@pytest.mark.parametrize(
    "loss", [NonSaturating(), WGANGP(), FeatureMatching(compare="pairs", adversarial_weight=1)]
)
def test_gradients_reach_everything(model, loss):
    torch.manual_seed(0)
    shape = (3, 7)
    G, D = built(model, shape)
    real, z = torch.randn(6, *shape), model.latents(6, CPU, shape)
    assert z.shape == (6, 8, 3)
    assert 0 <= z.min() < z.max() <= 1
    assert G(z).shape == (6, *shape)
    assert D(real).shape == (6,)
    total(loss.discriminator(D, real, G(z).detach())).backward()
    total(loss.generator(D, real, G(z))).backward()
    for network in (G, D):
        for name, p in network.named_parameters():
            assert p.grad is not None, name
            assert p.grad.abs().sum() > 0, name


def test_each_output_is_the_next_input():
    """With noise at one step only, and an output before the first that is as given."""
    torch.manual_seed(0)
    G, _ = built(SMALL, (2, 6))
    G.eval()
    z = SMALL.latents(1, CPU, (2, 6))
    whole = G(z)
    states: list[Any] = [None, None]
    last = z[:, 0]
    for t in range(6):
        x = torch.relu(G.enter.weight @ torch.cat([z[0, 1 + t], last[0]]) + G.enter.bias)[None]
        for i in range(2):
            states[i] = G.cells[i](x, states[i])
            x = states[i][0]
        last = x @ G.leave.weight.T + G.leave.bias
        assert_close(whole[:, :, t], last)
    for at in range(7):  # the noise of a step, or the first output, changes what follows alone
        other = z.clone()
        other[:, at] += 1
        changed = (G(other) - whole).abs().amax((0, 1)) > 1e-8
        assert changed.tolist() == [t >= at - 1 for t in range(6)]


def test_features_look_both_ways():
    torch.manual_seed(0)
    _, D = built(SMALL, (1, 9))
    D.eval()
    x = torch.randn(3, 1, 9)
    other = x.clone()
    other[1, 0, 4] += 1
    changed = (D.features(other) - D.features(x)).abs().amax(2) > 1e-8
    assert changed.tolist() == [[False] * 9, [True] * 9, [False] * 9]
    assert D.features(x).shape == (3, 9, 24)
    # A single layer: its forward half knows nothing of what comes, its backward half of what came.
    _, D = built(CRNNGAN(hidden=12, layers=1), (1, 9))
    D.eval()
    changed = (D.features(other) - D.features(x))[1].abs() > 1e-8
    assert changed[:, :12].any(1).tolist() == [False] * 4 + [True] * 5
    assert changed[:, 12:].any(1).tolist() == [True] * 5 + [False] * 4


def test_the_score_is_the_logit_of_a_mean_probability():
    logits = torch.randn(5, 30, dtype=torch.float64) * 3
    assert_close(torch.sigmoid(logit_of_mean(logits)), torch.sigmoid(logits).mean(-1))
    far = torch.tensor([[100.0, 100.0], [-100.0, -100.0]])
    assert_close(logit_of_mean(far), torch.tensor([100.0, -100.0]))
    torch.manual_seed(0)
    _, D = built(SMALL, (1, 9))
    D.eval()
    x = torch.randn(3, 1, 9)
    p = torch.sigmoid(D.each_step(D.features(x))).mean((1, 2))
    assert_close(torch.sigmoid(D(x)), p)


def test_dropout_is_for_training():
    torch.manual_seed(0)
    z, x = SMALL.latents(4, CPU, (1, 9)), torch.randn(4, 1, 9)
    for network, given in zip(built(SMALL, (1, 9)), (z, x), strict=True):
        assert not torch.equal(network(given), network(given))
        network.eval()
        assert torch.equal(network(given), network(given))
    _, D = built(SMALL, (1, 200))
    assert D.cells.dropout == 0.5, "between layers"
    left_out = (D.features(torch.randn(4, 1, 200)) == 0).float().mean()
    assert left_out.item() == pytest.approx(0.5, abs=4 * 0.5 / 19200**0.5)


def test_from_settings_to_series(tmp_path):
    run = run_of(SMALL, 4, FeatureMatching(compare="pairs"))
    simulate(run.data.draw, tmp_path / "series.arrow")
    represent(run.data, tmp_path / "series.arrow", tmp_path / "tensors.arrow")
    files = [tmp_path / name for name in ("tensors.arrow", "g.pt", "h.parquet", "u.pt")]
    stage(run, *files, device=CPU, interval=0)
    drawn = [tmp_path / name for name in ("samples.arrow", "untrained.arrow")]
    sample(run, 30, files[1], *drawn, device=CPU, at_once=7)
    trained, untrained = (
        series.read(file, made_from(run, 30, which))
        for file, which in zip(drawn, (True, False), strict=True)
    )
    assert trained.shape == (30, 20)
    assert not np.allclose(trained, untrained)


@pytest.mark.slow
def test_it_learns(tmp_path):
    """By its own loss, a pulse: the mean curve is nearer to the data's than any constant is."""
    run = run_of(CRNNGAN(hidden=16, dropout=0.0), 400, FeatureMatching(weight=10, compare="pairs"))
    real = run.data.draw.series()
    data = chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)
    curve = data.mean(0)

    def distance(G):
        fake = tensors(run, G, 500, CPU).mean(0)
        return np.linalg.norm(fake - curve) / np.linalg.norm(curve)

    before = distance(State(run, CPU).G)
    after = distance(train(run, Data.on(CPU, data), tmp_path / "u.pt", 1e9)[0].sampler)
    constant = np.linalg.norm(curve - curve.mean()) / np.linalg.norm(curve)
    assert before > 0.9
    assert after < 0.5 * constant


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"hidden": 0}, "at least 1"), ({"dropout": 1}, r"dropout must lie in \[0, 1\), got 1")],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        CRNNGAN(**settings)
    with pytest.raises(ValueError, match=r"needs series of shape \(channels, length\), got"):
        CRNNGAN().check((2, 9, 9))
