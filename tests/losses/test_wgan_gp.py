import torch
from torch.testing import assert_close

from rpgan.losses.wgan_gp import WGANGP, gradient_penalty


def test_penalty_of_a_linear_critic():
    w = torch.tensor([3.0, 4.0])
    x = torch.randn(8, 1, 2)
    got = gradient_penalty(lambda x: (x * w).sum((1, 2)), x, torch.randn(8, 1, 2))
    assert_close(got, torch.tensor((5.0 - 1) ** 2))


def test_points_are_uniform_between_real_and_fake():
    # D(x) = |x|^2 / 2 has gradient x. From 0 to c u with |u| = 1, E(ct - 1)^2 = c^2/3 - c + 1.
    torch.manual_seed(0)
    c, n = 3.0, 200_000
    fake = torch.zeros(n, 1, 4)
    fake[..., 0] = c
    got = gradient_penalty(lambda x: x.square().sum((1, 2)) / 2, torch.zeros_like(fake), fake)
    # Var (ct - 1)^2 = 1.2 for c = 3; five standard errors are 0.012
    assert_close(got, torch.tensor(c**2 / 3 - c + 1), rtol=0, atol=0.0125)


def test_terms():
    w = torch.tensor(2.0)
    real, fake = torch.full((3, 1, 1), 5.0), torch.full((3, 1, 1), 1.0)

    def D(x):
        return w * x.sum((1, 2))

    terms = WGANGP(penalty_weight=10).discriminator(D, real, fake)
    assert {name: t.item() for name, t in terms.items()} == {
        "real": -10,
        "fake": 2,
        "gradient_penalty": 10 * (2 - 1) ** 2,
    }
    assert WGANGP().generator(D, real, fake)["fake"].item() == -2


def test_penalty_trains_the_critic_and_not_the_generator():
    D = torch.nn.Linear(4, 1)
    real, fake = torch.randn(6, 4), torch.randn(6, 4, requires_grad=True)
    gradient_penalty(lambda x: D(x).squeeze(1), real, fake).backward()
    assert fake.grad is None
    assert D.weight.grad is not None
    assert D.weight.grad.abs().sum() > 0
