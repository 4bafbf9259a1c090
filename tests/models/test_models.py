import pytest
import torch
from torch.testing import assert_close

from rpgan.models import STFTGAN, WaveGAN
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
        (WaveGAN(levels=3), (1, 100), "multiples of 64 samples, got 100"),
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
        (WaveGAN, {"kernel_size": 24}),
        (WaveGAN, {"kernel_size": 3}),
        (WaveGAN, {"levels": 0}),
        (STFTGAN, {"kernel_size": 4}),
        (STFTGAN, {"latent_dim": 0}),
    ],
)
def test_bad_settings(model, settings):
    with pytest.raises(ValueError, match="must be"):
        model(**settings)


def test_kaiming_reaches_every_convolution():
    """NoiseGAN's initialiser skipped the two-dimensional ones."""
    for model, shape in ((WaveGAN(), (1, 4096)), (STFTGAN(), (2, 65, 65))):
        torch.manual_seed(0)
        for conv in model.discriminator(shape).get_submodule("downsample").children():
            weight = conv.get_parameter("weight")
            fan_in = weight[0].numel()
            assert_close(weight.std(), torch.tensor((2 / fan_in) ** 0.5), rtol=0.05, atol=0)


def test_latents_are_uniform():
    torch.manual_seed(0)
    for model in (WaveGAN(latent_dim=7), STFTGAN(latent_dim=7)):
        z = model.latents(100_000, CPU)
        assert z.shape == (100_000, 7)
        assert -1 <= z.min() < -0.9999
        assert 0.9999 < z.max() < 1
        # Var U(-1, 1) = 1/3; its standard error over 700 000 draws is 3.6e-4
        assert_close(z.var(), torch.tensor(1 / 3), atol=0.002, rtol=0)


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
