"""The recurrent GAN: published counts, TensorFlow's cells, one score per step."""

from typing import Any, cast

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rpgan import series
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.losses import LSGAN, R3GAN, WGANGP, NonSaturating
from rpgan.models import RGAN
from rpgan.processes import FGN
from rpgan.representations import Scale, chain
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


def run_of(model, steps, **settings):
    """A training on persistent noise of 20 samples, with the published optimisers."""
    draw = Draw(dataset="d", part="train", process=FGN(hurst=0.9), length=20, n=300, seed=1)
    return Run(
        data=Encoding(draw=draw, steps=(Scale(kind="global_min_max"),)),
        label="toy",
        replicate=0,
        seed=3,
        model=model,
        loss=NonSaturating(),
        training=Training(
            steps=steps,
            batch_size=28,
            discriminator_updates=5,
            generator=Adam(learning_rate=1e-3, betas=(0.9, 0.999)),
            discriminator=SGD(learning_rate=0.1),
            **settings,
        ),
    )


def encoded(run):
    real = run.data.draw.series()
    return chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)


def built(model, shape):
    """Both networks; pyright knows too little of modules to follow their layers."""
    G, D = model.generator(shape), model.discriminator(shape)
    return cast(Any, G), cast(Any, D)


def total(terms):
    return torch.stack(list(terms.values())).sum()


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("latents", "channels", "seen", "generator", "discriminator"),
    [
        (5, 1, 1, 42_501, 40_901),  # sines
        (5, 5, 5, 42_905, 42_501),  # the preset for 260 samples; counted by hand
        (3 + 3, 14, 14 + 3, 44_214, 47_301),  # rows of digits, three classes
        (10 + 7, 4, 4 + 7, 47_604, 44_901),  # vital signs, seven conditions
    ],
)
def test_published_parameter_counts(latents, channels, seen, generator, discriminator):
    """A condition is more inputs at each step, of either network."""
    assert count(RGAN(latent_dim=latents).generator((channels, 30))) == generator
    assert count(RGAN().discriminator((seen, 30))) == discriminator


def cells_of_tensorflow(lstm, x):
    """Hidden states by the definition, with TensorFlow's forget_bias of 1; x is (steps, inputs)."""
    gates = {
        name: (w, u, b)
        for name, w, u, b in zip(
            "ifgo",
            *(p.detach().double().chunk(4) for p in lstm.parameters()),
            strict=True,
        )
    }
    h = c = torch.zeros(lstm.hidden_size, dtype=torch.float64)
    found = []
    for step in x.double():
        i, f, g, o = (w @ step + u @ h + b for w, u, b in gates.values())
        c = torch.sigmoid(f + 1.0) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        found.append(h)
    return torch.stack(found)


def test_networks_by_their_definition():
    torch.manual_seed(0)
    model = RGAN()
    G, D = built(model, (2, 9))
    z = model.latents(3, CPU, (2, 9))
    assert z.shape == (3, 9, 5)
    x = G(z)
    hidden = cells_of_tensorflow(G.cells, z[1])
    wanted = torch.tanh(hidden @ G.project.weight.double().T + G.project.bias)
    assert_close(x[1].T.double(), wanted, atol=1e-5, rtol=0)
    hidden = cells_of_tensorflow(D.cells, x[1].T.detach())
    assert_close(D.features(x)[1].double(), hidden, atol=1e-5, rtol=0)
    wanted = hidden @ D.score.weight.double().T + D.score.bias
    assert_close(D(x)[1, :, None].double(), wanted, atol=1e-4, rtol=0)


def test_first_weights():
    G, D = built(RGAN(), (40, 9))
    for network, bias in ((G.cells, 1.0), (D.cells, 0.0)):
        assert (network.bias_ih_l0 == bias).all()
        assert network.bias_hh_l0.unflatten(0, (4, 100)).sum(1).tolist() == [0, 100, 0, 0]
    bound = (6 / (5 + 100 + 400)) ** 0.5
    for weight in (G.cells.weight_ih_l0, G.cells.weight_hh_l0):
        assert 0.97 * bound < weight.abs().max() <= bound
    # A normal truncated at 2 has variance 0.774; that of 4000 such squares spreads by 1.4 %.
    assert G.project.weight.abs().max() <= 2
    assert G.project.weight.square().mean().item() == pytest.approx(0.774, rel=0.07)
    assert (G.project.bias != 0).all()


