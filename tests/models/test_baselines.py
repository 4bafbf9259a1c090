"""The fitted models make what they promise: a spectrum, covariances, a marginal law."""

import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rpgan.draw import Draw
from rpgan.models import IAAFT, GaussianSurrogate, IIDBootstrap
from rpgan.processes import FBM, FGN, BandNoise, BernoulliGaussian

CPU = torch.device("cpu")
MODELS = [
    GaussianSurrogate(),
    GaussianSurrogate(match="covariance"),
    GaussianSurrogate(match="periodogram"),
    IIDBootstrap(values=512),
    IAAFT(),
]


def drawn(process, n, length):
    """Series of a training set, shape (n, 1, length), with a mean."""
    series = Draw(dataset="d", part="train", process=process, length=length, n=n, seed=1).series()
    return torch.from_numpy(series)[:, None] + 0.3


def stereo(n, length):
    """Two channels, the second the first one of three samples before, and noise."""
    x = drawn(FGN(hurst=0.8), n, length + 3)
    torch.manual_seed(5)
    later = x[..., :-3] + torch.randn(n, 1, length)
    return torch.cat([x[..., 3:], 1 - 2 * later], 1)


def fitted(model, data):
    G = model.generator(tuple(data.shape[1:]))
    return G, G.fit(data)


def made(model, G, n, shape):
    torch.manual_seed(7)
    return G(model.latents(n, CPU, shape))


def periodograms(x):
    """|X|^2 / length of series less the mean of their channel."""
    x = (x - x.mean((0, 2), keepdim=True)).double()
    return torch.fft.rfft(x).abs().square() / x.shape[-1]


def covariances(x):
    """Of channels a, b at every lag: means over all pairs of samples, by the definition."""
    x = (x - x.mean((0, 2), keepdim=True)).double()
    n, _, length = x.shape
    found = {}
    for lag in range(length):
        found[lag] = torch.einsum("nat,nbt->ab", x[..., lag:], x[..., : length - lag])
        found[lag] /= n * (length - lag)
    return found


def response(model, G, shape):
    """What the generator makes of each latent alone: it is linear but for the mean."""
    channels, circle = shape[0], model.circle(shape[1])
    unit = torch.eye(channels * circle).view(-1, channels, circle)
    return (G(unit) - G(torch.zeros_like(unit[:1]))).double()


@pytest.mark.parametrize("data", [drawn(FGN(hurst=0.7), 500, 32), stereo(2000, 24)])
def test_the_surrogates_covariances_are_the_sets(data):
    """Exactly, without a random number: the covariance of A z is A A^T."""
    model, shape = GaussianSurrogate(match="covariance"), tuple(data.shape[1:])
    G, terms = fitted(model, data)
    assert terms["clipped"] < 1e-9
    A = response(model, G, shape)
    found = torch.einsum("lat,lbs->atbs", A, A)
    for lag, wanted in covariances(data).items():
        for s in range(shape[1] - lag):
            assert_close(found[:, s + lag, :, s], wanted, atol=3e-6, rtol=0)
    assert_close(G(torch.zeros(1, shape[0], model.circle(shape[1])))[0, :, 0], data.mean((0, 2)))


@pytest.mark.parametrize("match", ["covariance", "periodogram"])
@pytest.mark.parametrize("length", [32, 33])
def test_the_surrogates_mean_periodogram_is_the_sets(match, length):
    data = drawn(FGN(hurst=0.7), 500, length)
    model = GaussianSurrogate(match=match)
    G, _ = fitted(model, data)
    A = response(model, G, (1, length))
    found = torch.fft.rfft(A).abs().square().sum(0)[0] / length
    assert_close(found, periodograms(data).mean(0)[0], atol=0, rtol=2e-5)


def test_sampled_series_have_the_periodogram_and_the_mean():
    data = drawn(FGN(hurst=0.8), 2000, 128)
    model = GaussianSurrogate(match="covariance")
    G, _ = fitted(model, data)
    fake = made(model, G, 4000, (1, 128))
    ratio = periodograms(fake).mean((0, 1)) / periodograms(data).mean((0, 1))
    # a periodogram is nearly exponential: standard deviation of a mean of 4000, 1 / sqrt(4000); of
    # the last frequency, which is real, sqrt(2) times that. 65 of them within 4.5 fail once in 2000.
    assert ((ratio - 1).abs()[1:-1] < 4.5 / math.sqrt(4000)).all()
    assert abs(ratio[-1] - 1) < 4.5 * math.sqrt(2 / 4000)
    spread = fake.mean(2).std() / math.sqrt(4000)
    assert abs(fake.mean() - data.mean()) < 4.5 * spread


