import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from rpgan.errors import UserError
from rpgan.judges import (
    Recurrent,
    ScoreSettings,
    discriminative_scores,
    limits,
    pieces,
    predictive_scores,
    scaled,
    units,
)
from rpgan.processes import FGN, OrnsteinUhlenbeck
from rpgan.randomness import generator

FEW = ScoreSettings(window=8, hidden=8, discriminative_steps=150, predictive_steps=150, batch=64)
NONE = ScoreSettings(window=8, discriminative_steps=0, predictive_steps=0)


def draw(law, n, length, *purpose):
    return law.sample(n, length, generator(1, "timegan", *purpose))


def white(n, length, *purpose):
    return draw(FGN(hurst=0.5), n, length, *purpose)


def test_pieces_are_cut_one_after_another():
    series = np.arange(2 * 10, dtype=np.float32).reshape(2, 10, 1)
    cut = pieces(series, 4)
    assert_array_equal(
        cut[:, :, 0], [[0, 1, 2, 3], [4, 5, 6, 7], [10, 11, 12, 13], [14, 15, 16, 17]]
    )


def test_the_real_range_is_the_unit():
    real = np.array([[[0.0, 4.0], [1.0, 1.0]], [[2.0, 2.0], [1.0, 1.0]]])
    low, high = limits(real)
    got = scaled(real, low, high)
    assert got.shape == (2, 2, 2)
    assert_allclose(got[:, :, 0], [[0, 1], [0.5, 0.5]])
    assert_allclose(got[:, :, 1], 0)  # a channel that is constant


@pytest.mark.parametrize(("channels", "hidden"), [(1, 1), (2, 1), (7, 3)])
def test_networks_have_half_as_many_units_as_channels(channels, hidden):
    assert units(channels, ScoreSettings()) == hidden
    assert units(channels, ScoreSettings(hidden=5)) == 5
    assert Recurrent(channels, hidden)(torch.zeros(5, 6, channels)).shape == (5, 6)


def test_a_perfect_generator_is_not_told_from_the_truth():
    real, fake = white(100, 120, "real"), white(100, 120, "fake")
    found = discriminative_scores(real, fake, 0, runs=2, settings=FEW)
    assert found.shape == (2,)
    assert np.all(found < 5 * 0.5 / np.sqrt(600))  # 600 pieces are tested


def test_an_offset_is_told():
    real, fake = white(100, 120, "real"), white(100, 120, "fake") + 3
    assert discriminative_scores(real, fake, 0, runs=1, settings=FEW)[0] > 0.3


def test_series_of_several_channels():
    real, fake = (white(60, 144, who).reshape(60, 4, 36) for who in ("real", "fake"))
    assert 0 <= discriminative_scores(real, fake, 0, runs=1, settings=NONE)[0] <= 0.5
    assert 0 < predictive_scores(real, fake, 0, runs=1, settings=NONE)[0] < 1


LEARN = ScoreSettings(window=8, hidden=8, predictive_steps=400)


def test_prediction_learns_from_the_generated_series():
    law = OrnsteinUhlenbeck(rate=0.05)
    real, fake = draw(law, 60, 240, "real"), draw(law, 60, 240, "fake")
    flipped = fake * (-1.0) ** np.arange(240)
    good, bad = (predictive_scores(real, x, 0, 1, LEARN)[0] for x in (fake, flipped))
    assert good < 0.7 * bad
    assert good < 0.7 * predictive_scores(real, fake, 0, 1, NONE)[0]


def test_the_last_channel_is_predicted_from_the_others():
    """A channel that shows the last one's next sample makes it predictable; its own past does not."""
    n, length = 60, 120
    last = (white(n, length, "last") > 0) * 1.0
    ahead = np.roll(last, -1, axis=1)
    told, blind = (np.stack([other, last], axis=1) for other in (ahead, last))
    seen, unseen = (predictive_scores(x, x, 0, 1, LEARN)[0] for x in (told, blind))
    assert seen < 0.3
    assert unseen > 0.4


def test_prediction_is_learnt_on_generated_and_tested_on_real_series():
    real = (white(60, 48, "coin") > 0) * 1.0
    silent = np.zeros((60, 48))
    assert predictive_scores(real, silent, 0, 1, LEARN)[0] > 0.4
    silent[0, 0] = 1.0  # a range
    assert predictive_scores(silent, silent, 0, 1, LEARN)[0] < 0.1


def test_scores_are_a_function_of_the_seed():
    real, fake = white(20, 48, "real"), white(20, 48, "fake")
    short = ScoreSettings(window=12, discriminative_steps=5, predictive_steps=5)
    torch.set_num_threads(2)
    for scores in (discriminative_scores, predictive_scores):
        state = torch.get_rng_state()
        first = scores(real, fake, 7, runs=3, settings=short)
        assert torch.equal(state, torch.get_rng_state())
        assert torch.get_num_threads() == 2
        torch.rand(3)
        assert_array_equal(scores(real, fake, 7, runs=3, settings=short), first)
        assert_array_equal(scores(real, fake, 7, runs=2, settings=short), first[:2])
        assert len(set(predictive_scores(real, fake, 7, runs=3, settings=short))) == 3


def test_test_series_are_not_trained_on():
    """Enough units to learn 40 pieces by heart tell nothing about 40 others."""
    real, fake = white(40, 8, "real"), white(40, 8, "fake")
    half = ScoreSettings(window=8, hidden=48, discriminative_steps=500, test_share=0.5)
    assert discriminative_scores(real, fake, 0, runs=3, settings=half).mean() < 0.2


@pytest.mark.parametrize(
    ("real", "fake"),
    [((4, 30), (4, 31)), ((4, 7), (4, 7)), ((1, 30), (4, 30)), ((4, 2, 30), (4, 1, 30))],
)
def test_what_cannot_be_compared_is_refused(real, fake):
    for scores in (discriminative_scores, predictive_scores):
        with pytest.raises(UserError, match=r"must be alike|are needed"):
            scores(np.zeros(real), np.zeros(fake), 0, runs=1, settings=NONE)
