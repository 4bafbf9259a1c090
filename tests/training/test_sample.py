"""What a trained generator is sampled with."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rpgan import series
from rpgan.errors import UserError
from rpgan.models import WaveGAN
from rpgan.representations import chain
from rpgan.spec import plain
from rpgan.stages import sample as module
from rpgan.stages.sample import made_from, sample, tensors
from rpgan.training import checkpoint
from rpgan.training.state import State

CPU = torch.device("cpu")


@pytest.fixture
def fitted(run):
    return chain.fit(run.data.steps, run.data.draw.series())


@pytest.fixture
def saved(run, fitted, tmp_path):
    """A generator whose weights are half the first ones."""
    weights = {name: w / 2 for name, w in State(run, CPU).G.state_dict().items()}
    state = [
        {key: torch.from_numpy(np.asarray(a, np.float64)) for key, a in s.items()} for s in fitted
    ]
    checkpoint.save(tmp_path / "g.pt", {"run": plain(run), "state": state, "G": weights})
    return tmp_path / "g.pt"


def sampled(run, n, saved, **settings):
    files = [saved.with_name(name) for name in ("trained.arrow", "untrained.arrow")]
    sample(run, n, saved, *files, device=CPU, **settings)
    made = [made_from(run, n, trained, settings.get("seed")) for trained in (True, False)]
    return [series.read(file, wanted) for file, wanted in zip(files, made, strict=True)]


def test_series_are_decoded_in_batches_as_they_are_at_once(run, saved, fitted):
    n = 600  # three batches, the last one not full
    trained, untrained = sampled(run, n, saved)
    G = State(run, CPU).G
    for found, scale in ((untrained, 1), (trained, 0.5)):
        G.load_state_dict({k: scale * w for k, w in State(run, CPU).G.state_dict().items()})
        whole = chain.decode(run.data.steps, fitted, tensors(run, G, n, CPU))
        assert np.array_equal(found, whole.astype(np.float32))
    assert len(np.unique(trained[:, 0])) > 590, "batches draw their own latents"


def test_few_series_are_the_first_of_many(run, saved):
    assert np.array_equal(sampled(run, 10, saved)[0], sampled(run, 300, saved)[0][:10])


def test_how_many_at_once_does_not_matter(run, saved):
    whole = sampled(run, 100, saved)[0]
    assert_allclose(sampled(run, 100, saved, at_once=7)[0], whole, rtol=1e-4, atol=1e-5)


def test_another_seed_draws_other_series(run, saved):
    one, other, again = (sampled(run, 50, saved, seed=seed)[0] for seed in (1, 2, 1))
    assert np.array_equal(one, again)
    assert (one != other).mean() > 0.9
    assert (sampled(run, 50, saved)[0] != one).mean() > 0.9
    with pytest.raises(UserError, match="seed"):
        series.read(saved.with_name("trained.arrow"), made_from(run, 50, True, 3))


@pytest.mark.parametrize("latent", ["uniform", "gaussian", "truncated"])
def test_latents_have_the_law_of_the_training(run, latent):
    """NoiseGAN sampled with truncated normals what it had trained with uniform ones."""
    seen = []

    class Identity(torch.nn.Module):
        def forward(self, z):
            seen.append(z)
            return z

    training = replace(run, model=WaveGAN(channels=8, levels=2, latent=latent))
    tensors(training, Identity(), 500, CPU)
    torch.manual_seed(0)
    law = training.model.latents(500, CPU)
    z = torch.cat(seen)
    assert z.shape == (500, 100)
    # Kolmogorov's distance of two samples of 50 000: 1.95 sqrt(2 / 50 000) = 0.0123 at 0.1 %
    grid = torch.linspace(-1, 1, 201)
    levels = [(x.ravel()[:, None] <= grid).float().mean(0) for x in (z, law)]
    assert (levels[0] - levels[1]).abs().max() < 0.0123


def test_a_generator_of_another_run_is_refused(run, saved):
    with pytest.raises(UserError, match=r"g\.pt: made from other settings .*seed is 3, wanted 4"):
        sampled(replace(run, seed=4), 5, saved)


def test_memory_is_bounded(run, saved, monkeypatch):
    """No more than one batch is decoded at a time."""
    sizes = []
    decode = chain.decode

    def watched(steps, state, batch):
        sizes.append(len(batch))
        return decode(steps, state, batch)

    monkeypatch.setattr(module.chain, "decode", watched)
    sampled(run, 600, saved)
    assert sizes == 2 * [256, 256, 88]


def test_networks_are_sampled_in_evaluation_mode(run):
    G = torch.nn.Sequential(torch.nn.Dropout(0.5))
    z = torch.from_numpy(tensors(run, G, 5, CPU))
    assert (z != 0).all()
