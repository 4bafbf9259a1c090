import numpy as np
import pytest

from rpgan import draw, randomness
from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.processes import FBM, FGN, AlphaStable, BandNoise, BernoulliGaussian, ShotNoise
from rpgan.processes.parameter_laws import Uniform

PROCESSES = [
    FGN(hurst=0.3),
    FBM(hurst=0.7),
    BandNoise(band=2),
    ShotNoise(rate=0.5),
    ShotNoise(rate=0.5, pulse="gaussian"),
    BernoulliGaussian(probability=0.1),
    AlphaStable(alpha=1.5),
]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: f"{p.name}")
def test_chunks_are_the_set_in_one_piece(process, monkeypatch):
    whole = Draw(dataset="d", part="train", process=process, length=50, n=300, seed=1)
    rng = randomness.generator(1, "draw", "d", "train")
    want = process.sample(300, 50, rng).astype(np.float32)
    for size in (64, 128, 1024):
        monkeypatch.setattr(draw, "CHUNK", size)
        assert (whole.series() == want).all()


def test_values_are_kept_beside_their_series_in_chunks_as_in_one_piece(monkeypatch):
    law = {"hurst": Uniform(low=0.1, high=0.9)}
    whole = Draw(
        dataset="d", part="train", process=FGN(hurst=0.5), varying=law, length=20, n=200, seed=1
    )
    series, beside = whole.series_and_values()
    assert beside["hurst"].shape == (200,)
    monkeypatch.setattr(draw, "CHUNK", 64)
    again, values = whole.series_and_values()
    assert (again == series).all()
    assert (values["hurst"] == beside["hurst"]).all()


def test_what_single_precision_cannot_hold_is_refused():
    wild = AlphaStable(alpha=1.5, scale=1e38)
    with pytest.raises(UserError, match=r"dataset 'd': .* size .*e\+.*stored in single precision"):
        Draw(dataset="d", part="train", process=wild, length=64, n=64, seed=1).series()


def test_numbers_beyond_double_precision_are_one_line():
    process = BernoulliGaussian(probability=0.1, impulse=1e200)
    beyond = Draw(dataset="d", part="test", process=process, length=8, n=2, seed=1)
    with pytest.raises(UserError, match=r"dataset 'd': .* too large \(Numerical result out of ran"):
        beyond.series()


def test_parts_datasets_and_seeds_are_independent():
    """A common stream would correlate sets by 1; independent ones by 1 / sqrt(6400) = 0.0125."""
    names = [("a", "train", 1), ("a", "test", 1), ("b", "train", 1), ("a", "train", 2)]
    sets = [
        Draw(dataset=d, part=p, process=FGN(hurst=0.5), length=64, n=100, seed=s).series().ravel()
        for d, p, s in names
    ]
    correlation = np.corrcoef(sets) - np.eye(4)
    assert np.abs(correlation).max() < 5 * 0.0125


def test_a_set_of_nothing_known():
    with pytest.raises(ValueError, match="a process, a source or both"):
        Draw(dataset="d", part="train", length=10, n=3, seed=1)
    with pytest.raises(ValueError, match="part must be one of train, test, got 'all'"):
        Draw(dataset="d", part="all", process=FGN(hurst=0.5), length=10, n=3, seed=1)


@pytest.mark.parametrize(("n", "length"), [(0, 10), (3, 1)])
def test_sizes_that_make_no_set(n, length):
    with pytest.raises(ValueError, match="at least"):
        Draw(dataset="d", part="train", process=FGN(hurst=0.5), length=length, n=n, seed=1)
