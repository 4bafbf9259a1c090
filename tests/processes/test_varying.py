"""Parameters that differ from series to series."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.processes import FBM, FGN, AlphaStable, BandNoise, BernoulliGaussian, ShotNoise
from rpgan.processes.parameter_laws import Choice, Fixed, Multimodal, Uniform
from rpgan.processes.varying import Varying

N = 20000
SIX = 6.1  # standard errors: a chance below 1e-6 in a thousand checks
MULTIMODAL = Multimodal(first=0.05, last=0.45, modes=5, deviation=0.025, lowest=0.01, highest=0.99)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_uniform():
    values = Uniform(low=0.25, high=3).draw(N, rng())
    assert abs(values.mean() - 1.625) < SIX * 2.75 / np.sqrt(12 * N)
    assert abs(values.std() - 2.75 / np.sqrt(12)) < SIX * 2.75 / np.sqrt(12 * N)
    assert (values.min() >= 0.25) & (values.max() < 3)


def test_multimodal_has_its_modes_and_its_limits():
    values = MULTIMODAL.draw(N, rng())
    assert values.min() == 0.01  # the lowest mode is 1.6 deviations above the limit
    for mean in np.linspace(0.05, 0.45, 5):
        near = np.abs(values - mean) < 0.05  # 2 deviations; the next mode is at 4
        share = near.mean()
        # Its own 95.4 %, and the neighbours' tails beyond 2 deviations; the lowest loses no mass.
        neighbours = 1 if mean in (0.05, 0.45) else 2
        want = (0.9545 + neighbours * 0.0228) / 5
        assert abs(share - want) < SIX * np.sqrt(want * (1 - want) / N)


def test_choice_is_of_each_value_alike_and_keeps_integers():
    values = Choice(values=tuple(range(8))).draw(N, rng())
    assert values.dtype.kind == "i"
    counts = np.bincount(values)
    assert np.abs(counts - N / 8).max() < SIX * np.sqrt(N * 7 / 64)


def test_fixed_is_the_process_itself_in_law():
    law = Varying(FGN(hurst=0.3), {"hurst": Fixed(value=0.8)})
    series, values = law.draw(2000, 16, rng())
    assert (values["hurst"] == 0.8).all()
    covariance = series.T @ series / len(series)
    want = FGN(hurst=0.8).autocovariance(np.subtract.outer(np.arange(16), np.arange(16)))
    # var of a product of normals: r(0)^2 + r(k)^2
    error = np.sqrt((1 + want**2) / len(series))
    assert (np.abs(covariance - want) < SIX * error).all()


@pytest.mark.parametrize(
    ("process", "laws"),
    [
        (FGN(hurst=0.5), {"hurst": Uniform(low=0.01, high=0.99)}),
        (FBM(hurst=0.5), {"hurst": MULTIMODAL}),
        (ShotNoise(rate=1), {"rate": Uniform(low=0.25, high=3)}),
        (BernoulliGaussian(probability=0.5), {"probability": Uniform(low=0.01, high=0.99)}),
        (BandNoise(band=4), {"band": Choice(values=tuple(range(8)))}),
    ],
)
def test_values_belong_to_their_series(process, laws):
    """Each series is what the process with its value draws from the same stream, to the bit."""
    law = Varying(process, laws)
    series, values = law.draw(70, 32, rng(5))
    blocks = rng(5).spawn(2)
    for block, start in zip(blocks, (0, 64), strict=True):
        for one in laws.values():
            one.draw(64, block)
        for i, child in enumerate(block.spawn(min(64, 70 - start)), start):
            given = {name: values[name][i].item() for name in laws}
            assert (law.at(given).sample(1, 32, child) == series[i]).all()


def test_estimates_follow_the_values():
    law = Varying(FGN(hurst=0.5), {"hurst": Uniform(low=0.1, high=0.9)})
    series, values = law.draw(200, 1024, rng())
    errors = law.estimate(series)["hurst"] - values["hurst"]
    assert abs(errors.mean()) < 0.01
    assert errors.std() < 1.3 * FGN(hurst=0.7).crlb(1024)["hurst"]


def test_later_series_change_nothing():
    law = Varying(FGN(hurst=0.5), {"hurst": Uniform(low=0.1, high=0.9)})
    many, values = law.draw(150, 20, rng())
    few, some = law.draw(70, 20, rng())
    assert (many[:70] == few).all()
    assert (values["hurst"][:70] == some["hurst"]).all()


def test_what_does_not_vary_has_a_truth():
    law = Varying(BernoulliGaussian(probability=0.5), {"probability": Uniform(low=0.2, high=0.3)})
    assert "probability" not in law.truth()
    assert law.truth()["background"] == 0.1


def test_the_heaviest_tail_counts():
    law = Varying(AlphaStable(alpha=1), {"alpha": Uniform(low=0.5, high=1.5)})
    assert law.tail_index == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Varying(FGN(hurst=0.5), {"hirst": Fixed(value=1)}), "no setting 'hirst' .* hurst"),
        (lambda: Varying(FGN(hurst=0.5), {"hurst": Uniform(low=0.5, high=1.5)}), "got 1.5"),
        (lambda: Uniform(low=1, high=1), "uniform needs low < high, got 1 and 1"),
        (lambda: Choice(values=()), "choice needs values"),
        (
            lambda: Multimodal(first=1, last=0, modes=2, deviation=1, lowest=0, highest=2),
            "lowest <= first <= last <= highest",
        ),
        (
            lambda: Multimodal(first=0, last=1, modes=0, deviation=1, lowest=0, highest=2),
            "modes of at least 1",
        ),
    ],
)
def test_bad_laws_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "law", [Fixed(value=2), Uniform(low=0, high=1), MULTIMODAL, Choice(values=(3, 1, 2))]
)
def test_the_middle_lies_within(law):
    low, high = law.support()
    assert low <= law.middle() <= high
    values = law.draw(1000, rng())
    assert (values.min() >= low) & (values.max() <= high)


def test_moments_of_a_mixture():
    """BG with p uniform on (.2, .4): variance .01 + .3, over 4000 series of 64 samples."""
    law = Varying(BernoulliGaussian(probability=0.5), {"probability": Uniform(low=0.2, high=0.4)})
    series = law.sample(4000, 64, rng())
    of_series = (series**2).mean(axis=1)
    assert_allclose(of_series.mean(), 0.31, atol=SIX * of_series.std() / np.sqrt(4000))