@pytest.mark.parametrize("model", [RGAN(), RGAN(batch_mean=True, output="linear", use_time=True)])
@pytest.mark.parametrize("loss", [NonSaturating(), LSGAN(), WGANGP(), R3GAN()])
def test_gradients_reach_everything(model, loss):
    """Through losses, whose terms are means over series and steps alike."""
    if model.batch_mean and getattr(loss, "penalty_weight", 0):
        pytest.skip("refused: a penalty is on each series by itself")
    shape = (2, 12)
    G, D = built(model, shape)
    real, z = torch.randn(6, *shape), model.latents(6, CPU, shape)
    assert G(z).shape == (6, *shape)
    assert D(real).shape == (6, 12)
    terms = loss.discriminator(D, real, G(z).detach())
    total(terms).backward()
    for name, p in D.named_parameters():
        assert p.grad is not None, name
        nothing = name == "score.bias" and loss.name in (
            "wgan_gp",
            "r3gan",
        )  # differences of scores
        assert (p.grad.abs().sum() > 1e-9) or nothing, name
    total(loss.generator(D, real, G(z))).backward()
    for name, p in G.named_parameters():
        assert p.grad is not None, name
        assert p.grad.abs().sum() > 0, name


def test_the_loss_is_the_mean_of_every_steps():
    """Of cross-entropies, as published: not the cross-entropy of a mean score."""
    torch.manual_seed(1)
    D = RGAN().discriminator((1, 15))
    real, fake = torch.randn(4, 1, 15), torch.randn(4, 1, 15)
    terms = NonSaturating().discriminator(D, real, fake)
    for part, x, label in (("real", real, 1.0), ("fake", fake, 0.0)):
        p = torch.sigmoid(D(x)).double()
        entropy = -(label * p.log() + (1 - label) * (1 - p).log())
        assert terms[part].item() == pytest.approx(entropy.mean(1).mean().item(), rel=1e-5)


def test_scores_look_back_only():
    """And at no other series, but for a batch mean."""
    torch.manual_seed(0)
    x = torch.randn(4, 1, 10)
    other = x.clone()
    other[2, 0, 6] += 1
    plain, seeing = (built(m, (1, 10))[1] for m in (RGAN(), RGAN(batch_mean=True)))
    changed = (plain(x) - plain(other)).abs() > 1e-7
    assert changed.nonzero().tolist() == [[2, t] for t in range(6, 10)]
    changed = (seeing(x) - seeing(other)).abs() > 1e-7
    assert changed[:, 6:].all()
    assert not changed[:, :6].any()
    assert seeing.batch_statistics
    assert RGAN(batch_mean=True).batch_statistics
    assert not plain.batch_statistics


def test_time_is_a_latent():
    z = RGAN(use_time=True).latents(3, CPU, (1, 21))
    assert_close(z[1, :, 0], torch.linspace(0, 1 / 21, 21))
    assert z[..., 1:].std() > 0.7


def test_from_settings_to_series(tmp_path):
    run = run_of(RGAN(hidden_generator=8, hidden_discriminator=8), steps=4, ema_half_life=2)
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


def autocovariances(x):
    x = x.reshape(len(x), -1)
    return np.array([(x[:, lag:] * x[:, : x.shape[1] - lag]).mean() for lag in range(10)])


@pytest.mark.slow
def test_it_learns(tmp_path):
    """Covariances of 10 lags end less than half as far from the data's as they began, or as 0 is."""
    model = RGAN(hidden_generator=20, hidden_discriminator=20)
    run = run_of(model, steps=250)
    data = encoded(run)
    wanted = autocovariances(data)

    def distance(G):
        return np.linalg.norm(autocovariances(tensors(run, G, 500, CPU)) - wanted)

    before = distance(State(run, CPU).G)
    after = distance(train(run, Data.on(CPU, data), tmp_path / "u.pt", 1e9)[0].sampler)
    assert after < 0.5 * min(before, np.linalg.norm(wanted)), "nearer than no noise at all is"


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"needs series of shape \(channels, length\), got"):
        RGAN().check((2, 9, 9))
    with pytest.raises(ValueError, match="latent_dim must be at least 1, got 0"):
        RGAN(latent_dim=0)
