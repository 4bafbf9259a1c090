import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Duplicates
from rpgan.metrics.duplicates import nearest
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

LAW = FGN(hurst=0.7)
REAL, FAKE = (LAW.sample(256, 128, generator(1, "duplicates", p)) for p in ("real", "fake"))


def values(fake, real=REAL):
    return Duplicates().fit(real, LAW)(fake)


def test_the_law_repeats_nothing():
    found = values(FAKE)
    assert found["duplicate_share"] == 0
    assert_allclose(found["duplicate_nearest"], 1, atol=0.1)


@pytest.mark.parametrize(("copies", "share"), [(1, 2 / 256), (10, 20 / 256), (64, 0.5)])
def test_copies_are_counted_and_what_they_are_copies_of(copies, share):
    fake = FAKE.copy()
    fake[:copies] = fake[-copies:]
    assert_allclose(values(fake)["duplicate_share"], share)


def test_fewer_series_are_further_apart_so_there_is_no_ideal():
    fitted = Duplicates().fit(REAL, LAW)
    assert fitted.ideals(256)["duplicate_nearest"] == 1
    assert np.isnan(fitted.ideals(40)["duplicate_nearest"])
    assert fitted.ideals(40)["duplicate_share"] == 0
    assert fitted(FAKE[:40])["duplicate_nearest"] > 1.1


def test_near_copies_are_copies():
    fake = np.repeat(FAKE[:128], 2, axis=0)
    fake += 1e-3 * generator(2).standard_normal(fake.shape)
    found = values(fake)
    assert found["duplicate_share"] == 1
    assert found["duplicate_nearest"] < 0.05


def test_a_collapse_to_variations_of_one_series_is_near():
    fake = FAKE[:1] + 0.05 * FAKE
    assert values(fake)["duplicate_nearest"] < 0.6


def test_distances_are_to_the_nearest_other_row_of_each_group():
    x, groups = generator(3).standard_normal((301, 5)), 20
    d = cdist(x, x)
    np.fill_diagonal(d, np.inf)
    expected = np.stack([d[:, g::groups].min(axis=1) for g in range(groups)], axis=1)
    assert_allclose(nearest(x, groups), expected, rtol=1e-9)


def test_it_exists_for_heavy_tails():
    law = AlphaStable(alpha=0.5)
    real, fake = (law.sample(256, 128, generator(4, p)) for p in ("real", "fake"))
    assert_allclose(values(fake, real)["duplicate_nearest"], 1, atol=0.15)
    assert values(np.tile(fake[:32], (8, 1)), real)["duplicate_share"] == 1


def test_real_series_that_repeat_each_other_are_no_measure():
    with pytest.raises(UndefinedLaw, match="half of the real series are copies"):
        Duplicates().fit(np.tile(REAL[:64], (4, 1)), None)


@pytest.mark.parametrize("nearness", [0, 1])
def test_impossible_settings_are_refused(nearness):
    with pytest.raises(ValueError, match=r"nearness must lie in \(0, 1\)"):
        Duplicates(nearness=nearness)
