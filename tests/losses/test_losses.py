"""Values by hand, on critics whose scores and gradients are known."""

import math
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from rpgan import losses
from rpgan.errors import UserError
from rpgan.losses import (
    DRAGAN,
    LSGAN,
    R3GAN,
    WGAN,
    WGANGP,
    WGANLP,
    FeatureMatching,
    Hinge,
    Minimax,
    NonSaturating,
    SoftLabels,
)
from rpgan.losses.penalties import around
from rpgan.losses.soft_labels import NormalLabels, UniformLabels


def linear(x):
    """Score 3 x_0 + 4 x_1: its gradient has length 5."""
    return 3 * x[:, 0, 0] + 4 * x[:, 0, 1]


def quadratic(x):
    """Score |x|^2 / 2: its gradient is x."""
    return x.square().sum((1, 2)) / 2


def items(*pairs):
    return torch.tensor(pairs)[:, None, :]  # (n, 1, 2)


# Scores 0.5 and -2 of the real items, 1 and 3 of the others.
REAL, FAKE = items((0.5, -0.25), (-2.0, 1.0)), items((1.0, -0.5), (-1.0, 1.5))


def plus(s):
    """log(1 + e^s)."""
    return math.log1p(math.exp(s))


def values(terms):
    return {name: pytest.approx(term.item(), abs=1e-6) for name, term in terms.items()}


CASES = [
    (
        Minimax(),
        {"real": (plus(-0.5) + plus(2)) / 2, "fake": (plus(1) + plus(3)) / 2},
        {"fake": -(plus(1) + plus(3)) / 2},
    ),
    (
        NonSaturating(),
        {"real": (plus(-0.5) + plus(2)) / 2, "fake": (plus(1) + plus(3)) / 2},
        {"fake": (plus(-1) + plus(-3)) / 2},
    ),
    (
        LSGAN(),
        {"real": (0.25 + 9) / 4, "fake": (1 + 9) / 4},
        {"fake": (0 + 4) / 2},
    ),
    (Hinge(), {"real": (0.5 + 3) / 2, "fake": (2 + 4) / 2}, {"fake": -2}),
    (WGAN(), {"real": 0.75, "fake": 2}, {"fake": -2}),
    (
        WGANGP(penalty_weight=2, drift_weight=0.1),
        {"real": 0.75, "fake": 2, "gradient_penalty": 2 * 16, "drift": 0.1 * 4.25 / 2},
        {"fake": -2},
    ),
    (
        WGANGP(penalty_weight=2, penalty_target=4),
        {"real": 0.75, "fake": 2, "gradient_penalty": 2 / 16},
        {"fake": -2},
    ),
    (
        WGANLP(penalty_weight=2),
        {"real": 0.75, "fake": 2, "gradient_penalty": 2 * 16},
        {"fake": -2},
    ),
    (
        DRAGAN(penalty_weight=2),
        {
            "real": (plus(-0.5) + plus(2)) / 2,
            "fake": (plus(1) + plus(3)) / 2,
            "gradient_penalty": 2 * 16,
        },
        {"fake": (plus(-1) + plus(-3)) / 2},
    ),
    (
        R3GAN(penalty_weight=0.4),
        {"relativistic": (plus(0.5) + plus(5)) / 2, "r1": 0.2 * 25, "r2": 0.2 * 25},
        {"relativistic": (plus(-0.5) + plus(-5)) / 2},
    ),
    (
        SoftLabels(
            real=UniformLabels(low=0.9, high=0.9),
            fake=NormalLabels(mean=0.2, deviation=0),
        ),
        {
            "real": (plus(0.5) - 0.9 * 0.5 + plus(-2) + 0.9 * 2) / 2,
            "fake": (plus(1) - 0.2 + plus(3) - 0.6) / 2,
        },
        {"fake": (plus(-1) + plus(-3)) / 2},
    ),
]


