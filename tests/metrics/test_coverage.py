from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist
from scipy.stats import betabinom

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Coverage, draw_floor, score
from rpgan.metrics.coverage import Balls, compare, expected_coverage, expected_filling, good_share
from rpgan.processes import FGN
from rpgan.randomness import generator


def points(n, k, *purpose):
    return generator(1, "coverage", *purpose).standard_normal((n, k))


def values(real, fake, k=5):
    return compare(Balls.around(real, k), fake)


@pytest.mark.parametrize(
    ("n", "k", "expected"),
    [
        *[(4096, 1, 0.500061), (4096, 2, 0.750092), (4096, 3, 0.875092), (4096, 4, 0.937576)],
        *[(4096, 5, 0.968807), (4096, 10, 0.999030), (512, 5, 0.969207), (512, 10, 0.999075)],
    ],
)
def test_the_closed_form_of_coverage(n, k, expected):
    assert_allclose(expected_coverage(n, n, k), expected, atol=6e-7)


@pytest.mark.parametrize(("n", "m"), [(60, 60), (80, 30)])
def test_expectations_hold_for_any_law_and_any_numbers(n, m):
    sets = 400
    found = [
        values(np.exp(points(n, 3, "a", b)), np.exp(points(m, 3, "b", b))) for b in range(sets)
    ]
    for name in found[0]:
        sample = np.array([one[name] for one in found])
        expected = 1.0
        if name[-1].isdigit():
            expected = expected_coverage(n, m, int(name[-1]))
        # Clipped values are a ratio and a curve of means, so nearly unbiased only.
        bias = 0.02 if name.endswith("clipped") else 0
        assert_allclose(sample.mean(), expected, atol=4 * sample.std() / np.sqrt(sets) + bias)


def test_values_are_their_definitions_written_out():
    real, fake, k = points(90, 4, "real"), 0.8 * points(70, 4, "fake") + 0.2, 3
    within, across = cdist(real, real), cdist(real, fake)
    np.fill_diagonal(within, np.inf)
    radii = np.sort(within, axis=1)[:, :k]
    found = values(real, fake, k)
    for j in range(k):
        covered = (across <= radii[:, j, None]).any(axis=1)
        assert_allclose(found[f"feature_coverage_{j + 1}"], covered.mean())
    inside = across <= radii[:, -1, None]
    assert_allclose(found["feature_density"], inside.sum(axis=0).mean() / k)
    clipped = np.minimum(radii[:, -1], np.median(radii[:, -1]))[:, None]
    scores = [np.minimum((d <= clipped).sum(axis=0) / k, 1).mean() for d in (across, within)]
    assert_allclose(found["feature_density_clipped"], scores[0] / scores[1])
    filled = np.minimum(inside.sum(axis=1), k).mean() / k
    assert_allclose(found["feature_coverage_clipped"], good_share(filled, 90, 70, k))


@pytest.mark.parametrize(("n", "m", "k"), [(512, 512, 5), (100, 300, 3), (6, 20, 5), (50, 2, 4)])
def test_the_filling_of_balls_is_beta_binomial(n, m, k):
    shares, found = expected_filling(n, m, k)
    counts = np.arange(m + 1)
    exact = np.minimum(counts, k) @ betabinom.pmf(counts, m, k, n - k) / k
    assert_allclose(np.interp(1, shares, found), exact, rtol=1e-4)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("good", [0.25, 0.5, 0.75])
def test_clipped_values_are_the_share_of_good_series(good):
    """The others lie far from everything."""
    real, fake = points(800, 4, "many"), points(800, 4, "half")
    fake[: round((1 - good) * 800)] += 100
    found = values(real, fake)
    whole = values(real, points(800, 4, "half"))
    assert_allclose(found["feature_density_clipped"], good, atol=0.06)
    assert_allclose(found["feature_coverage_clipped"], good, atol=0.06)
    assert_allclose(found["feature_density"] / whole["feature_density"], good, atol=0.06)


def test_copies_of_one_series_cover_little():
    real = points(400, 4, "real")
    found = values(real, np.tile(points(20, 4, "few"), (20, 1)))
    assert found["feature_coverage_5"] < 0.5
    assert found["feature_coverage_clipped"] < 0.5


def test_copies_among_the_real_ones_are_within_their_own_balls():
    real = np.repeat(points(40, 4, "twice"), 2, axis=0)
    assert values(real, real)["feature_coverage_1"] == 1


def test_it_takes_series_and_has_an_ideal():
    law = FGN(hurst=0.7)
    real, fake = (law.sample(200, 128, generator(2, p)) for p in "rf")
    fitted = Coverage().fit(real, law)
    assert list(fitted(fake)) == list(fitted.ideal)
    assert_allclose(fitted.ideal["feature_coverage_5"], expected_coverage(200, 200, 5))
    assert_allclose(list(fitted(fake).values()), list(fitted.ideal.values()), atol=0.3)


def test_the_ideal_is_that_of_as_many_series_as_there_are():
    law = FGN(hurst=0.7)
    real, fake = (law.sample(n, 128, generator(2, p)) for n, p in ((200, "r"), (50, "f")))
    floor = draw_floor([Coverage()], law, real, partial(generator, 3), draws=3, n=50)
    ideal = score([Coverage()], law, real, fake, floor)[0].set_index("metric")["ideal"]
    names = [f"feature_coverage_{k}" for k in range(1, 6)]
    assert ideal[names].tolist() == [expected_coverage(200, 50, k) for k in range(1, 6)]
    assert ideal[["feature_density"]].tolist() == [1]


def test_too_few_series_for_k_are_undefined():
    with pytest.raises(UndefinedLaw, match="5 real series have no 5-th nearest neighbour"):
        Coverage().fit(points(5, 64, "few"), None)
    assert Coverage(k=4).fit(points(5, 64, "few"), None)(points(3, 64, "one"))


def test_no_neighbour_is_refused():
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        Coverage(k=0)
