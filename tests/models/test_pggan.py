"""Networks that grow: their layers, and what they make at every depth."""

import itertools
import math
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.testing import assert_close

from rpgan.losses import WGANGP
from rpgan.models import PGGAN
from rpgan.models.equalised import (
    Conv,
    Linear,
    MinibatchStd,
    doubled,
    halved,
    minibatch_std,
    pixel_norm,
)
from rpgan.models.pggan import Layer
from rpgan.models.phases import Phase

CPU = torch.device("cpu")
SMALL = PGGAN(channels=64, most_channels=16, latent_dim=8)
SHAPE = (2, 16, 16)


def pair(model: PGGAN = SMALL, shape=SHAPE, seed=0) -> tuple[Any, Any]:
    torch.manual_seed(seed)
    return model.generator(shape), model.discriminator(shape)


def parameters(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("shape", "generator", "discriminator"),
    [
        ((1, 32, 32), 17_765_636, 17_772_801),
        ((1, 128, 128), 18_319_174, 18_326_721),
        ((1, 512, 512), 18_353_880, 18_361_521),
        ((3, 1024, 1024), 18_359_731, 18_367_369),
    ],
)
def test_published_counts(shape, generator, discriminator):
    with torch.device("meta"):
        assert parameters(PGGAN().generator(shape)) == generator
        assert parameters(PGGAN().discriminator(shape)) == discriminator


def test_without_the_minibatch_channel_nine_weights_fewer_for_each_channel():
    with torch.device("meta"):
        D = PGGAN(minibatch_std="none").discriminator((1, 32, 32))
    assert parameters(D) == 17_772_801 - 9 * 512


@pytest.mark.parametrize(
    ("shape", "seed", "deepest"),
    [
        ((1, 4, 4), (4, 4), 0),
        ((2, 16, 16), (4, 4), 2),
        ((1, 16, 32), (4, 8), 2),
        ((3, 48, 24), (12, 6), 2),
        ((1, 5, 7), (5, 7), 0),
    ],
)
def test_shapes_at_every_depth(shape, seed, deepest):
    G, D = pair(shape=shape)
    assert G.deepest == D.deepest == deepest
    for depth, alpha in itertools.product(range(deepest + 1), (0.0, 0.3, 1.0)):
        for network in (G, D):
            network.grow_to(depth, alpha)
        made = G(SMALL.latents(3, CPU))
        assert made.shape == (3, shape[0], seed[0] * 2**depth, seed[1] * 2**depth)
        assert D(made).shape == (3,)
        assert D.features(made).shape == (3, 16)


def test_a_new_network_has_all_its_depth():
    """The published non-progressive mode stayed at 4 x 4."""
    G, D = pair()
    z = SMALL.latents(2, CPU)
    made = G(z)
    scores = D(made)
    for network in (G, D):
        network.grow_to(2, 1.0)
    assert made.shape == (2, *SHAPE)
    assert torch.equal(made, G(z))
    assert torch.equal(scores, D(made))


@pytest.mark.parametrize("depth", [1, 2])
def test_a_depth_comes_in_from_the_one_before(depth):
    G, D = pair()
    z = SMALL.latents(3, CPU)

    def at(depth, alpha, x=None):
        for network in (G, D):
            network.grow_to(depth, alpha)
        return G(z) if x is None else D(x)

    whole, before = at(depth, 1.0), at(depth - 1, 1.0)
    assert_close(at(depth, 0.0), doubled(before))
    assert_close(at(depth, 0.25), 0.75 * doubled(before) + 0.25 * whole)
    assert_close(at(depth, 1 - 1e-7), whole)
    assert (whole - doubled(before)).abs().mean() > 0.1

    x = torch.randn(whole.shape)
    assert_close(at(depth, 0.0, x), at(depth - 1, 1.0, halved(x)))
    assert_close(at(depth, 1 - 1e-7, x), at(depth, 1.0, x))
    assert (at(depth, 1.0, x) - at(depth, 0.0, x)).abs().mean() > 1e-3


def test_a_depth_fades_alike_in_both_networks():
    """At 1 - alpha each image skips the layers that come in; D sees its mean of 2 x 2 pixels."""
    _, D = pair()
    D.grow_to(1, 0.4)
    x = torch.randn(2, 2, 8, 8)
    inside, skipping = D.from_image[1], D.from_image[0]
    leaky = torch.nn.LeakyReLU(0.2)
    mixed = 0.4 * D.halvings[0](leaky(inside(x))) + 0.6 * leaky(skipping(halved(x)))
    assert_close(D.features(x), D.last(mixed))


def test_in_evaluation_mode_items_have_full_size():
    G, _ = pair()
    z = SMALL.latents(2, CPU)
    G.grow_to(1, 0.3)
    small = G(z)
    assert torch.equal(G.eval()(z), small.repeat_interleave(2, 2).repeat_interleave(2, 3))