@pytest.mark.parametrize(("loss", "of_D", "of_G"), CASES, ids=lambda c: getattr(c, "name", ""))
def test_terms_on_a_linear_critic(loss, of_D, of_G):
    assert values(loss.discriminator(linear, REAL, FAKE)) == of_D
    assert values(loss.generator(linear, REAL, FAKE)) == of_G


@pytest.mark.parametrize(("loss", "of_D", "of_G"), CASES, ids=lambda c: getattr(c, "name", ""))
def test_which_way_each_network_is_pulled(loss, of_D, of_G):
    """A better critic scores real items higher and generated ones lower; a better generator the
    other way."""
    score = torch.tensor([0.2, 0.1], requires_grad=True)

    def D(x):  # a score of its own for the real item and for the generated one
        return score[-len(x) :]

    plain = replace(loss, penalty_weight=0.0) if hasattr(loss, "penalty_weight") else loss
    plain = replace(plain, drift_weight=0.0) if isinstance(loss, WGANGP) else plain
    total = torch.stack(list(plain.discriminator(D, REAL[:1], FAKE[:1]).values())).sum()
    real, fake = torch.autograd.grad(total, score)[0]
    assert real < 0 < fake
    total = torch.stack(list(plain.generator(D, REAL[:1], FAKE[:1]).values())).sum()
    assert torch.autograd.grad(total, score)[0][-1] < 0


def test_every_loss_is_tested():
    assert {type(case[0]) for case in CASES} | {FeatureMatching} == {
        thing for thing in vars(losses).values() if hasattr(thing, "__pydantic_config__")
    }


@pytest.mark.parametrize("loss", [case[0] for case in CASES], ids=lambda c: c.name)
def test_training_one_network_leaves_the_other_alone(loss):
    D = torch.nn.Linear(2, 1)
    real, fake = REAL.clone(), FAKE.clone().requires_grad_()
    terms = loss.discriminator(lambda x: D(x[:, 0])[:, 0], real, fake.detach())
    torch.stack(list(terms.values())).sum().backward()
    assert D.weight.grad is not None
    assert D.weight.grad.abs().sum() > 0
    terms = loss.generator(lambda x: D(x[:, 0])[:, 0], real, fake)
    torch.stack(list(terms.values())).sum().backward()
    assert fake.grad is not None
    assert fake.grad.abs().sum() > 0


# With D = |x|^2 / 2 the length of the gradient is |x|: penalties show at which points they are.


def test_lp_forgives_small_gradients():
    small, large = items((0.3, 0.4)), items((0.3, 0.4))
    terms = WGANLP(penalty_weight=1).discriminator(quadratic, small, large)
    assert terms["gradient_penalty"] == 0
    terms = WGANLP(penalty_weight=1).discriminator(quadratic, 4 * small, 4 * large)
    assert_close(terms["gradient_penalty"], torch.tensor(1.0))
    terms = WGANGP(penalty_weight=1).discriminator(quadratic, small, large)
    assert_close(terms["gradient_penalty"], torch.tensor(0.25))


@pytest.mark.parametrize("loss", [WGANLP(), WGANGP()])
def test_lp_and_gp_lie_on_segments(loss):
    """From 0 to c: E(max(0, ct - 1))^2 = (c - 1)^3 / 3c, and (ct - 1)^2 = c^2/3 - c + 1."""
    torch.manual_seed(0)
    c, n = 3.0, 100_000
    fake = torch.zeros(n, 1, 2)
    fake[..., 1] = c
    got = replace(loss, penalty_weight=1).discriminator(quadratic, torch.zeros_like(fake), fake)
    expected = (c - 1) ** 3 / (3 * c) if loss.name == "wgan_lp" else c**2 / 3 - c + 1
    # Var < 1.6 for c = 3; five standard errors are 0.02
    assert_close(got["gradient_penalty"], torch.tensor(expected), rtol=0, atol=0.02)


