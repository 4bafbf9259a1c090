"""Pairs of networks that are told something of each item."""

import dataclasses
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rpgan.losses import LSGAN, R3GAN, WGANGP, Hinge, NonSaturating
from rpgan.models import (
    CRNNGAN,
    DCGAN1D,
    DCGAN2D,
    RGAN,
    STFTGAN,
    FinGAN,
    SpecGAN,
    TiFGAN,
    WaveGAN,
    conditional,
)
from rpgan.models.conditional import told, with_signals, without_signals
from rpgan.models.conditions import Class, Flags, Number
from rpgan.training.step import discriminator_gradients, generator_gradients

CPU = torch.device("cpu")
PAIRS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "wavegan": (WaveGAN(channels=8, levels=2), (2, 32)),
    "stftgan": (STFTGAN(channels=8, levels=2), (2, 17, 9)),
    "specgan": (SpecGAN(channels=8, levels=2), (1, 8, 8)),
    "tifgan": (TiFGAN(channels=8, levels=2), (1, 8, 8)),
    "dcgan1d": (DCGAN1D(channels=16, levels=2), (1, 24)),
    "dcgan2d": (DCGAN2D(channels=8), (1, 12, 12)),
    "fingan": (FinGAN(channels=4), (1, 64)),
    "rgan": (RGAN(hidden_generator=6, hidden_discriminator=6), (2, 7)),
}
CONDITIONS: dict[str, Any] = {
    "number": Number(on="hurst", low=0.0, high=1.0),
    "class": Class(on="label", values=(0, 1, 2)),
    "flags": Flags(on="label", flags=3),
}
NORMALISED = {"dcgan2d", "fingan"}  # after layers with biases
WAYS = ["projection", "concatenation", "auxiliary"]


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def pair(model, condition, shape):
    """Both networks; pyright knows too little of modules to follow their layers."""
    torch.manual_seed(0)
    G = conditional.generator(model, condition, shape)
    D = conditional.discriminator(model, condition, shape)
    return cast(Any, G), cast(Any, D)


def latents(model, n, shape):
    return model.latents(n, CPU, shape) if isinstance(model, RGAN) else model.latents(n, CPU)


