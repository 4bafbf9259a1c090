import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.metrics import Law, Profile
from rpgan.processes import FBM, FGN, AlphaStable, ShotNoise, Telegraph
from rpgan.randomness import generator

LAW = FGN(hurst=0.7)
N, LENGTH = 400, 128
VALUES = [f"profile_{part}{end}" for part in ("level", "size") for end in ("", "_line", "_spot")]


def draw(law, *purpose, n=N, length=LENGTH):
    return law.sample(n, length, generator(1, "profile", *purpose))


REAL, FAKE = draw(LAW, "real"), draw(LAW, "fake")


def values(fake, law: Law | None = LAW, real=REAL):
    return Profile().fit(real, law)(fake)


def test_values_are_their_definitions_written_out():
    found = values(FAKE)
    centre = np.median(REAL)
    unit = np.median(np.abs(REAL - centre))
    real, fake = (np.clip((x - centre) / unit, -6, 6) for x in (REAL, FAKE))
    expected = {}
    for part, a, b in (("level", real, fake), ("size", np.abs(real), np.abs(fake))):
        off = b.mean(axis=0) - a.mean(axis=0)
        spots = np.abs(off) / a.std(axis=0)
        power = np.mean(np.abs(np.fft.fft(a - a.mean(axis=0))) ** 2, axis=0)[1 : LENGTH // 2 + 1]
        lines = np.abs(np.fft.fft(off))[1 : LENGTH // 2 + 1] / np.sqrt(power)
        expected[f"profile_{part}"] = np.sqrt(np.mean(lines**2))
        expected[f"profile_{part}_line"], expected[f"profile_{part}_spot"] = (
            lines.max(),
            spots.max(),
        )
    assert list(found) == VALUES
    assert_allclose([found[name] for name in VALUES], [expected[name] for name in VALUES])


@pytest.mark.parametrize("law", [LAW, FBM(hurst=0.3), AlphaStable(alpha=0.5), ShotNoise(rate=1.0)])
def test_the_floor_is_root_two_over_n(law):
    """Mean square of 64 frequencies over 16 sets; each is a sum of two squares but the last."""
    sets = 16
    fitted = Profile().fit(draw(law, "floor", "real", n=2 * N), law)
    for name in ("profile_level", "profile_size"):
        squares = [fitted(draw(law, "floor", b))[name] ** 2 for b in range(sets)]
        # Real series are those of all sets: their own error does not average out.
        error = np.sqrt((1 / N**2 / sets + 1 / (2 * N) ** 2) / 63)
        assert_allclose(np.mean(squares), 1 / N + 1 / (2 * N), atol=6 * error)


@pytest.mark.parametrize("period", [2, 4, 8])
def test_a_pattern_of_one_period_is_a_line_of_its_own_size(period):
    """White, sd 1: a cosine of amplitude a has |FFT| a length / 2 (twice that at period 2)."""
    white, amplitude = FGN(hurst=0.5), 0.3
    real, fake = draw(white, "r"), draw(white, "f")
    tone = amplitude * np.cos(2 * np.pi * np.arange(LENGTH) / period)
    found = values(fake + tone, white, real)["profile_level_line"]
    share = 1.0 if period == 2 else 0.5
    assert_allclose(found, amplitude * share * np.sqrt(LENGTH), atol=5 * np.sqrt(2 / N))


def test_a_gain_of_one_period_is_a_line_of_the_size_alone():
    null = [values(draw(LAW, "null", b)) for b in range(8)]
    found = values(FAKE * (1 + 0.1 * np.cos(np.pi * np.arange(LENGTH) / 2)))
    assert found["profile_size_line"] > 3 * max(v["profile_size_line"] for v in null)
    assert found["profile_level_line"] < 1.5 * max(v["profile_level_line"] for v in null)


def test_a_fault_at_the_end_is_a_spot():
    wrong = FAKE.copy()
    wrong[:, -1] += 1
    found, before = values(wrong), values(FAKE)
    assert_allclose(found["profile_level_spot"], 1, atol=5 * np.sqrt(2 / N))
    assert found["profile_size_spot"] > before["profile_size_spot"]


def test_what_is_the_same_at_all_times_is_not_seen():
    """A gain, a mean, another order of series; a pattern of random phase is not the same."""
    before = values(FAKE)
    offset = values(FAKE + 0.1)
    for name in ("profile_level", "profile_level_line"):
        assert_allclose(offset[name], before[name], rtol=0.02)
    phase = 2 * np.pi * generator(2).random((N, 1))
    tone = values(FAKE + 0.3 * np.cos(np.pi * np.arange(LENGTH) / 2 + phase))
    null = max(values(draw(LAW, "null", b))["profile_level_line"] for b in range(8))
    assert tone["profile_level_line"] < 2 * null


def test_channels_are_looked_at_each_by_its_own_unit():
    real, fake = (np.stack([x, 100 * x[:, ::-1]], axis=1) for x in (REAL, FAKE))
    both, single = values(fake, None, real), values(FAKE, None)
    assert_allclose(both["profile_level"], single["profile_level"], rtol=1e-9)
    fake[:, 1, 7] += 100
    assert values(fake, None, real)["profile_level_spot"] > 0.5


def test_sizes_that_never_differ_have_no_profile():
    signs = draw(Telegraph(rate=0.2), "signs")
    real = np.concatenate([signs, -signs])  # of median 0
    assert list(values(signs, None, real)) == VALUES[:3]


def test_a_huge_sample_counts_as_a_large_one():
    wrong = FAKE.copy()
    wrong[0, 5] = 1e50
    assert values(wrong)["profile_level_spot"] < values(FAKE)["profile_level_spot"] + 8 / N


@pytest.mark.parametrize(
    ("real", "message"),
    [(np.ones((4, 64)), "real series are constant"), (np.ones((4, 3, 8, 8)), "are images")],
)
def test_it_is_undefined_with_a_reason(real, message):
    with pytest.raises(UndefinedLaw, match=message):
        Profile().fit(real, None)