@pytest.mark.parametrize("loss", [WGANLP(points="around_data"), DRAGAN(points="code")])
def test_points_around_the_data_do_not_depend_on_the_generated(loss):
    torch.manual_seed(0)
    real = items((10.0, 0.0), (-10.0, 0.0))
    seen = []

    def D(x):
        seen.append(x.detach())
        return quadratic(x)

    loss.discriminator(D, real, torch.full_like(real, 1e6))
    std = real.std()
    for x, centre in zip(seen[1], real, strict=True):
        assert ((x - centre) >= 0).all()
        assert ((x - centre) <= std / 2).all()
        assert (x != centre).any()


def test_around_is_the_law_of_the_authors_code():
    """x + u U std / 2 with u per item and U per element: mean std/8, and items move together."""
    torch.manual_seed(0)
    real = torch.tensor([-1.0, 1.0]).repeat(20_000)[:, None, None].expand(-1, 1, 2)
    moved = (around(real) - real)[:, 0] / real.std()
    assert_close(moved.mean(), torch.tensor(1 / 8), rtol=0.02, atol=0)
    # E(u U)^2 = 1/9; E(u^2 U U') = 1/12, so elements of an item correlate by (1/12 - 1/16)/(1/9 - 1/16)
    correlation = torch.corrcoef(moved.T)[0, 1]
    assert_close(correlation, torch.tensor((1 / 12 - 1 / 16) / (1 / 9 - 1 / 16)), rtol=0, atol=0.03)


def test_the_papers_dragan_is_normal_around_the_data():
    """|x + delta| for x far out is x + delta_0: E(|grad| - 1)^2 = (x - 1)^2 + variance."""
    torch.manual_seed(0)
    real = torch.zeros(100_000, 1, 2)
    real[..., 0] = 1000.0
    seen = []
    DRAGAN(points="paper", variance=4.0).discriminator(
        lambda x: seen.append(x.detach()) or quadratic(x), real, real
    )
    delta = seen[1] - real
    assert_close(delta.var(), torch.tensor(4.0), rtol=0.02, atol=0)
    assert_close(delta.mean(), torch.tensor(0.0), rtol=0, atol=0.03)


def test_r3gan_penalises_at_the_real_and_at_the_generated():
    """With gradient x: r1 is gamma / 2 E|x|^2 of the real items, r2 of the generated ones."""
    terms = R3GAN(penalty_weight=1).discriminator(quadratic, items((3.0, 4.0)), items((1.0, 0.0)))
    assert values(terms) == {"relativistic": plus(0.5 - 12.5), "r1": 12.5, "r2": 0.5}


def test_r3gan_trains_the_critic_through_its_penalty():
    w = torch.tensor(2.0, requires_grad=True)
    terms = R3GAN(penalty_weight=1).discriminator(lambda x: w * x[:, 0, 0], REAL, REAL)
    (grad,) = torch.autograd.grad(terms["r1"], w)
    assert grad == 2.0  # d (w^2 / 2) / dw


def test_a_penalty_of_weight_0_costs_nothing():
    calls = []

    def D(x):
        calls.append(x)
        return linear(x)

    for loss in (WGANGP(), WGANLP(), DRAGAN(), R3GAN()):
        terms = replace(loss, penalty_weight=0.0).discriminator(D, REAL, FAKE)
        assert len(calls) == 1
        calls.clear()
        assert not {"gradient_penalty", "r1", "r2"} & terms.keys()


def test_penalties_are_in_float32():
    def D(x):
        return x.bfloat16().sum((1, 2))

    for loss in (WGANGP(), WGANLP(), DRAGAN(), R3GAN()):
        terms = loss.discriminator(D, REAL, FAKE)
        assert all(
            terms[k].dtype == torch.float32 for k in ("gradient_penalty", "r1") if k in terms
        )