def test_what_no_stationary_law_has_is_clipped_and_the_variance_kept():
    """A walk's covariances at long lags are not those of any stationary process."""
    data = drawn(FBM(hurst=0.9), 40, 64)
    model = GaussianSurrogate(match="covariance")
    G, terms = fitted(model, data)
    assert 0.001 < terms["clipped"] < 0.5
    A = response(model, G, (1, 64))
    variance = data.double().var(correction=0)
    assert_close(A.square().sum(0)[0], variance.expand(64), rtol=1e-5, atol=0)
    assert fitted(GaussianSurrogate(match="periodogram"), data)[1]["clipped"] == pytest.approx(0)


def test_under_a_window_covariances_are_multiplied_by_its_own():
    data = stereo(200, 24)
    model = GaussianSurrogate(match="hann")
    G, terms = fitted(model, data)
    assert abs(terms["clipped"]) < 1e-6
    A = response(model, G, (2, 24))
    found = torch.einsum("lat,lbs->atbs", A, A)
    window = torch.sin(math.pi * torch.arange(1, 25, dtype=torch.float64) / 25).square()
    x = window * (data.double() - data.double().mean((0, 2), keepdim=True))
    for lag in range(24):
        wanted = torch.einsum("nat,nbt->ab", x[..., lag:], x[..., : 24 - lag])
        wanted /= 200 * window.square().sum()
        assert_close(found[:, lag, :, 0], wanted, atol=3e-6, rtol=0)


def test_a_window_keeps_power_in_its_band():
    """Far from the band's edge there is a tenth of what leaks, or is clipped, without a window."""
    data = drawn(BandNoise(band=1), 100, 1024)
    powers = {}
    for match in ("covariance", "periodogram", "hann"):
        model = GaussianSurrogate() if match == "hann" else GaussianSurrogate(match=match)
        fake = made(model, fitted(model, data)[0], 100, (1, 1024)).double()
        spectrum = torch.fft.rfft(torch.hann_window(1024) * fake).abs().square().mean((0, 1))
        powers[match] = (spectrum[300:].mean() / spectrum.max()).item()
    assert 10 * powers["hann"] < min(powers["covariance"], powers["periodogram"])


def test_a_constant_set_stays_constant():
    for model in (
        GaussianSurrogate(),
        GaussianSurrogate(match="periodogram"),
        IIDBootstrap(),
        IAAFT(),
    ):
        G, _ = fitted(model, torch.full((3, 1, 16), 0.25))
        assert_close(made(model, G, 4, (1, 16)), torch.full((4, 1, 16), 0.25))


def test_the_bootstrap_has_the_marginal_and_no_memory():
    data = drawn(FGN(hurst=0.9), 100, 64)
    model = IIDBootstrap(values=6400)
    G, _ = fitted(model, data)
    assert_close(G.values, data.flatten().sort().values, rtol=0, atol=0)
    assert G(torch.tensor([-1.0, 1 - 2**-23])).tolist() == [data.min(), data.max()]
    fake = made(model, G, 1000, (1, 64))
    assert set(fake.flatten().tolist()) <= set(data.flatten().tolist())
    # Kolmogorov's distance of 64 000 independent samples: 1.95 / sqrt(64 000) = 0.0077 at 0.1 %
    levels = torch.searchsorted(fake.flatten().sort().values, G.values, right=True) / fake.numel()
    assert (levels - torch.arange(1, 6401) / 6400).abs().max() < 0.0077
    x = (fake - fake.mean())[:, 0] / fake.std(correction=0)
    for lag in range(1, 20):  # correlations of white noise: sd 1 / sqrt(pairs)
        pairs = x[:, lag:] * x[:, :-lag]
        assert abs(pairs.mean()) < 4.5 / math.sqrt(pairs.numel())


