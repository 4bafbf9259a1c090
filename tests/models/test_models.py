from typing import Any, cast

import pytest
import torch
from torch.testing import assert_close

from rpgan.models import STFTGAN, WaveGAN
from rpgan.models.convolution import Conv1d, ConvTranspose1d, as_product, unit_stride
from rpgan.models.initialisation import initialise
from rpgan.models.wavegan import phase_shuffle

CPU = torch.device("cpu")


def parameters(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("model", "shape", "generator", "discriminator"),
    [
        (WaveGAN(), (1, 4096), 17_824_257, 17_415_681),
        (STFTGAN(), (2, 65, 65), 17_824_896, 17_417_281),
        (STFTGAN(), (2, 129, 65), 18_238_592, 17_421_377),
        (STFTGAN(), (3, 65, 65), 17_826_496, 17_418_881),
    ],
)
def test_published_parameter_counts(model, shape, generator, discriminator):
    with torch.device("meta"):
        assert parameters(model.generator(shape)) == generator
        assert parameters(model.discriminator(shape)) == discriminator


SHAPES = [
    (WaveGAN(channels=8, levels=2), (1, 64)),
    (WaveGAN(channels=40, levels=3), (2, 192)),
    (WaveGAN(channels=8, levels=3, stride=2, kernel_size=5), (1, 24)),
    (STFTGAN(channels=8, levels=2), (2, 9, 13)),
    (STFTGAN(channels=40, levels=3, kernel_size=3), (3, 16, 17)),
    (STFTGAN(channels=8, levels=1, bias=True), (2, 2, 3)),
]


@pytest.mark.parametrize(("model", "shape"), SHAPES)
def test_shapes_and_gradients(model, shape):
    G, D = model.generator(shape), model.discriminator(shape)
    fake = G(model.latents(3, CPU))
    assert fake.shape == (3, *shape)
    assert fake.abs().max() <= 1
    scores = D(fake)
    assert scores.shape == (3,)
    scores.sum().backward()
    for network in (G, D):
        for name, p in network.named_parameters():
            assert p.grad is not None, name
            assert p.grad.abs().sum() > 0, name


@pytest.mark.parametrize(("model", "shape"), SHAPES)
def test_a_score_depends_on_its_own_series_alone(model, shape):
    """The gradient penalty is per series: nothing may mix them."""
    torch.manual_seed(0)
    if isinstance(model, WaveGAN):
        model = WaveGAN(channels=8, levels=2, phase_shuffle=0)
        shape = (1, 64)
    D, x = model.discriminator(shape), torch.randn(4, *shape)
    assert_close(D(x)[1:2], D(x[1:2]))


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (WaveGAN(levels=3), (1, 100), "multiples of 64 samples, got 100; .* make them 64 or 128"),
        (WaveGAN(levels=3), (1, 10), "multiples of 64 samples, got 10; .* make them 64, or"),
        (WaveGAN(levels=3), (2, 9, 9), r"needs series of shape \(channels, length\)"),
        (STFTGAN(levels=3), (2, 17, 19), "multiples of 8 frequencies and frames, or one more"),
        (STFTGAN(levels=3), (2, 4, 8), "got 4 x 8"),
        (STFTGAN(levels=3), (1, 64), "give it a representation with an stft"),
    ],
)
def test_shapes_that_cannot_be_made(model, shape, message):
    for build in (model.generator, model.discriminator, model.check):
        with pytest.raises(ValueError, match=message):
            build(shape)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (WaveGAN, {"kernel_size": 3}),
        (WaveGAN, {"levels": 0}),
        (STFTGAN, {"kernel_size": 2}),
        (STFTGAN, {"latent_dim": 0}),
    ],
)
def test_bad_settings(model, settings):
    with pytest.raises(ValueError, match="must be"):
        model(**settings)


MODELS = [(WaveGAN, (1, 4096)), (STFTGAN, (2, 65, 65))]


def layers(network):
    return [m for m in network.modules() if list(m.parameters(recurse=False))]


def fans(weight):
    """Inputs and outputs of a weight (out, in, ...), as PyTorch counts also (in, out, ...)."""
    field = weight[0, 0].numel()
    return weight.shape[1] * field, weight.shape[0] * field


@pytest.mark.parametrize(("model", "shape"), MODELS)
@pytest.mark.parametrize(
    ("weight_init", "deviation"),
    [
        ("uniform", lambda a, b: 12**-0.5),
        ("normal", lambda a, b: 1.0),
        ("xavier_uniform", lambda a, b: (2 / (a + b)) ** 0.5),
        ("xavier_normal", lambda a, b: (2 / (a + b)) ** 0.5),
        ("kaiming_uniform", lambda a, b: (2 / a) ** 0.5),
        ("kaiming_normal", lambda a, b: (2 / a) ** 0.5),
        ("pytorch", lambda a, b: (1 / (3 * a)) ** 0.5),
    ],
)
def test_an_initialiser_reaches_every_layer(model, shape, weight_init, deviation):
    """NoiseGAN's skipped the two-dimensional convolutions."""
    torch.manual_seed(0)
    model = model(weight_init=weight_init, channels=128)
    for network in (model.generator(shape), model.discriminator(shape)):
        for layer in layers(network):
            weight = layer.get_parameter("weight")
            expected = torch.tensor(deviation(*fans(weight)))
            # the smallest layer has 1600 weights: 5 standard errors of a normal deviation are 9 %
            assert_close(weight.std(), expected, rtol=0.1, atol=0)