def test_labels_are_clipped_only_if_asked():
    wild = {"real": NormalLabels(mean=3, deviation=0), "fake": UniformLabels(low=-1, high=-1)}
    clipped = SoftLabels(**wild).discriminator(linear, REAL, FAKE)
    assert values(clipped) == {"real": (plus(-0.5) + plus(2)) / 2, "fake": (plus(1) + plus(3)) / 2}
    free = SoftLabels(**wild, clip=False).discriminator(linear, REAL, FAKE)
    assert values(free)["real"] == (plus(0.5) - 1.5 + plus(-2) + 6) / 2
    assert values(free)["fake"] == (plus(1) + 1 + plus(3) + 3) / 2


def test_labels_have_their_law():
    torch.manual_seed(0)
    like = torch.zeros(100_000)
    normal = NormalLabels(mean=1, deviation=0.1).draw(like)
    assert_close(normal.mean(), torch.tensor(1.0), rtol=0, atol=0.002)
    assert_close(normal.std(), torch.tensor(0.1), rtol=0, atol=0.002)
    uniform = UniformLabels(low=0.1, high=0.3).draw(like)
    assert 0.1 <= uniform.min() < 0.1001
    assert 0.2999 < uniform.max() <= 0.3
    assert_close(uniform.mean(), torch.tensor(0.2), rtol=0, atol=0.002)


def test_the_generator_may_aim_at_the_labels_of_real_items():
    soft = SoftLabels(real=NormalLabels(mean=0.9, deviation=0), generator_target="real")
    expected = (plus(1) - 0.9 + plus(3) - 2.7) / 2
    assert values(soft.generator(linear, REAL, FAKE)) == {"fake": expected}


def test_clipping():
    D = torch.nn.Linear(2, 1)
    with torch.no_grad():
        D.weight.copy_(torch.tensor([[0.5, -0.05]]))
        D.bias.fill_(-3.0)
    WGAN(limit=0.1).clip_weights(D)
    assert D.weight.tolist() == [[pytest.approx(0.1), pytest.approx(-0.05)]]
    assert D.bias.item() == pytest.approx(-0.1)
    assert D.weight.requires_grad


class WithFeatures(torch.nn.Module):
    def forward(self, x):
        return linear(x)

    def features(self, x):
        return 2 * x


def test_feature_matching():
    D = WithFeatures()
    fake = items((1.0, -0.5), (-1.0, 2.0))  # twice the differences: (1, -0.5), (2, 2)
    means = FeatureMatching(weight=3).generator(D, REAL, fake)
    assert values(means) == {"features": 3 * (1.5**2 + 0.75**2) / 2}
    pairs = FeatureMatching(compare="pairs", adversarial_weight=0.5).generator(D, REAL, fake)
    assert values(pairs) == {
        "features": (1 + 0.25 + 4 + 4) / 4,
        "fake": 0.5 * (plus(-1) + plus(-5)) / 2,
    }
    assert values(FeatureMatching().discriminator(D, REAL, FAKE)) == CASES[0][1]


def test_feature_matching_needs_features():
    with pytest.raises(UserError, match=r"a method features\(x\), which torch.nn.*Linear has not"):
        FeatureMatching().generator(torch.nn.Linear(2, 1), REAL, FAKE)


@pytest.mark.parametrize(
    ("loss", "settings", "message"),
    [
        (WGANGP, {"penalty_weight": -1}, "penalty_weight must be at least 0, got -1"),
        (WGANGP, {"penalty_target": 0}, "penalty_target must be positive, got 0"),
        (WGAN, {"limit": 0}, "limit must be positive"),
        (DRAGAN, {"variance": 0}, "variance must be positive"),
        (NormalLabels, {"mean": 1, "deviation": -1}, "deviation must be at least 0"),
        (UniformLabels, {"low": 1, "high": 0}, "low must not exceed high, got 1 and 0"),
        (FeatureMatching, {"weight": 0}, "weight must be positive"),
    ],
)
def test_bad_settings(loss, settings, message):
    with pytest.raises(ValueError, match=message):
        loss(**settings)