@pytest.mark.parametrize("values", [7, 1000, 4096])
def test_the_bootstraps_table_is_at_most_one_sample_off(values):
    data = torch.randn(25, 1, 40)
    G, _ = fitted(IIDBootstrap(values=values), data)
    pool = data.flatten().sort().values
    below = torch.searchsorted(G.values.contiguous(), pool, right=True) / values
    step = max(1 / values, 1 / 1000)
    assert (below - torch.arange(1, 1001) / 1000).abs().max() <= step + 1e-6
    if values > 1000:
        assert G.values.unique().tolist() == pool.tolist(), "a smaller set is kept whole"


@pytest.mark.parametrize(
    ("process", "bound"), [(FGN(hurst=0.3), 0.01), (BernoulliGaussian(probability=0.1), 0.3)]
)
def test_iaaft_has_the_marginal_exactly_and_the_spectrum_nearly(process, bound):
    """Amplitudes are off by `bound` of their root mean square; impulses keep them further away."""
    data = drawn(process, 200, 512)
    model = IAAFT()
    G, _ = fitted(model, data)
    fake = made(model, G, 20, (1, 512))
    pool = np.sort(data.numpy().ravel())
    wanted = torch.from_numpy(pool[[(2 * k + 1) * 200 // 2 for k in range(512)]])
    for series in fake[:, 0]:
        assert torch.equal(series.sort().values, wanted)
    amplitude = torch.fft.rfft(fake[:, 0].double()).abs()[:, 1:]
    target = (torch.fft.rfft(data[:, 0].double()).abs().square().mean(0)).sqrt()[1:]
    off = (amplitude - target).square().mean().sqrt() / target.square().mean().sqrt()
    assert off < bound
    once = made(IAAFT(iterations=1), fitted(IAAFT(iterations=1), data)[0], 20, (1, 512))
    before = torch.fft.rfft(once[:, 0].double()).abs()[:, 1:]
    assert off < 0.9 * (before - target).square().mean().sqrt() / target.square().mean().sqrt()


def test_iaaft_series_are_as_different_as_their_phases():
    data = drawn(FGN(hurst=0.7), 100, 256)
    model = IAAFT()
    fake = made(model, fitted(model, data)[0], 200, (1, 256))[:, 0]
    correlation = torch.corrcoef(fake) - torch.eye(200)
    # Of independent series; their variance is sum r^2 / L, 2.5 / 256 for this process.
    assert correlation.abs().max() < 6 * math.sqrt(2.5 / 256)
    assert abs(correlation.sum() / (200 * 199)) < 0.01


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("length", [31, 32])
def test_deterministic_and_the_same_one_by_one(model, length):
    data = drawn(FGN(hurst=0.6), 300, length)
    G, _ = fitted(model, data)
    z = model.latents(5, CPU, (1, length))
    whole = G(z)
    assert whole.shape == (5, 1, length)
    assert whole.dtype == torch.float32
    assert torch.equal(whole, G(z))
    assert_close(torch.cat([G(part) for part in z.split(2)]), whole)
    again = model.generator((1, length))
    assert not torch.allclose(again(z), whole)
    again.load_state_dict(G.state_dict())
    assert torch.equal(again(z), whole)


@pytest.mark.parametrize("model", MODELS)
def test_fitting_in_parts_is_fitting_at_once(model, monkeypatch):
    data = drawn(FGN(hurst=0.6), 300, 16)
    whole = fitted(model, data)[0].state_dict()
    for module in ("gaussian_surrogate", "iaaft"):
        monkeypatch.setattr(f"rpgan.models.{module}.CHUNK", 7)
    for name, value in fitted(model, data)[0].state_dict().items():
        assert_close(value, whole[name])


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (GaussianSurrogate(), (2, 9, 9), r"needs series of shape \(channels, length\)"),
        (GaussianSurrogate(), (1, 1), "at least 2 samples"),
        (IIDBootstrap(), (2, 16), "one channel, .* gaussian_surrogate takes several"),
        (IAAFT(), (2, 16), "one channel, .* gaussian_surrogate takes several"),
    ],
)
def test_shapes_that_cannot_be_made(model, shape, message):
    for build in (model.check, model.generator):
        with pytest.raises(ValueError, match=message):
            build(shape)


def test_bad_settings():
    with pytest.raises(ValueError, match="iterations must be at least 1, got 0"):
        IAAFT(iterations=0)
    with pytest.raises(ValueError, match="values must be between 1 and 16777216, got 0"):
        IIDBootstrap(values=0)
