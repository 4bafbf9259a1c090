"""Pairs of image and label map: what the generator is told, and how."""

from typing import Any

import pytest
import torch
from torch.testing import assert_close

from rpgan.errors import UserError
from rpgan.models import PGGAN, SPADE
from rpgan.models.spade import Layer, as_channels

CPU = torch.device("cpu")
SHARED: dict[str, Any] = {"channels": 64, "most_channels": 16, "latent_dim": 8}
SMALL = SPADE(classes=3, maps=5, hidden=6, **SHARED)
SHAPE = (2 + 3, 16, 16)


def label_maps(n, seed=0):
    return torch.randint(3, (n, 16, 16), generator=torch.Generator().manual_seed(seed))


def pair(seed=0) -> tuple[Any, Any]:
    """Generator, with maps, and discriminator."""
    torch.manual_seed(seed)
    G, D = SMALL.generator(SHAPE), SMALL.discriminator(SHAPE)
    maps = label_maps(5)
    G.take_maps(torch.cat([torch.randn(5, 2, 16, 16), as_channels(maps, 3)], 1))  # type: ignore[operator]
    return G, D


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def test_counts():
    """Two convolutions more for each layer of PGGAN; the discriminator is its own."""
    model, widths = SPADE(classes=8), [512] * 6 + [256] * 2 + [128] * 2 + [64] * 2 + [32] * 2
    widths += [16] * 2
    with torch.device("meta"):
        G, D = model.generator((11, 512, 512)), model.discriminator((11, 512, 512))
        plain = PGGAN().generator((3, 512, 512))
        assert parameters(D) == parameters(PGGAN().discriminator((11, 512, 512)))
    told = sum(9 * 8 * 128 + 128 + 9 * 128 * 2 * w + 2 * w for w in widths)
    assert parameters(G) == parameters(plain) + told
    assert (parameters(G), parameters(D)) == (27_879_048, 18_381_841)


def test_the_first_latent_chooses_the_map():
    G, _ = pair()
    z = SMALL.latents(10, CPU)
    z[:, 0] = torch.arange(10) / 10
    maps = label_maps(5).repeat_interleave(2, 0)
    made = G(z)
    assert made.shape == (10, *SHAPE)
    assert torch.equal(made[:, 2:], as_channels(maps, 3))
    assert torch.equal(made, G.pair(z[:, 1:], maps))
    z[0, 0] = 1.0
    assert torch.equal(G(z)[0, 2:], as_channels(maps, 3)[-1]), "what rounding may give is in range"


def test_latents():
    torch.manual_seed(0)
    z = SMALL.latents(20_000, CPU)
    assert z.shape == (20_000, 9)
    chosen = (5 * z[:, 0]).long().bincount()
    assert (chosen - 4000).abs().max() < 5 * (20_000 * 0.2 * 0.8) ** 0.5
    assert_close(z[:, 1:].std(), torch.tensor(1.0), atol=0.01, rtol=0)


def test_features_are_scaled_and_shifted_where_the_map_says():
    torch.manual_seed(0)
    layer = Layer(SMALL, 4, 6, 3, 1)
    plain = PGGAN(**SHARED).generator((1, 16, 16)).get_submodule("seed.second")
    maps = as_channels(label_maps(2), 3)
    x = torch.randn(2, 4, 8, 8)
    shares = maps.unflatten(3, (8, 2)).unflatten(2, (8, 2)).mean((3, 5))
    seen = torch.relu(layer.shared(shares))
    scale, shift = layer.scale_and_shift(seen).tensor_split(2, 1)
    y = torch.nn.functional.leaky_relu(layer.conv(x), 0.2)
    y = y / (y.square().mean(1, keepdim=True) + 1e-8).sqrt()
    assert_close(layer(x, maps), y * (1 + scale) + shift)
    assert type(plain) is not Layer


