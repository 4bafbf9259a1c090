"""What the settings of the convolutional models do."""

import copy
import io
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from rpgan.losses import LSGAN, WGAN, WGANGP, Hinge, Minimax, NonSaturating, SoftLabels
from rpgan.losses.soft_labels import UniformLabels
from rpgan.models import DCGAN1D, DCGAN2D, STFTGAN, FinGAN, SpecGAN, TiFGAN, WaveGAN, tifgan
from rpgan.models.initialisation import initialise
from rpgan.models.shuffling import phase_shuffle

CPU = torch.device("cpu")

FINGAN_LABELS = SoftLabels(
    real=UniformLabels(low=0.9, high=1.1), fake=UniformLabels(low=0.1, high=0.3)
)
WAVE: dict[str, Any] = {"channels": 32, "levels": 2}

# Small ones of every kind, and the losses that they were published with.
SMALL = {
    "wavegan": (WaveGAN(**WAVE), (2, 64), WGANGP()),
    "wavegan_original": (
        WaveGAN(**WAVE, seed_relu=True, phase_shuffle_per="batch", weight_init="tensorflow"),
        (1, 64),
        WGANGP(),
    ),
    "wavegan_wgan": (WaveGAN(**WAVE), (1, 64), WGAN()),
    "wavegan_lsgan": (WaveGAN(**WAVE), (1, 64), LSGAN()),
    "wavegan_dcgan": (WaveGAN(**WAVE, batch_norm="both", seed_relu=True), (1, 64), NonSaturating()),
    "wavegan_long": (WaveGAN(channels=32, levels=3, last_stride=2), (1, 64), WGANGP()),
    "wavegan_nearest": (WaveGAN(**WAVE, upsample="nearest", post_filter=16), (2, 64), WGANGP()),
    "wavegan_even": (WaveGAN(**WAVE, kernel_size=8, bias=False), (2, 64), WGANGP()),
    "pskgan": (
        WaveGAN(
            channels=32,
            levels=3,
            receptive_field="progressive",
            kernel_size=32,
            seed_relu=True,
            phase_shuffle=0,
        ),
        (2, 128),
        WGANGP(),
    ),
    "dilated": (
        WaveGAN(
            channels=32, levels=3, receptive_field="dilated", kernel_size=8, batch_norm="generator"
        ),
        (1, 128),
        WGANGP(),
    ),
    "stretched": (
        WaveGAN(
            channels=32, levels=3, receptive_field="dilated", kernel_size=7, upsample="nearest"
        ),
        (1, 64),
        WGANGP(),
    ),
    "stftgan": (STFTGAN(channels=32, levels=2), (2, 9, 13), WGANGP()),
    "stftgan_ofdm": (
        STFTGAN(channels=32, levels=2, kernel_size=4, bias=True, seed_relu=True),
        (2, 16, 9),
        WGANGP(),
    ),
    "specgan": (SpecGAN(channels=32, levels=2), (1, 8, 12), WGANGP()),
    "specgan_norm": (SpecGAN(channels=32, levels=2, batch_norm=True), (2, 8, 12), LSGAN()),
    "tifgan": (TiFGAN(channels=32, levels=2), (1, 16, 16), WGANGP()),
    "tifgan_hinge": (
        TiFGAN(channels=32, levels=2, spectral_norm=False, phase_shuffle_per="batch"),
        (3, 16, 16),
        Hinge(),
    ),
    "dcgan1d": (DCGAN1D(channels=32, levels=2), (1, 24), SoftLabels(generator_target="real")),
    "dcgan2d": (DCGAN2D(channels=16), (1, 12, 16), NonSaturating()),
    "dcgan2d_minimax": (DCGAN2D(channels=16), (3, 8, 8), Minimax()),
    **{
        f"fingan_{variant}": (
            FinGAN(variant=cast(Any, variant), channels=8),
            (channels, 128),
            FINGAN_LABELS,
        )
        for channels, variant in (
            (1, "mlp"),
            (2, "mlp_bn"),
            (1, "cnn"),
            (2, "mlp_cnn"),
            (1, "plus"),
        )
    },
}


