import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Law, TimeReversal
from rpgan.processes import FBM, FGN, AlphaStable, ShotNoise
from rpgan.randomness import generator

LAW = ShotNoise(rate=1.0, pulse="linear_exponential")
N, LENGTH = 300, 128


def draw(law, *purpose, n=N, length=LENGTH):
    return law.sample(n, length, generator(1, "reversal", *purpose))


REAL, FAKE = draw(LAW, "real"), draw(LAW, "fake")


def values(fake, law: Law | None = LAW, real=REAL, **settings):
    return TimeReversal(**settings).fit(real, law)(fake)


def moments(series, lags):
    """Mean cube and mean square of each series' increments, by lag, with the units of `REAL`."""
    centre = np.median(REAL)
    y = np.clip((series - centre) / np.median(np.abs(REAL - centre)), -6, 6)
    steps = [y[:, lag:] - y[:, :-lag] for lag in lags]
    return [np.stack([(s**p).mean(axis=1) for s in steps], axis=1) for p in (3, 2)]


def test_values_are_their_definitions_written_out():
    lags = (1, 5, 32)
    (real, real_square), (fake, fake_square) = (moments(x, lags) for x in (REAL, FAKE))
    off = fake.mean(axis=0) - real.mean(axis=0)
    covariance = np.cov(real, rowvar=False)
    distance = np.sqrt(off @ np.linalg.solve(covariance, off) / 3)
    skew = [
        c.mean(axis=0) / s.mean(axis=0) ** 1.5
        for c, s in ((real, real_square), (fake, fake_square))
    ]
    found = values(FAKE, lags=lags)
    assert_allclose(found["time_reversal_distance"], distance, rtol=1e-9)
    assert_allclose(found["time_reversal_error"], np.abs(skew[1] - skew[0]).max(), rtol=1e-9)


@pytest.mark.parametrize("law", [LAW, FGN(hurst=0.8), FBM(hurst=0.3), AlphaStable(alpha=0.5)])
def test_the_floor_is_root_two_over_n(law):
    sets = 24
    fitted = TimeReversal().fit(draw(law, "floor", n=4 * N), law)
    squares = [fitted(draw(law, "floor", b))["time_reversal_distance"] ** 2 for b in range(sets)]
    # 6 directions; the real set is the same for all, a quarter of the whole.
    error = np.sqrt(2 / 6 * (1 / N**2 / sets + 1 / (4 * N) ** 2))
    assert_allclose(np.mean(squares), 1 / N + 1 / (4 * N), atol=5 * error)


def test_the_skewness_of_increments_is_that_of_the_law():
    """A saw of period 4 rises by 1 three times and falls by 3: mean cube -6, mean square 3."""
    saw = np.tile([0.0, 1.0, 2.0, 3.0], (5, 16)) + 1e-9 * np.arange(5)[:, None]
    fitted = TimeReversal(lags=(1,)).fit(FGN(hurst=0.5).sample(50, 64, generator(2)), None)
    flat = fitted(np.zeros((5, 64)))
    assert np.isnan(flat["time_reversal_error"])
    real = np.concatenate([saw + 1e-3 * generator(3).standard_normal(saw.shape)] * 8)
    found = TimeReversal(lags=(1,)).fit(real, None)(saw[:, ::-1])["time_reversal_error"]
    steps = np.diff(saw[0])
    skew = np.mean(steps**3) / np.mean(steps**2) ** 1.5
    assert_allclose(found, 2 * abs(skew), rtol=1e-2)


def test_time_that_runs_backwards_is_seen():
    null = [values(draw(LAW, "null", b)) for b in range(8)]
    backwards = values(FAKE[:, ::-1])
    for name in backwards:
        assert backwards[name] > 4 * max(v[name] for v in null)


def test_what_has_no_direction_has_none_backwards():
    law = FGN(hurst=0.8)
    fitted = TimeReversal().fit(draw(law, "real"), law)
    null = max(fitted(draw(law, b))["time_reversal_distance"] for b in range(8))
    assert fitted(draw(law, "fake")[:, ::-1])["time_reversal_distance"] < 1.5 * null


def test_a_huge_sample_counts_as_a_large_one():
    wrong = FAKE.copy()
    found = []
    for size in (1e3, 1e50):
        wrong[0, 50] = size
        found.append(values(wrong))
    assert found[0] == found[1]


def test_channels_are_side_by_side():
    real, fake = (np.stack([x, 100 * x], axis=1) for x in (REAL, FAKE))
    turned = fake.copy()
    turned[:, 1] = turned[:, 1, ::-1]
    before, found = (values(x, None, real)["time_reversal_error"] for x in (fake, turned))
    assert_allclose(before, values(FAKE, None)["time_reversal_error"], rtol=1e-9)
    assert found > 5 * before


@pytest.mark.parametrize(
    ("real", "message"),
    [
        (np.ones((4, 64)), "real series are constant"),
        (np.ones((4, 3, 8, 8)), "are images"),
        (np.ones((4, 3)), "too short"),
    ],
)
def test_it_is_undefined_with_a_reason(real, message):
    with pytest.raises(UndefinedLaw, match=message):
        TimeReversal().fit(real, None)


@pytest.mark.parametrize("lags", [(), (0,), (2, 2)])
def test_impossible_lags_are_refused(lags):
    with pytest.raises(ValueError, match="lags must be different numbers of at least 1"):
        TimeReversal(lags=lags)