@pytest.mark.parametrize("equalised", [True, False])
def test_first_weights(equalised):
    model = PGGAN(channels=512, most_channels=64, latent_dim=64, equalised=equalised)
    seen = 0
    for network in pair(model, (1, 16, 16)):
        for layer in (m for m in network.modules() if isinstance(m, Conv | Linear)):
            fan_in = layer.weight[0].numel()
            he = math.sqrt(2 / fan_in)
            n = layer.weight.numel()
            wanted = 1.0 if equalised else he
            # 5 standard errors of a normal deviation
            assert abs(layer.weight.std() / wanted - 1) < 5 / math.sqrt(2 * n)
            assert layer.scale * wanted == pytest.approx(he)
            assert not layer.get_parameter("bias").any()
            seen += 1
    assert seen == 9 + 10


def test_a_layer_keeps_the_power_of_what_is_rectified():
    """Of symmetric inputs with mean square 1/2 the output has mean square 1."""
    torch.manual_seed(0)
    conv = Conv(32, 64, 3)
    x = torch.relu(torch.randn(200, 32, 9, 9))
    middle = conv(x)  # no border: it has no padding
    # inputs share a mean, whose square makes outputs vary by sqrt(2 / 64) about 1 with the weights
    assert middle.square().mean().item() == pytest.approx(1.0, abs=5 * math.sqrt(2 / 64))


def test_adam_moves_all_layers_alike():
    """By its rate, relative to their weights; without equalised rates the wider move more."""

    def moved(equalised):
        G, _ = pair(PGGAN(channels=64, most_channels=16, latent_dim=64, equalised=equalised))
        G(torch.randn(4, 64)).square().sum().backward()
        weights = [p for p in G.parameters() if p.ndim > 1 and p.grad is not None]
        before = [w.detach().clone() for w in weights]
        torch.optim.Adam(G.parameters(), 1e-3, (0.0, 0.99)).step()
        pairs = zip(before, weights, strict=True)
        return [((w - b).square().mean().sqrt() / b.std()).item() for b, w in pairs]

    assert_allclose(moved(True), 1e-3, rtol=0.15)
    assert max(moved(False)) > 5e-3


def test_pixel_norm():
    torch.manual_seed(0)
    x = 7 * torch.randn(3, 5, 2, 4)
    y = pixel_norm(x)
    assert_close(y.square().mean(1), torch.ones(3, 2, 4))
    ratio = y / x
    assert_close(ratio, ratio[:, :1].expand_as(x))
    assert_close(pixel_norm(torch.zeros(1, 5)), torch.zeros(1, 5))


def test_where_pixels_are_normalised():
    for wanted in (True, False):
        G, D = pair(PGGAN(channels=64, most_channels=16, latent_dim=8, pixel_norm=wanted))
        powers = []
        keep = watching(powers)
        for layer in (m for m in G.modules() if isinstance(m, Layer)):
            layer.register_forward_hook(keep)
        z = SMALL.latents(2, CPU)
        image = G(z)
        assert len(powers) == 6
        for power in powers:
            assert torch.allclose(power, torch.ones_like(power), atol=1e-4) == wanted
        assert_close(G(3 * z), image)  # latents are normalised in either case
        assert not [m for m in D.modules() if isinstance(m, Layer)]


def watching(powers):
    return lambda _module, _input, output: powers.append(output.square().mean(1))


def test_minibatch_deviation():
    rng = np.random.default_rng(0)
    x = rng.normal(2, 3, (5, 4, 3, 2)) * rng.uniform(0.5, 2, (4, 3, 2))
    given = torch.from_numpy(x)
    each, all_ = np.sqrt(x.var(axis=0) + 1e-8).mean(), np.sqrt(x.var() + 1e-8)
    cases: list[tuple[MinibatchStd, float]] = [("each", each), ("all", all_)]
    for of, value in cases:
        out = minibatch_std(given, of)
        assert out.shape == (5, 5, 3, 2)
        assert torch.equal(out[:, :4], given)
        assert_allclose(out[:, 4].numpy(), value, rtol=1e-6)
    assert minibatch_std(given, "none") is given
    alike = given[:1].expand(5, -1, -1, -1)
    assert_allclose(minibatch_std(alike, "each")[:, 4].numpy(), 1e-4, rtol=1e-4)
    assert minibatch_std(alike, "all")[0, 4, 0, 0] > 1, "an image varies in itself"


@pytest.mark.parametrize("of", ["each", "all", "none"])
def test_scores_depend_on_their_batch_if_it_is_told(of):
    _, D = pair(PGGAN(channels=64, most_channels=16, minibatch_std=of))
    x = torch.randn(4, *SHAPE)
    alone = D(torch.cat([x[:1], 5 * x[1:]]))[0]
    assert D.batch_statistics == (of != "none")
    assert torch.allclose(alone, D(x)[0], rtol=1e-4, atol=1e-6) == (of == "none")