small = pytest.mark.parametrize("name", SMALL)


def built(name, **changes):
    torch.manual_seed(0)
    model, shape, loss = SMALL[name]
    model = replace(model, **changes)
    return model, shape, loss, model.generator(shape), model.discriminator(shape)


def normalised(network):
    return any(
        isinstance(m, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d) for m in network.modules()
    )


@small
def test_gradients_of_the_published_loss_reach_every_parameter(name):
    """But biases that a normalisation or a difference of mean scores takes away again."""
    model, shape, loss, G, D = built(name)
    real, fake = torch.randn(8, *shape).clamp(-1, 1), G(model.latents(8, CPU))
    assert fake.shape == real.shape
    differences = loss.name in ("wgan", "wgan_gp", "hinge")
    for network, terms in (
        (D, loss.discriminator(D, real, fake.detach())),
        (G, loss.generator(D, real, fake)),
    ):
        names, values = zip(*network.named_parameters(), strict=True)
        gradients = torch.autograd.grad(
            torch.stack([*terms.values()]).sum(), values, allow_unused=True
        )
        largest = max(float(g.norm()) for g in gradients if g is not None)
        for part, gradient in zip(names, gradients, strict=True):
            bias = part.endswith("bias") and "normalise" not in part
            if bias and (normalised(network) or (differences and part == "score.bias")):
                continue
            assert gradient is not None, part
            assert gradient.norm() > 1e-6 * largest, part


@small
def test_the_score_is_linear_in_the_features(name):
    _, shape, _, _, D = built(name)
    D.eval()
    x = torch.randn(4, *shape)
    torch.manual_seed(1)  # of the phase shuffles
    features = cast(Any, D).features(x)
    torch.manual_seed(1)
    assert_close(D(x), D.get_submodule("score")(features).squeeze(1))
    assert features.ndim == 2


@small
def test_scores_depend_on_their_batch_where_they_say_so(name):
    """Gradient penalties and pairings rely on it; so does the loss, which then scores in two passes."""
    changes = {key: 0 for key in ("dropout", "phase_shuffle") if hasattr(SMALL[name][0], key)}
    model, shape, _, _, D = built(name, **changes)
    for module in D.modules():
        module.eval() if "Spectral" in type(module).__name__ else None  # would iterate
    x = torch.randn(4, *shape)
    first = D(torch.cat([x[:2], 9 * x[2:]]))[:2]
    apart = not torch.allclose(D(x)[:2], first, rtol=1e-4, atol=1e-5)
    assert apart == bool(getattr(model, "batch_statistics", False))
    assert apart == bool(getattr(D, "batch_statistics", False))


def trained_a_little(name):
    """A generator whose moments are no longer those it began with."""
    model, _, _, G, _ = built(name)
    optimizer = torch.optim.SGD(G.parameters(), 1e-2)
    for _ in range(3):
        optimizer.zero_grad()
        G(model.latents(8, CPU)).square().mean().backward()
        optimizer.step()
    return model, G


@small
def test_saved_loaded_and_sampled_alike_to_the_last_bit(name):
    model, G = trained_a_little(name)
    buffer = io.BytesIO()
    torch.save(G.state_dict(), buffer)
    torch.manual_seed(5)
    other = model.generator(SMALL[name][1])
    other.load_state_dict(torch.load(io.BytesIO(buffer.getvalue()), weights_only=True))
    z = model.latents(6, CPU)
    with torch.no_grad():
        assert torch.equal(G.eval()(z), other.eval()(z))
        assert torch.equal(G(z), copy.deepcopy(G)(z))


@small
def test_in_evaluation_mode_a_sample_is_a_function_of_its_latents(name):
    model, G = trained_a_little(name)
    G.eval()
    before = [b.clone() for b in G.buffers()]
    z = model.latents(6, CPU)
    with torch.no_grad():
        assert torch.equal(G(z), G(z))
        assert_close(G(z)[2:4], G(z[2:4]), rtol=1e-4, atol=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(before, G.buffers(), strict=True))


