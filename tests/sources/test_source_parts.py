import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpgan.errors import UserError
from rpgan.sources import parts


@given(
    st.lists(st.integers(0, 30), min_size=2, max_size=60).filter(lambda c: len(set(c)) > 1),
    st.floats(0.01, 0.99),
    st.integers(0, 1000),
)
def test_every_recording_is_in_one_part_and_equal_ones_in_the_same(contents, share, seed):
    train, test = (
        parts.members(contents, part, share, np.random.default_rng(seed)) for part in parts.PARTS
    )
    assert (train != test).all()
    inside = {c for c, mine in zip(contents, train, strict=True) if mine}
    outside = {c for c, mine in zip(contents, test, strict=True) if mine}
    assert inside
    assert outside
    assert not inside & outside
    distinct = len(set(contents))
    assert len(outside) == min(max(1, round(share * distinct)), distinct - 1)


def test_recordings_are_split_at_random():
    seen = {
        tuple(parts.members(range(6), "test", 0.34, np.random.default_rng(seed)))
        for seed in range(300)
    }
    assert len(seen) == 15  # all pairs of 6


@given(st.integers(0, 200), st.floats(0.01, 0.99))
def test_pieces_are_the_whole(samples, share):
    series = np.arange(samples)
    train, test = (parts.piece(series, part, share) for part in parts.PARTS)
    assert (np.concatenate([train, test]) == series).all()
    assert len(test) == round(share * samples)


def choose(held, n, part="train", seed=0):
    return parts.choose(held, n, part, np.random.default_rng(seed), "x", "windows", " or length")


def test_choice_is_without_replacement_random_and_nested():
    assert sorted(choose(50, 50)) == list(range(50))
    assert (choose(50, 20) == choose(50, 50)[:20]).all()
    assert (choose(50, 50) != choose(50, 50, seed=1)).any()
    assert (choose(50, 50) != choose(50, 50, part="test")).any()


def test_too_many_are_refused():
    with pytest.raises(
        UserError,
        match="x: the test part holds 5 windows, wanted n_test = 6; lower n_test or length",
    ):
        choose(5, 6, "test")
    with pytest.raises(ValueError, match="n_train must be at least 1, got 0"):
        choose(5, 0)