def test_orthogonal_weights():
    torch.manual_seed(0)
    D = STFTGAN(weight_init="orthogonal", channels=64).discriminator((2, 65, 65))
    for conv in D.get_submodule("downsample").children():
        rows = conv.get_parameter("weight").flatten(1)
        assert_close(rows @ rows.T, torch.eye(len(rows)), rtol=0, atol=1e-5)


def test_legacy_skips_two_dimensional_convolutions_alone():
    for model, shape in MODELS:
        torch.manual_seed(0)
        network = model(weight_init="legacy", channels=128).discriminator(shape)
        for layer in layers(network):
            fan_in = layer.get_parameter("weight")[0].numel()
            gain = 1 / 3 if isinstance(layer, torch.nn.Conv2d) else 2
            deviation = layer.get_parameter("weight").std()
            assert_close(deviation, torch.tensor((gain / fan_in) ** 0.5), rtol=0.1, atol=0)


def test_recurrent_layers_are_reached_and_vectors_left_alone():
    network = torch.nn.Sequential(torch.nn.LSTM(40, 50), torch.nn.BatchNorm1d(50))
    initialise(network, "normal")
    assert_close(
        network[0].get_parameter("weight_hh_l0").std(), torch.tensor(1.0), rtol=0.05, atol=0
    )
    assert network[0].get_parameter("bias_hh_l0").abs().max() < 0.2
    assert (network[1].get_parameter("weight") == 1).all()


@pytest.mark.parametrize("model", [WaveGAN, STFTGAN])
@pytest.mark.parametrize(
    ("latent", "variance", "most"),
    [
        ("uniform", 1 / 3, 1),
        ("gaussian", 1.0, 10),
        ("truncated", 1 - 2 * 0.24197072 / 0.68268949, 1),  # 1 - 2 phi(1) / (2 Phi(1) - 1)
    ],
)
def test_latents(model, latent, variance, most):
    torch.manual_seed(0)
    z = model(latent_dim=7, latent=latent).latents(100_000, CPU)
    assert z.shape == (100_000, 7)
    assert z.abs().max() <= most
    assert z.max() > 0.999
    assert z.min() < -0.999
    # standard errors over 700 000 draws are at most 1.7e-3
    assert_close(z.var(), torch.tensor(variance), atol=0.0085, rtol=0)
    assert_close(z.mean(), torch.tensor(0.0), atol=0.006, rtol=0)


def test_latents_are_uniform_unless_asked():
    torch.manual_seed(0)
    z = WaveGAN().latents(3, CPU)
    torch.manual_seed(0)
    assert torch.equal(z, 2 * torch.rand(3, 100) - 1)


@pytest.mark.parametrize(
    ("kernel", "stride", "length"),
    [(25, 4, 64), (25, 4, 4), (5, 2, 6), (3, 3, 9), (7, 4, 32), (9, 2, 8)],
)
@pytest.mark.parametrize("way", [unit_stride, as_product])
def test_polyphase_is_the_same_function(kernel, stride, length, way, monkeypatch):
    """Values, derivatives, and derivatives of derivatives; also as GPUs compute the first layer."""
    monkeypatch.setattr("rpgan.models.convolution.unit_stride", way)
    torch.manual_seed(0)
    padding, rest = (kernel - stride + 1) // 2, (kernel - stride) % 2
    down = Conv1d(3, 5, kernel, stride, padding=padding).double()
    up = ConvTranspose1d(3, 5, kernel, stride, padding=padding, output_padding=rest).double()
    for layer in (down, up):
        x = torch.randn(2, 3, length, dtype=torch.float64, requires_grad=True)
        found = []
        for layer.polyphase in (False, True):
            y = layer(x)
            (dx,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
            more = torch.autograd.grad(dx.pow(3).sum(), (x, *layer.parameters()))
            found.append((y, dx, *more))
        assert found[0][0].shape[-1] * stride ** (1 if layer is down else -1) == length
        for a, b in zip(*found, strict=True):
            assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_the_score_is_linear_in_the_features():
    for model, shape in ((WaveGAN(channels=8, levels=2, phase_shuffle=0), (1, 64)), SHAPES[3]):
        D = model.discriminator(shape)
        x = torch.randn(4, *shape)
        features = cast(Any, D).features(x)
        assert_close(D(x), D.get_submodule("score")(features).squeeze(1))
        assert features.ndim == 2


def test_phase_shuffle_shifts_each_series_by_its_own_offset():
    torch.manual_seed(0)
    x = torch.arange(10.0).expand(400, 2, 10)
    y = phase_shuffle(x, 2)
    shifted = {tuple(row.tolist()) for row in y[:, 0]}
    assert shifted == {
        (2, 3, 4, 5, 6, 7, 8, 9, 8, 7),
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 8),
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
        (1, 0, 1, 2, 3, 4, 5, 6, 7, 8),
        (2, 1, 0, 1, 2, 3, 4, 5, 6, 7),
    }
    assert (y[:, 0] == y[:, 1]).all(), "channels of a series move together"
