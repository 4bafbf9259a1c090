import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Law, MarginalLaw
from rpgan.processes import FBM, FGN, GARCH, AlphaStable, Telegraph
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)
REAL, FAKE = (WHITE.sample(200, 500, generator(1, "marginal_law", p)) for p in ("real", "fake"))
ERROR = 0.5 / np.sqrt(FAKE.size)


def values(fake, law: Law | None = WHITE, real=REAL):
    return MarginalLaw().fit(real, law)(fake)


def test_the_law_itself_is_within_kolmogorovs_bound():
    found = values(FAKE)
    assert found["marginal_law_ks"] < 1.95 / np.sqrt(FAKE.size)  # level 0.001
    assert found["marginal_law_w1"] < 5 * ERROR


def test_a_shift_has_the_theoretical_distances():
    found = values(FAKE + 0.3)
    assert_allclose(found["marginal_law_ks"], 2 * norm.cdf(0.15) - 1, atol=5 * ERROR)
    # 0.3, but for the area beyond the outermost quantiles, at +-2.886
    low, high = norm.ppf([1 / 512, 511 / 512])
    x = np.linspace(low, high, 20001)
    area = np.trapezoid(norm.cdf(x) - norm.cdf(x - 0.3), x)
    assert_allclose(found["marginal_law_w1"], area, rtol=0.02)
    assert_allclose(area, 0.3, atol=0.003)


def test_it_is_of_the_law_and_not_of_the_real_set():
    """A real set that is off by half its deviation gives the edges, and nothing else."""
    assert_allclose(values(FAKE + 0.3, real=REAL + 0.5)["marginal_law_ks"], 0.119, atol=0.006)
    assert values(FAKE, real=REAL + 0.5)["marginal_law_ks"] < 5 * ERROR


def test_heavy_tails_have_finite_distances():
    law = AlphaStable(alpha=0.5)
    real, fake = (law.sample(100, 200, generator(2, p)) for p in "rf")
    found = values(fake, law, real)
    assert found["marginal_law_ks"] < 1.95 / np.sqrt(fake.size)
    assert np.isfinite(values(1e3 * fake, law, real)["marginal_law_w1"])
    assert values(2 * fake, law, real)["marginal_law_ks"] > 0.05


def test_atoms_are_no_difference():
    law = Telegraph(rate=0.1)
    real, fake = (law.sample(100, 200, generator(3, p)) for p in "rf")
    assert values(fake, law, real)["marginal_law_ks"] < 0.05
    assert values(0.99 * fake, law, real)["marginal_law_ks"] > 0.4


def test_brownian_motion_is_compared_by_its_increments():
    law = FBM(hurst=0.5)
    real, fake = (law.sample(100, 200, generator(4, p)) for p in "rf")
    assert values(fake, law, real)["marginal_law_ks"] < 1.95 / np.sqrt(fake.size)
    assert_allclose(
        values(fake + 7, law, real)["marginal_law_ks"],
        values(fake, law, real)["marginal_law_ks"],
        atol=1e-4,
    )


@pytest.mark.parametrize(
    ("law", "shape", "message"),
    [
        (None, (4, 64), "needs the distribution function of a known law"),
        (GARCH(omega=0.1, alpha=0.1, beta=0.8), (4, 64), "no distribution function"),
        (WHITE, (4, 2, 64), "several channels"),
    ],
)
def test_it_is_undefined_with_a_reason(law, shape, message):
    with pytest.raises(UndefinedLaw, match=message):
        MarginalLaw().fit(np.ones(shape), law)


def test_one_quantile_is_refused():
    with pytest.raises(ValueError, match="quantiles must be at least 2, got 1"):
        MarginalLaw(quantiles=1)
