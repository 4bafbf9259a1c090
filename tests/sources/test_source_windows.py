import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpgan.sources.windows import Windows

settings = {
    "samples": st.integers(0, 60),
    "length": st.integers(1, 20),
    "overlap": st.floats(0, 0.999),
    "pad_end": st.booleans(),
}


def starts(windows, samples):
    """Number of the first sample of each window, and whether zeros follow the last sample."""
    series = np.arange(1, samples + 1)[np.newaxis]
    return windows.cut(windows.fit(series))[:, 0]


@pytest.mark.parametrize(
    ("samples", "length", "overlap", "pad_end", "expected"),
    [
        (7, 3, 0, False, [[1, 2, 3], [4, 5, 6]]),
        (7, 3, 0, True, [[1, 2, 3], [4, 5, 6], [7, 0, 0]]),
        (6, 3, 0, True, [[1, 2, 3], [4, 5, 6]]),
        (7, 4, 0.5, False, [[1, 2, 3, 4], [3, 4, 5, 6]]),
        (7, 4, 0.5, True, [[1, 2, 3, 4], [3, 4, 5, 6], [5, 6, 7, 0]]),
        (4, 3, 0.9, False, [[1, 2, 3], [2, 3, 4]]),
        (2, 3, 0, False, []),
        (2, 3, 0, True, [[1, 2, 0]]),
        (0, 3, 0, True, []),
    ],
)
def test_windows_are_where_they_should_be(samples, length, overlap, pad_end, expected):
    windows = Windows(length, overlap, pad_end)
    assert starts(windows, samples).tolist() == expected
    first = Windows(length, overlap, pad_end, first_only=True)
    assert starts(first, samples).tolist() == expected[:1]


@given(**settings)
def test_every_window_is_a_run_and_the_count_is_kept(samples, length, overlap, pad_end):
    windows = Windows(length, overlap, pad_end)
    cut = starts(windows, samples)
    assert len(cut) == windows.count(samples)
    hop = max(1, round(length * (1 - overlap)))
    for i, window in enumerate(cut):
        run = np.arange(i * hop, i * hop + length) + 1
        assert (window == np.where(run <= samples, run, 0)).all()
        assert run[0] <= samples
    if pad_end and samples:
        assert cut.max() == samples  # nothing is dropped
    if not pad_end:
        assert (cut > 0).all()
        assert samples - len(cut) * hop - (length - hop) * (len(cut) > 0) < max(hop, length)


def test_channels_stay_together():
    series = np.arange(20).reshape(2, 10)
    windows = Windows(4, 0.5)
    assert (windows.cut(windows.fit(series))[1] == series[:, 2:6]).all()