@pytest.mark.parametrize("name", ["dcgan1d", "dcgan2d", "fingan_mlp_cnn", "wavegan_dcgan"])
def test_in_training_mode_it_is_not(name):
    model, G = trained_a_little(name)
    z = model.latents(6, CPU)
    with torch.no_grad():
        assert not torch.allclose(G(z)[2:4], G(z[2:4]), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", [n for n in SMALL if isinstance(SMALL[n][0], WaveGAN)])
def test_polyphase_is_the_same_function(name):
    model, shape, _, G, D = built(name)
    for network, given in ((G.eval(), model.latents(3, CPU)), (D.eval(), torch.randn(3, *shape))):
        found = []
        for polyphase in (False, True):
            for module in network.modules():
                if hasattr(module, "polyphase"):
                    module.polyphase = polyphase  # type: ignore[assignment]
            torch.manual_seed(1)
            found.append(network(given))
        assert_close(found[0], found[1], rtol=1e-4, atol=1e-5)


def test_nearest_upsampling_repeats_samples():
    G = built("wavegan_nearest")[3]
    layer = cast(Any, G.get_submodule("upsample.0"))
    layer.weight.data.zero_()
    layer.bias.data.zero_()
    layer.weight.data[0, 0, layer.kernel_size[0] // 2] = 1
    x = torch.randn(2, 32, 5)
    assert torch.equal(layer(x)[:, 0], x[:, 0].repeat_interleave(4, dim=-1))


def test_the_post_filter_is_linear_centred_and_without_bias():
    _, _, _, G, _ = built("wavegan_nearest")
    post = cast(Any, G.get_submodule("post"))
    assert post.bias is None
    assert post.weight.shape == (2, 2, 16)
    post.weight.data.zero_()
    for channel in range(2):
        post.weight.data[channel, channel, 7] = 1  # 7 taps before it, 8 after
    x = torch.randn(3, 2, 64)
    assert torch.equal(post(x), x)
    z = torch.randn(3, 100)
    bare = G(z)
    post.weight.data *= 5
    assert_close(G(z), 5 * bare)
    assert G(z).abs().max() > 1


@pytest.mark.parametrize(
    "model", [WaveGAN(channels=8, levels=2), STFTGAN(channels=8, levels=2, weight_init="normal")]
)
def test_outputs(model):
    shape = (1, 64) if isinstance(model, WaveGAN) else (2, 9, 8)
    found = {}
    for output in ("tanh", "linear", "relu"):
        torch.manual_seed(0)
        found[output] = replace(model, output=output).generator(shape)(
            torch.linspace(-1, 1, 200).view(2, 100)
        )
    assert (found["linear"] < 0).any()
    assert_close(found["tanh"], torch.tanh(found["linear"]))
    assert_close(found["relu"], F.relu(found["linear"]))


@pytest.mark.parametrize(
    ("name", "relu"),
    [
        ("wavegan", False),
        ("wavegan_original", True),
        ("stftgan", False),
        ("stftgan_ofdm", True),
        ("specgan", True),
        ("tifgan", True),
    ],
)
def test_activation_of_the_projection(name, relu):
    """NoiseGAN's models have none."""
    model, _, _, G, _ = built(name)
    for part, p in G.get_submodule("project").named_parameters():
        p.data.fill_(0.0 if part == "weight" else -1.0)
    z = model.latents(1, CPU)
    one = G.eval()(z)
    cast(Any, G.get_submodule("project")).bias.data.mul_(2)
    assert torch.equal(one, G(z)) == relu


def test_a_batch_shifted_together():
    torch.manual_seed(0)
    x = torch.arange(10.0).expand(50, 3, 10)
    seen = set()
    for layout in (x.contiguous(), x.transpose(1, 2).contiguous().transpose(1, 2)):
        for _ in range(40):
            y = phase_shuffle(layout, 2, together=True)
            assert (y == y[:1]).all()
            seen.add(int(y[0, 0, 2]) - 2)
    assert seen == {-2, -1, 0, 1, 2}


@pytest.mark.parametrize("name", ["wavegan", "wavegan_original", "tifgan", "tifgan_hinge"])
def test_phase_shuffle_per_item_or_batch(name):
    _, shape, _, _, D = built(name)
    D.eval()  # equal series have equal scores if they are shifted alike, and else not
    scores = D(torch.randn(1, *shape).expand(8, *shape))
    alike = bool(torch.allclose(scores, scores[:1].expand(8), rtol=1e-4, atol=1e-5))
    assert alike == (name in ("wavegan_original", "tifgan_hinge"))


def test_tifgan_shuffles_frames(monkeypatch):
    seen = []

    def record(x, radius, together):
        seen.append((tuple(x.shape), radius, together))
        return x

    monkeypatch.setattr(tifgan, "phase_shuffle", record)
    model = TiFGAN(channels=32, levels=2)
    model.discriminator((1, 8, 32))(torch.randn(3, 1, 8, 32))
    assert seen == [((3, 16 * 4, 16), 2, False), ((3, 32 * 2, 8), 2, False)]


@pytest.mark.parametrize("part", ["generator", "discriminator"])
def test_spectral_norms_are_one(part):
    torch.manual_seed(0)
    model = TiFGAN(channels=32, levels=2)
    network = getattr(model, part)((1, 16, 8))
    given = model.latents(2, CPU) if part == "generator" else torch.randn(2, 1, 16, 8)
    for _ in range(100):  # power iterations
        network(given)
    for conv in network.get_submodule(
        "upsample" if part == "generator" else "downsample"
    ).children():
        weight = conv.weight if part == "discriminator" else conv.weight.transpose(0, 1)
        assert_close(
            torch.linalg.matrix_norm(weight.flatten(1), 2), torch.tensor(1.0), rtol=0.02, atol=0
        )


def test_batch_normalisation_stands_where_it_was_published():
    """NoiseGAN's option: not on the projection, nor on the output, nor in the discriminator."""
    _, _, _, G, D = built("dilated")
    assert [type(m).__name__ for m in G.get_submodule("normalise").children()] == [
        "Identity",
        "BatchNorm1d",
        "BatchNorm1d",
    ]
    assert not normalised(D)
    _, _, _, G, D = built("wavegan_dcgan")
    assert [type(m).__name__ for m in G.get_submodule("normalise").children()] == [
        "BatchNorm1d"
    ] * 2
    assert [type(m).__name__ for m in D.get_submodule("normalise").children()] == [
        "Identity",
        "BatchNorm1d",
    ]


@pytest.mark.parametrize("name", ["wavegan_dcgan", "specgan_norm"])
def test_batch_normalisation_comes_before_the_activation(name):
    """OFDM-GAN's came after: what it was given had no negative values."""
    model, _, _, G, _ = built(name)
    lowest = []
    for norm in G.get_submodule("normalise").children():
        norm.register_forward_hook(lambda _, given, __: lowest.append(given[0].min()))
    G(model.latents(64, CPU))
    assert len(lowest) == 2
    assert max(lowest) < 0


@pytest.mark.parametrize(
    ("name", "generator", "discriminator"),
    [
        ("wavegan", set(), {0.2}),
        ("stftgan", set(), {0.2}),
        ("specgan", set(), {0.2}),
        ("tifgan", set(), {0.2}),
        ("dcgan1d", {0.2}, {0.2}),
        ("dcgan2d", set(), {0.01}),
        ("fingan_mlp_cnn", {0.3}, {0.2}),
    ],
)
def test_slopes(name, generator, discriminator, monkeypatch):
    slopes = set()

    def record(x, slope):
        slopes.add(slope)
        return torch.where(x > 0, x, slope * x)

    monkeypatch.setattr(F, "leaky_relu", record)
    model, shape, _, G, D = built(name)
    G(model.latents(4, CPU))
    assert slopes == generator
    slopes.clear()
    D(torch.randn(4, *shape))
    assert slopes == discriminator


def test_discriminators_normalise_by_their_batch_in_evaluation_too():
    for name in ("dcgan1d", "dcgan2d", "specgan_norm", "wavegan_dcgan"):
        D = built(name)[4]
        assert not [key for key in D.state_dict() if "running" in key], name


def test_kernels_of_even_size_have_one_more_sample_at_the_end():
    """FinGAN's, as in Keras."""
    from rpgan.models.fingan import same

    conv = torch.nn.Conv1d(1, 1, 4, bias=False)
    conv.weight.data = torch.tensor([[[0.0, 1.0, 0.0, 0.0]]])
    x = torch.randn(2, 1, 9)
    assert torch.equal(same(conv, x), x)


def test_products_of_fingan():
    model, _, _, G, _ = built("fingan_plus")
    z = model.latents(5, CPU)
    G.eval()
    whole = G(z)
    parts = cast(Any, G)
    gate = torch.sigmoid(parts.gate(z))
    parts.gate = None
    product = G(z)
    assert_close(whole, product * gate[:, :, None])
    factor = torch.tanh(parts.factor(parts.project(z)))
    parts.factor = None
    assert_close(product, G(z) * factor[:, None])
    assert (G(z).abs() <= 1).all()


def test_fingan_begins_as_published():
    torch.manual_seed(0)
    shape = (1, 512)
    mlp, cnn = FinGAN(variant="mlp").generator(shape), FinGAN(variant="cnn").generator(shape)
    last, first = cast(Any, mlp).last, cast(Any, cnn).convolve[1]
    assert last.weight.abs().max() <= 0.05
    assert_close(last.weight.std(), torch.tensor(0.05 / 3**0.5), rtol=0.02, atol=0)
    assert_close(first.weight.std(), torch.tensor((2 / (128 * 25)) ** 0.5), rtol=0.02, atol=0)
    for network in (mlp, cnn):
        assert all(
            (p == 0).all() for name, p in network.named_parameters() if name.endswith("bias")
        )
    norm = cast(Any, cnn).normalise[0]
    assert (norm.eps, norm.momentum) == (1e-3, 0.01)
    asked = FinGAN(variant="mlp", weight_init="normal").generator(shape)
    assert_close(cast(Any, asked).last.weight.std(), torch.tensor(1.0), rtol=0.02, atol=0)


@pytest.mark.parametrize("name", ["dcgan1d", "dcgan2d", "fingan_cnn"])
def test_dropout_falls_where_it_was_published(name):
    _, shape, _, G, D = built(name)
    x = torch.randn(4, *shape)
    assert not torch.equal(D(x), D(x))
    D.eval()
    assert torch.equal(D(x), D(x))
    z = torch.randn(4, 100)
    assert torch.equal(G(z), G(z)) == (name != "dcgan1d")


def test_dcgan_laws():
    torch.manual_seed(0)
    model = DCGAN2D(channels=64)
    for network in (model.generator((1, 28, 28)), model.discriminator((1, 28, 28))):
        weights = torch.cat([p.ravel() for name, p in network.named_parameters() if p.ndim > 1])
        scales = torch.cat(
            [p for name, p in network.named_parameters() if p.ndim == 1 and "weight" in name]
        )
        assert_close(weights.std(), torch.tensor(0.02), rtol=0.02, atol=0)
        assert_close(scales.mean(), torch.tensor(1.0), rtol=0.01, atol=0)
        assert 0.012 < scales.std() < 0.028
        assert all(
            (p == 0).all() for name, p in network.named_parameters() if name.endswith("bias")
        )


def test_tensorflow_laws():
    torch.manual_seed(0)
    layer = torch.nn.Linear(200, 300)
    initialise(layer, "tensorflow")
    assert (layer.bias == 0).all()
    assert layer.weight.abs().max() <= (6 / 500) ** 0.5
    assert_close(layer.weight.std(), torch.tensor((2 / 500) ** 0.5), rtol=0.02, atol=0)


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (SpecGAN(), (1, 129, 128), "multiples of 32 frequencies and frames, got 129 x 128"),
        (SpecGAN(), (1, 4096), "give it a representation with a spectrogram"),
        (TiFGAN(levels=3, channels=64), (1, 20, 16), "multiples of 8 frequencies and frames"),
        (TiFGAN(), (2, 64), "needs items of shape"),
        (DCGAN1D(), (1, 256), "with 4 levels makes 94 to 189 samples, got 256; set levels to 5"),
        (DCGAN1D(), (1, 30), "set levels to 2"),
        (DCGAN1D(), (1, 190), "set levels to 5"),
        (DCGAN1D(), (1, 5), "make them longer"),
        (DCGAN1D(), (1, 28, 28), r"needs series of shape \(channels, length\)"),
        (DCGAN2D(), (1, 30, 28), "multiples of 4 rows and columns, got 30 x 28"),
        (DCGAN2D(), (1, 784), "give it images"),
        (FinGAN(), (1, 100), "multiples of 64 samples, got 100; .* make them 64 or 128"),
        (FinGAN(), (1, 10), "make them 64$"),
        (FinGAN(), (1, 8, 8), "needs series of shape"),
        (WaveGAN(levels=3, last_stride=2), (1, 48), "the last of 2, makes multiples of 32"),
        (STFTGAN(levels=4, kernel_size=4), (2, 128, 34), "multiples of 16 frequencies and frames"),
    ],
)
def test_shapes_that_cannot_be_made(model, shape, message):
    for build in (model.generator, model.discriminator, model.check):
        with pytest.raises(ValueError, match=message):
            build(shape)


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (SpecGAN, {"channels": 24}),
        (SpecGAN, {"kernel_size": 4}),
        (SpecGAN, {"levels": 0}),
        (TiFGAN, {"channels": 48}),
        (TiFGAN, {"kernel_size": (12, 1)}),
        (TiFGAN, {"latent_dim": 0}),
        (DCGAN1D, {"channels": 40}),
        (DCGAN1D, {"levels": 0}),
        (DCGAN1D, {"dropout": 1.0}),
        (DCGAN2D, {"channels": 20}),
        (DCGAN2D, {"latent_dim": 0}),
        (DCGAN2D, {"dropout": -0.1}),
        (FinGAN, {"channels": 7}),
        (FinGAN, {"latent_dim": 0}),
        (FinGAN, {"dropout": 1.0}),
        (WaveGAN, {"last_stride": 0}),
        (WaveGAN, {"stride": 0}),
        (WaveGAN, {"last_stride": 32}),
        (WaveGAN, {"post_filter": -1}),
        (WaveGAN, {"phase_shuffle": -1}),
    ],
)
def test_bad_settings(model, settings):
    with pytest.raises(ValueError, match="must"):
        model(**settings)


def test_latents_are_those_of_training():
    """One law for both, the published one; TiFGAN's and DCGAN-MNIST's differed in sampling."""
    for model in (SpecGAN(), TiFGAN(), DCGAN1D(), DCGAN2D(), FinGAN()):
        torch.manual_seed(0)
        z = model.latents(2000, CPU)
        assert z.shape == (2000, 100)
        expected = 1 / 3 if model.name == "specgan" else 1.0
        assert_close(z.var(), torch.tensor(expected), rtol=0.02, atol=0)
        torch.manual_seed(0)
        drawn = 2 * torch.rand(2000, 100) - 1 if model.name == "specgan" else torch.randn(2000, 100)
        assert torch.equal(z, drawn)


@pytest.mark.parametrize("blind", [True, False])
def test_the_published_dcgan1d_does_not_see_amplitudes(blind):
    """Nor means: the batch normalisation of its first layer takes them away."""
    torch.manual_seed(0)
    D = DCGAN1D(channels=32, first_batch_norm=blind).discriminator((1, 100)).eval()
    x = torch.randn(8, 1, 100)
    assert torch.allclose(D(3 * x + 2), D(x), rtol=1e-2, atol=1e-3) == blind
