"""Every published configuration: its parameter counts, and the shapes it makes."""

import contextlib
from typing import Any, cast

import pytest
import torch

from rpgan.models import DCGAN1D, DCGAN2D, STFTGAN, FinGAN, SpecGAN, TiFGAN, WaveGAN

ORIGINAL: dict[str, Any] = {
    "seed_relu": True,
    "phase_shuffle_per": "batch",
    "weight_init": "tensorflow",
}
LONG: dict[str, Any] = ORIGINAL | {"channels": 2048, "levels": 6}
PSK: dict[str, Any] = {"receptive_field": "progressive", "seed_relu": True, "phase_shuffle": 0}
OFDM: dict[str, Any] = {"levels": 4, "kernel_size": 4, "bias": True, "seed_relu": True}

PUBLISHED = {
    "wavegan4096": (WaveGAN(), (1, 4096), 17_824_257, 17_415_681),
    "wavegan16384": (WaveGAN(**ORIGINAL), (1, 16384), 19_065_345, 17_427_969),
    "wavegan32768": (WaveGAN(**LONG, last_stride=2), (1, 32768), 73_149_953, 69_875_201),
    "wavegan65536": (WaveGAN(**LONG), (1, 65536), 73_149_953, 69_875_201),
    "wavegan_iq1024": (WaveGAN(seed_relu=True, phase_shuffle=0), (2, 1024), 17_515_586, 17_414_209),
    "pskgan1024": (WaveGAN(**PSK, kernel_size=128), (2, 1024), 3_266_498, 3_165_121),
    "pskgan2048": (WaveGAN(**PSK, kernel_size=256), (2, 2048), 3_910_594, 3_706_817),
    "pskgan4096": (WaveGAN(**PSK, kernel_size=512), (2, 4096), 5_723_074, 5_314_497),
    "pskgan128_4096": (WaveGAN(**PSK, kernel_size=128), (2, 4096), 3_576_770, 3_168_193),
    "stftgan65": (STFTGAN(), (2, 65, 65), 17_824_896, 17_417_281),
    "stftgan129": (STFTGAN(), (2, 129, 65), 18_238_592, 17_421_377),
    "stftgan65_129": (STFTGAN(), (2, 65, 129), 18_238_592, 17_421_377),
    "stftgan_log_mag_iq": (STFTGAN(), (3, 65, 65), 17_826_496, 17_418_881),
    "stftgan_ofdm128": (STFTGAN(**OFDM), (2, 128, 33), 12_669_826, 11_032_449),
    "stftgan_ofdm256": (STFTGAN(**OFDM), (2, 256, 33), 14_324_610, 11_048_833),
    "stftgan_ofdm512": (STFTGAN(**OFDM), (2, 512, 33), 17_634_178, 11_081_601),
    "stftgan_ofdm512_2": (STFTGAN(**OFDM), (2, 512, 65), 24_253_314, 11_147_137),
    "specgan": (SpecGAN(), (1, 128, 128), 19_065_345, 17_427_969),
    # not published: 36 weights for each pair of channels (512, 512, 256, 128, 64, 1), and biases
    "tifgan": (TiFGAN(), (1, 256, 128), 17_288_385, 25_104_577),
    "dcgan1d": (DCGAN1D(), (1, 100), 895_488, 700_480),
    "dcgan2d": (DCGAN2D(), (1, 28, 28), 1_929_921, 9_942_401),
    "fingan": (FinGAN(), (1, 8192), 1_466_497, 33_801_217),
    "fingan_mlp": (FinGAN(variant="mlp"), (1, 8192), 17_062_528, 33_801_217),
    "fingan_mlp_bn": (FinGAN(variant="mlp_bn"), (1, 8192), 17_066_880, 33_801_217),
    "fingan_cnn": (FinGAN(variant="cnn"), (1, 8192), 409_729, 33_801_217),
    "fingan_plus": (FinGAN(variant="plus"), (1, 8192), 1_466_598, 33_801_217),
}