def test_without_scales_and_shifts_it_is_pggan():
    G, _ = pair()
    plain = PGGAN(**SHARED).generator((2, 16, 16))
    plain.load_state_dict({k: v for k, v in G.state_dict().items() if k in plain.state_dict()})
    for layer in (m for m in G.modules() if isinstance(m, Layer)):
        torch.nn.init.zeros_(layer.scale_and_shift.weight)
    z = SMALL.latents(3, CPU)
    assert_close(G(z)[:, :2], plain(z[:, 1:]))


def test_an_image_depends_on_its_map_where_that_differs():
    """Most of all there: below, only what the coarse levels carry on."""
    G, _ = pair()
    one = torch.zeros(1, 16, 16, dtype=torch.long)
    other = one.clone()
    other[:, :4] = 2
    z = torch.randn(1, 8)
    change = (G.pair(z, one) - G.pair(z, other))[0, :2].abs().mean((0, 2))
    assert change[:4].mean() > 3 * change[12:].mean() > 0


@pytest.mark.parametrize(("depth", "alpha"), [(0, 1.0), (1, 0.3), (2, 0.5), (2, 1.0)])
def test_maps_fade_like_those_of_real_items(depth, alpha):
    G, D = pair()
    for network in (G, D):
        network.grow_to(depth, alpha)
    z = SMALL.latents(4, CPU)
    made = G(z)
    side = 4 * 2**depth
    assert made.shape == (4, 5, side, side)
    assert D(made).shape == (4,)
    maps = as_channels(label_maps(5), 3)[(5 * z[:, 0]).long()]

    def shares(side):
        unit = 16 // side
        return maps.unflatten(3, (side, unit)).unflatten(2, (side, unit)).mean((3, 5))

    coarse = shares(side // 2).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert_close(made[:, 2:], alpha * shares(side) + (1 - alpha) * coarse)
    assert G.eval()(z).shape == (4, *SHAPE)


def test_gradients_reach_every_parameter():
    G, D = pair()
    reached: set[str] = set()
    for depth, alpha in ((0, 1.0), (1, 0.5), (2, 0.5), (2, 1.0)):
        G.zero_grad(set_to_none=True)
        for network in (G, D):
            network.grow_to(depth, alpha)
        D(G(SMALL.latents(4, CPU))).square().sum().backward()
        reached |= {k for k, p in G.named_parameters() if p.grad is not None and p.grad.any()}
    assert reached == {name for name, _ in G.named_parameters()}


@pytest.mark.parametrize("n", [3, 5, 12])
def test_maps_are_taken_evenly(n):
    G, _ = pair()
    maps = label_maps(n, seed=1)
    G.take_maps(torch.cat([torch.randn(n, 2, 16, 16), as_channels(maps, 3)], 1))
    chosen = {3: [0, 0, 1, 1, 2], 5: [0, 1, 2, 3, 4], 12: [0, 2, 4, 7, 9]}[n]
    assert torch.equal(G.maps.long(), maps[chosen])


def test_what_is_no_label_map_is_refused():
    G, _ = pair()
    items = torch.cat([torch.randn(5, 2, 16, 16), as_channels(label_maps(5), 3)], 1)
    for spoilt in (items * 2, items - 0.5 * (items == 1), torch.zeros_like(items)):
        with pytest.raises(UserError, match="one of them 1 and the others 0 at every pixel"):
            G.take_maps(spoilt)


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 16, 16)])
def test_items_need_an_image_beside_the_map(shape):
    for build in (SMALL.check, SMALL.generator, SMALL.discriminator):
        with pytest.raises(ValueError, match=f"then 3 of a label map.* got {shape[0]} in all"):
            build(shape)


@pytest.mark.parametrize(("name", "value"), [("classes", 1), ("maps", 0), ("hidden", 0)])
def test_bad_settings(name, value):
    settings: dict[str, Any] = {"classes": 3, name: value}
    with pytest.raises(ValueError, match=f"{name} must be at least {value + 1}, got {value}"):
        SPADE(**settings)