def test_the_penalty_is_finite_where_a_batch_does_not_vary():
    _, D = pair()
    x = torch.randn(1, *SHAPE).expand(3, *SHAPE)
    terms = WGANGP(drift_weight=1e-3).discriminator(D, x, x)
    total = torch.stack([*terms.values()]).sum()
    gradients = torch.autograd.grad(total, [*D.parameters()], allow_unused=True)
    assert all(g.isfinite().all() for g in gradients if g is not None)


def test_gradients_reach_every_parameter_over_the_schedule_and_none_before_its_turn():
    G, D = pair()
    reached: dict[str, set[str]] = {"G": set(), "D": set()}
    for depth, alpha in ((0, 1.0), (1, 0.5), (1, 1.0), (2, 0.5), (2, 1.0)):
        for network in (G, D):
            network.zero_grad(set_to_none=True)
            network.grow_to(depth, alpha)
        D(G(SMALL.latents(4, CPU))).square().sum().backward()
        for name, network in (("G", G), ("D", D)):
            moved = {
                k for k, p in network.named_parameters() if p.grad is not None and p.grad.any()
            }
            deep = {"G": "doublings", "D": "halvings"}[name]
            blocks = {int(k.split(".")[1]) + 1 for k in moved if k.startswith(deep)}
            assert blocks == set(range(1, depth + 1))
            images = {int(k.split(".")[1]) for k in moved if "_image" in k}
            assert images == ({depth} if alpha == 1 else {depth - 1, depth})
            reached[name] |= moved
    assert reached["G"] == {name for name, _ in G.named_parameters()}
    assert reached["D"] == {name for name, _ in D.named_parameters()}


def test_tanh_bounds_what_is_made():
    bounded = PGGAN(channels=64, most_channels=16, latent_dim=8, output="tanh")
    G, _ = pair()
    T, _ = pair(bounded)
    z = SMALL.latents(8, CPU)
    assert_close(T(z), torch.tanh(G(z)))
    assert G(z).abs().max() > 1


def test_latents_are_standard_normal():
    torch.manual_seed(0)
    z = PGGAN().latents(400, CPU)
    assert z.shape == (400, 512)
    assert abs(z.var() - 1) < 5 * math.sqrt(2 / z.numel())


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 100), "needs items of shape .channels, height, width. .*got .1, 100.; give it images"),
        ((1, 3, 8), "of at least 4 x 4"),
        ((1, 65, 65), "multiples of 16, where it doubles 4 times, got 65 x 65; make them 64 x 64"),
        ((1, 12, 17), "multiples of 2, where it doubles 1 times, got 12 x 17; make them 12 x 16"),
        ((1, 128, 128), "channels must be at least 64 to be halved 6 times for 128 x 128, got 32"),
    ],
)
def test_images_that_cannot_be_made(shape, message):
    model = PGGAN(channels=32)
    for build in (model.check, model.generator, model.discriminator):
        with pytest.raises(ValueError, match=message):
            build(shape)


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        ([(0, 0, 9), (2, 5, 5)], "at the same depth or one deeper, got 2 after 0"),
        ([(1, 0, 9), (0, 5, 5)], "at the same depth or one deeper, got 0 after 1"),
        ([(0, 0, 9), (0, 5, 5)], "depth 0 is there already; give its second phase fade: 0"),
        ([(0, 4, 9)], "the first has nothing to fade from, got fade: 4"),
    ],
)
def test_phases_that_do_not_grow(phases, message):
    with pytest.raises(ValueError, match=message):
        PGGAN(phases=tuple(Phase(depth=d, fade=f, stable=s) for d, f, s in phases))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 1}, "fade . stable must be at least 1 image at depth 1, got 0"),
        ({"depth": -1, "stable": 1}, "must be at least 0"),
        ({"depth": 1, "fade": -1, "stable": 9}, "must be at least 0"),
        ({"depth": 1, "stable": 9, "batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_phases_that_are_none(settings, message):
    with pytest.raises(ValueError, match=message):
        Phase(**settings)


def test_phases_end_where_the_images_are():
    model = PGGAN(phases=(Phase(depth=1, stable=5), Phase(depth=2, fade=5)))
    model.check((1, 16, 16))
    with pytest.raises(ValueError, match="makes 32 x 32 at depth 3, and its phases end at depth 2"):
        model.check((1, 32, 32))


@pytest.mark.parametrize("name", ["channels", "most_channels", "latent_dim"])
def test_bad_settings(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        PGGAN(**cast(Any, {name: 0}))