@pytest.fixture(autouse=True)
def no_autocast(monkeypatch):
    """It has no meaning on the meta device, where nothing is computed."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())


def parameters(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_and_shapes(name):
    model, shape, generator, discriminator = PUBLISHED[name]
    with torch.device("meta"):
        G, D = model.generator(shape), model.discriminator(shape)
        assert parameters(G) == generator
        assert parameters(D) == discriminator
        fake = G(model.latents(2, torch.device("meta")))
        assert fake.shape == (2, *shape)
        assert D(fake).shape == (2,)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (STFTGAN(), (2, 65, 1025)),
        (WaveGAN(), (2, 4096)),
        (FinGAN(), (3, 256)),
        (DCGAN2D(), (3, 32, 64)),
        (TiFGAN(), (3, 256, 128)),
        *((DCGAN1D(), (1, length)) for length in (94, 101, 128, 189)),
        *(
            (DCGAN1D(levels=levels), (2, low))
            for levels, low in ((1, 10), (2, 22), (3, 46), (5, 256))
        ),
    ],
)
def test_other_shapes(model, shape):
    with torch.device("meta"):
        fake = model.generator(shape)(model.latents(2, torch.device("meta")))
        assert fake.shape == (2, *shape)
        assert model.discriminator(shape)(fake).shape == (2,)


def test_moments_of_batch_normalisation_are_no_parameters_and_few():
    """FinGAN's count with them: 410,497 for its convolutions alone."""
    with torch.device("meta"):
        G = FinGAN(variant="cnn").generator((1, 8192))
    moments = sum(b.numel() for name, b in G.named_buffers() if "running" in name)
    assert parameters(G) + moments == 410_497


def test_progressive_kernels():
    with torch.device("meta"):
        for size, expected in ((128, [128, 32, 8, 4, 4]), (512, [512, 128, 32, 8, 4])):
            model = WaveGAN(**PSK, kernel_size=size)
            D, G = model.discriminator((2, 4096)), model.generator((2, 4096))
            assert kernels(D.get_submodule("downsample")) == expected
            assert kernels(G.get_submodule("upsample")) == expected[::-1]


def kernels(layers):
    return [layer.kernel_size[0] for layer in layers.children()]


def test_dilation_keeps_lengths_to_the_stride():
    """The published code's first layer came out one sample short."""
    model = WaveGAN(receptive_field="dilated", kernel_size=8)
    with torch.device("meta"):
        x = torch.empty(1, 1, 4096)
        for conv, dilation in zip(
            model.discriminator((1, 4096)).get_submodule("downsample").children(),
            (16, 8, 4, 2, 1),
            strict=True,
        ):
            length = x.shape[-1]
            x = conv(x)
            assert x.shape[-1] * 4 == length
            assert conv.dilation == (dilation,)
        G = model.generator((1, 4096)).get_submodule("upsample")
        assert [cast(Any, conv).dilation[0] for conv in G.children()] == [1, 2, 4, 8, 16]


def test_the_long_wavegans_differ_in_their_last_stride_alone():
    with torch.device("meta"):
        model = WaveGAN(**LONG, last_stride=2)
        for layers in (
            model.generator((1, 32768)).get_submodule("upsample"),
            model.discriminator((1, 32768)).get_submodule("downsample"),
        ):
            assert [cast(Any, conv).stride[0] for conv in layers.children()] == [4, 4, 4, 4, 4, 2]


def test_two_dimensional_biases():
    """Of STFT-GAN's generator by choice; of its linear layer and of the discriminator always."""
    with torch.device("meta"):
        G, D = STFTGAN().generator((2, 65, 65)), STFTGAN().discriminator((2, 65, 65))
    biased = [name for network in (G, D) for name in network.state_dict() if name.endswith("bias")]
    assert biased == ["project.bias", *(f"downsample.{i}.bias" for i in range(5)), "score.bias"]


def test_a_wavegan_without_bias_has_none():
    with torch.device("meta"):
        model = WaveGAN(bias=False)
        names = [
            *model.generator((1, 4096)).state_dict(),
            *model.discriminator((1, 4096)).state_dict(),
        ]
    assert not [name for name in names if "bias" in name]