def some_codes(condition, n):
    return torch.from_numpy(condition.encode(np.arange(n) % 2))


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("kind", CONDITIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_gradients_reach_everything(name, kind, by):
    """Of every pair, told in every way, by a loss with a penalty where there can be one."""
    model, shape = PAIRS[name]
    condition = dataclasses.replace(CONDITIONS[kind], by=by)
    conditional.check(model, condition, shape)
    G, D = pair(model, condition, shape)
    n = 6
    real, codes = torch.randn(n, *shape), some_codes(condition, n)
    loss = NonSaturating() if D.batch_statistics else R3GAN()
    assert told(G, codes)(latents(model, n, shape)).shape == (n, *shape)
    steps = shape[1:] if name == "rgan" else ()
    assert told(D, codes)(real).shape == (n, *steps)
    batch = real, latents(model, n, shape), codes
    by_network = {
        "G": (G, *generator_gradients(G, D, loss, *batch)),
        "D": (D, *discriminator_gradients(G, D, loss, *batch)),
    }
    for which, (network, _, gradients) in by_network.items():
        for (path, _), gradient in zip(network.named_parameters(), gradients, strict=True):
            if path.endswith("score.bias") or (path.endswith("bias") and name in NORMALISED):
                continue  # differences of scores do not know it; batch normalisation removes it
            assert gradient is not None, (which, path)
            assert gradient.abs().sum() > 0, (which, path)
    extra = {"D/given_real", "D/given_fake"} if by == "auxiliary" else set()
    assert extra == {term for term in by_network["D"][1] if "given" in term}
    assert (by == "auxiliary") == ("G/given" in by_network["G"][1])


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("name", ["wavegan", "stftgan", "rgan"])
def test_each_item_has_its_own_condition(name, by):
    model, shape = PAIRS[name]
    if name == "wavegan":
        model = dataclasses.replace(model, phase_shuffle=0)
    G, D = pair(model, dataclasses.replace(CONDITIONS["class"], by=by), shape)
    x, z, codes = torch.randn(4, *shape), latents(model, 4, shape), torch.eye(3)[[0, 1, 2, 0]]
    other = codes.clone()
    other[2] = torch.eye(3)[0]
    for network, given in ((G, z), (D, x)):
        made, instead = (told(network, c)(given).reshape(4, -1) for c in (codes, other))
        apart = (made - instead).abs().sum(1)
        heard = network is G or by != "auxiliary"
        assert (apart > 1e-3).tolist() == [False, False, heard, False]


@pytest.mark.parametrize("by", ["projection", "concatenation"])
def test_a_batch_of_real_and_generated_items_has_the_conditions_twice(by):
    model, shape = PAIRS["stftgan"]
    _, D = pair(model, dataclasses.replace(CONDITIONS["number"], by=by), shape)
    real, fake, codes = torch.randn(5, *shape), torch.randn(5, *shape), torch.randn(5, 4)
    D = told(D, codes)
    both = D(torch.cat([real, fake]))
    assert_close(both, torch.cat([D(real), D(fake)]), atol=1e-5, rtol=1e-5)
    assert (D(real) - D(real.roll(1, 0)).roll(-1)).abs().min() > 1e-6, "pairs differ"


@pytest.mark.parametrize("name", ["stftgan", "rgan"])
def test_projection_by_its_definition(name):
    model, shape = PAIRS[name]
    _, D = pair(model, dataclasses.replace(CONDITIONS["class"], by="projection"), shape)
    x, codes = torch.randn(3, *shape), torch.eye(3)[[2, 0, 1]]
    found = told(D, codes)(x)
    for i, label in enumerate((2, 0, 1)):
        weight = D.D.score.weight[0] + D.directions.weight[:, label]
        wanted = D.D.features(x[i : i + 1])[0] @ weight + D.D.score.bias[0]
        assert_close(found[i], wanted, atol=1e-5, rtol=1e-4)
    # At first it counts about as much as the features' sum of random signs.
    wide = pair(WaveGAN(), CONDITIONS["class"], (1, 4096))[1].directions.weight
    assert wide.square().sum(0).tolist() == pytest.approx([1] * 3, rel=0.05)


@pytest.mark.parametrize(
    ("latent_dim", "channels", "classes", "generator", "discriminator"),
    [(3, 14, 3, 44_214, 47_301), (10, 4, 7, 47_604, 44_901)],  # digits, vital signs
)
def test_rcgan_has_the_published_counts(latent_dim, channels, classes, generator, discriminator):
    condition = Class(on="label", values=tuple(range(classes)), by="concatenation")
    G, D = pair(RGAN(latent_dim=latent_dim), condition, (channels, 16))
    assert parameters(G) == generator
    assert parameters(D) == discriminator


def test_rcgan_told_seven_flags_has_the_published_counts():
    condition = Flags(on="label", flags=7, by="concatenation")
    G, D = pair(RGAN(latent_dim=10), condition, (4, 16))
    assert (parameters(G), parameters(D)) == (47_604, 44_901)
    z, x, codes = RGAN(latent_dim=10).latents(2, CPU, (4, 16)), torch.randn(2, 4, 16), [5, 96]
    given = torch.from_numpy(condition.encode(np.array(codes)))
    each = torch.tensor([[1.0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1]])[:, None].expand(2, 16, 7)
    assert_close(told(G, given)(z), G.G(torch.cat([z, each], 2)))
    assert_close(told(D, given)(x), D.D(torch.cat([x, each.transpose(1, 2)], 1)))


def test_rcgan_hears_its_label_at_every_step():
    model = RGAN(hidden_generator=6, hidden_discriminator=6)
    G, D = pair(model, dataclasses.replace(CONDITIONS["class"], by="concatenation"), (2, 7))
    z, x = model.latents(4, CPU, (2, 7)), torch.randn(4, 2, 7)
    codes = torch.eye(3)[[0, 1, 2, 1]]
    each = codes[:, None].expand(4, 7, 3)
    assert_close(told(G, codes)(z), G.G(torch.cat([z, each], 2)))
    assert_close(told(D, codes)(x), D.D(torch.cat([x, each.transpose(1, 2)], 1)))


@pytest.mark.parametrize("kind", CONDITIONS)
def test_codes_are_as_strong_as_a_vector_of_latents(kind):
    """Sums of squares are equal on average: 100 / 3 of uniform latents."""
    condition, seen = CONDITIONS[kind], []
    G, _ = pair(WaveGAN(channels=8, levels=2), condition, (1, 32))
    G.G.register_forward_pre_hook(lambda _, inputs: seen.append(*inputs))
    values = {"class": np.arange(1000) % 3, "flags": np.arange(1000) % 8}.get(
        kind, np.linspace(0, 1, 1001)[:1000]
    )
    G(torch.zeros(1000, 100), torch.from_numpy(condition.encode(values)))
    assert seen[0][:, 100:].square().sum(1).mean().item() == pytest.approx(100 / 3, rel=0.01)
    assert seen[0].shape == (1000, 100 + condition.count)


def test_signals_are_constant_channels():
    x, codes = torch.randn(3, 2, 4, 5), torch.randn(3, 3)
    whole = with_signals(x, codes)
    assert whole.shape == (3, 5, 4, 5)
    assert (whole[1, 3] == codes[1, 1]).all()
    condition = dataclasses.replace(CONDITIONS["class"], by="signal")
    items, read = without_signals(condition, whole + 0.0)
    assert torch.equal(items, x)
    assert read is not None
    assert_close(read, codes)
    assert without_signals(CONDITIONS["class"], whole) == (whole, None)
    assert conditional.shape_with(condition, (2, 4, 5)) == (5, 4, 5)
    assert conditional.shape_with(CONDITIONS["class"], (2, 4, 5)) == (2, 4, 5)


def wrongly(loss):
    """Terms of a discriminator that hears wrong labels, and its scores with right and wrong ones."""
    condition = Class(on="label", values=(0, 1), by="concatenation", wrong_labels=True)
    model, shape = PAIRS["stftgan"]
    G, D = pair(model, condition, shape)
    real, codes = torch.randn(6, *shape), torch.eye(2)[[0, 1, 0, 1, 1, 0]]
    terms, _ = discriminator_gradients(G, D, loss, real, model.latents(6, CPU), codes)
    return terms, *(told(D, c)(real).detach() for c in (codes, 1 - codes))


def test_real_items_with_wrong_labels_count_as_generated():
    terms, right, wrong = wrongly(NonSaturating())
    assert_close(terms["D/wrong_label"], -torch.log(1 - torch.sigmoid(wrong)).mean())
    assert_close(terms["D/real"], -torch.log(torch.sigmoid(right)).mean())
    assert_close(terms["score_real"], right.mean())
    assert_close(wrongly(LSGAN())[0]["D/wrong_label"], (wrong**2).mean() / 2)
    assert_close(wrongly(Hinge())[0]["D/wrong_label"], torch.relu(1 + wrong).mean())


def test_auxiliary_terms_have_their_weight():
    model, shape = PAIRS["stftgan"]
    found = []
    for weight in (1.0, 2.5):
        condition = Class(on="label", values=(0, 1, 2), by="auxiliary", weight=weight)
        G, D = pair(model, condition, shape)
        real, codes = torch.randn(6, *shape), torch.eye(3)[[0, 1, 2, 1, 1, 0]]
        terms, _ = discriminator_gradients(G, D, WGANGP(), real, model.latents(6, CPU), codes)
        logits = D.head(D.D.features(real))
        wanted = -torch.log_softmax(logits, 1)[torch.arange(6), codes.argmax(1)].mean()
        assert_close(terms["D/given_real"], weight * wanted.detach())
        found.append(terms["D/given_fake"])
    assert_close(found[1], 2.5 * found[0])


@pytest.mark.parametrize(
    ("model", "by", "message"),
    [
        (CRNNGAN(), "concatenation", "c_rnn_gan cannot be told a condition: .* choose by: signal"),
        (CRNNGAN(), "projection", "no latent vectors"),
    ],
)
def test_models_that_cannot_be_told(model, by, message):
    with pytest.raises(ValueError, match=message):
        conditional.check(model, dataclasses.replace(CONDITIONS["class"], by=by), (2, 32))
    conditional.check(model, dataclasses.replace(CONDITIONS["class"], by="signal"), (2, 32))
