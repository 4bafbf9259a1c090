import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Copies, SeriesSet, draw_floor, score
from rpgan.metrics.copies import nearest
from rpgan.metrics.fitted import Law
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

LAW = FGN(hurst=0.7)
N, LENGTH = 256, 128


def draw(law, *purpose, n=N):
    """As files hold them: in single precision."""
    return law.sample(n, LENGTH, generator(1, "copies", *purpose)).astype(np.float32)


REAL, FAKE, SEEN = draw(LAW, "real"), draw(LAW, "fake"), draw(LAW, "seen", n=1500)


def values(fake, real=REAL, seen=SEEN, law: Law = LAW):
    return Copies().fit(SeriesSet(real.astype(float), training=seen), law)(fake.astype(float))


def test_the_law_copies_nothing():
    found = values(FAKE)
    assert found["copy_share"] == 0
    assert_allclose(found["copy_nearest"], 1, atol=0.1)


@pytest.mark.parametrize("copies", [1, 20, N])
def test_copies_are_counted_wherever_they_stand_in_the_training_set(copies):
    fake = FAKE.copy()
    fake[:copies] = SEEN[-copies:]
    assert values(fake)["copy_share"] == copies / N


def test_near_copies_are_copies_and_variations_are_near():
    noise = generator(2).standard_normal(FAKE.shape)
    near, varied = (values(SEEN[:N] + size * noise) for size in (1e-3, 0.1))
    assert near["copy_share"] == 1
    assert near["copy_nearest"] < 0.05
    assert varied["copy_share"] < 1
    assert 0.1 < varied["copy_nearest"] < 0.7


def test_series_like_no_real_ones_are_far():
    assert values(draw(FGN(hurst=0.9), "other"))["copy_nearest"] > 1.3


def test_it_exists_for_heavy_tails():
    law = AlphaStable(alpha=0.5)
    real, fake, seen = (draw(law, part) for part in ("real", "fake", "seen"))
    assert_allclose(values(fake, real, seen, law)["copy_nearest"], 1, atol=0.15)
    assert values(seen, real, seen, law)["copy_share"] == 1


def test_no_other_set_tells_a_generator_that_repeats_what_it_was_trained_on():
    """Its score is outside of the floor's range, and a perfect generator's inside."""
    real = SeriesSet(REAL, training=SEEN)
    floor = draw_floor([Copies()], LAW, real, lambda b: generator(3, "floor", b), draws=39)
    for fake, inside in ((FAKE, True), (SEEN[:N], False)):
        table = score([Copies()], LAW, real, fake, floor)[0].set_index("metric")
        row = table.loc["copy_nearest"]
        assert (row["floor_low"] <= row["value"] <= row["floor_high"]) == inside
        assert (row["p_value"] <= 0.05) != inside
        assert (table.loc["copy_share", "value"] > 0) != inside


def test_floors_of_recordings_look_at_the_training_set_too():
    recorded = SeriesSet(REAL, training=SEEN)
    floor = draw_floor([Copies()], None, recorded, lambda b: generator(3, "floor", b), draws=9)
    values = floor[floor["metric"] == "copy_nearest"]["value"]
    assert len(values) == 9
    assert_allclose(values, 1, atol=0.15)


def test_distances_are_to_the_nearest_row():
    a, b = generator(4).standard_normal((301, 5)), generator(5).standard_normal((700, 5))
    assert_allclose(nearest(a, b), cdist(a, b).min(axis=1), rtol=1e-9)


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (None, "no training set of series like these"),
        (SEEN[:, :64], "no training set of series like these"),
        (REAL, "half of the real series are in the training set"),
        (np.where(SEEN > 3, np.nan, SEEN), "NaN or infinite"),
    ],
)
def test_it_is_undefined_with_a_reason(seen, reason):
    with pytest.raises(UndefinedLaw, match=reason):
        values(FAKE, seen=seen)


@pytest.mark.parametrize("nearness", [0, 1])
def test_impossible_settings_are_refused(nearness):
    with pytest.raises(ValueError, match=r"nearness must lie in \(0, 1\)"):
        Copies(nearness=nearness)
