import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp, norm

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Law, Tails
from rpgan.metrics.tails import two_sample_ks
from rpgan.processes import FBM, FGN, AlphaStable, ShotNoise, Telegraph
from rpgan.randomness import generator

WHITE = FGN(hurst=0.5)
REAL, FAKE = (WHITE.sample(400, 500, generator(1, "tails", p)) for p in ("real", "fake"))
RATES = [f"tail_{side}_{level}" for side in ("low", "high") for level in (100, 1000, 10_000)]


def values(fake, law: Law | None = WHITE, real=REAL):
    return Tails().fit(real, law)(fake)


def test_the_law_itself_has_every_rate():
    found = values(FAKE)
    assert list(found) == [*RATES, "tail_maximum", "tail_maximum_ks"]
    for name in RATES:
        expected = FAKE.size / int(name.split("_")[2])
        assert_allclose(found[name], 1, atol=5 / np.sqrt(expected))
    assert_allclose(found["tail_maximum"], 1, atol=0.05)
    assert found["tail_maximum_ks"] < 1.95 * np.sqrt(2 / 400)


def test_a_wider_law_has_the_rate_of_its_own_tail():
    found = values(1.2 * FAKE)
    for level in (100, 1000):
        threshold = np.sort(REAL.ravel())[-1 - REAL.size // level]
        exact = norm.sf(threshold / 1.2) / norm.sf(threshold)
        assert_allclose(found[f"tail_high_{level}"], exact, rtol=5 / np.sqrt(FAKE.size / level))
    assert_allclose(found["tail_maximum"], 1.2 * values(FAKE)["tail_maximum"], rtol=1e-2)


def test_rates_are_those_of_the_law_and_not_of_the_real_set():
    by_law, by_set = values(FAKE), values(FAKE, law=None)
    threshold = np.sort(REAL.ravel())[-1 - REAL.size // 10_000]
    assert_allclose(
        by_law["tail_high_10000"] / by_set["tail_high_10000"],
        np.mean(threshold < REAL) / norm.sf(threshold),
        rtol=1e-9,
    )


def test_sides_are_told_apart():
    found = values(np.where(FAKE > 0, np.minimum(FAKE, 2.5), FAKE))
    assert found["tail_high_1000"] == 0
    assert found["tail_low_1000"] > 0.5


def test_bounded_outputs_show_in_the_maxima():
    found = values(np.tanh(FAKE) * 3)
    assert found["tail_maximum"] < 0.95
    assert found["tail_maximum_ks"] > 0.6


def test_levels_that_few_real_samples_reach_are_left_out():
    assert "tail_high_10000" not in values(FAKE[:20], real=REAL[:20])
    assert "tail_high_1000" in values(FAKE[:20], real=REAL[:20])


def test_two_values_have_no_tails_but_maxima():
    law = Telegraph(rate=0.1)
    real, fake = (law.sample(50, 400, generator(2, p)) for p in "rf")
    assert list(values(fake, law, real)) == ["tail_maximum", "tail_maximum_ks"]


@pytest.mark.parametrize("law", [AlphaStable(alpha=0.5), FBM(hurst=0.8), ShotNoise(rate=0.5)])
def test_it_exists_for_laws_of_all_kinds(law):
    real, fake = (law.sample(200, 400, generator(3, law.name, p)) for p in "rf")
    found = values(fake, law, real)
    assert_allclose(found["tail_high_100"], 1, atol=0.3)
    # The log of the maximum of an alpha-stable series has deviation pi / (sqrt(6) alpha).
    spread = 2.57 if law.tail_index < 2 else 0.5
    error = 1.25 * spread * np.sqrt(2 / 200)
    assert_allclose(np.log(found["tail_maximum"]), 0, atol=5 * error)
    assert np.isfinite(list(values(1e40 * fake, law, real).values())).all()


def test_channels_are_pooled_each_by_its_own_quantiles():
    real, fake = (np.stack([x, 100 * x[:, ::-1]], axis=1) for x in (REAL, FAKE))
    found, single = values(fake, None, real), values(FAKE, None)
    assert_allclose([found[k] for k in RATES], [single[k] for k in RATES], rtol=1e-9)
    fake[:, 0] *= 3
    assert values(fake, None, real)["tail_maximum"] > 2


def test_two_sample_ks_agrees_with_scipy():
    a, b = (np.sort(generator(4, p).integers(0, 9, 40).astype(float)) for p in "ab")
    assert_allclose(two_sample_ks(a, b), ks_2samp(a, b).statistic)  # type: ignore[attr-defined]


def test_constant_series_have_no_tails():
    with pytest.raises(UndefinedLaw, match="real series are constant"):
        Tails().fit(np.ones((20, 100)), None)


@pytest.mark.parametrize("levels", [(), (1,), (10, 10)])
def test_impossible_levels_are_refused(levels):
    with pytest.raises(ValueError, match="levels must be different numbers of at least 2"):
        Tails(levels=levels)
