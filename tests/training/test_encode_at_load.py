"""Trainings that encode their series themselves, on the device."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rpgan import series, tables
from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.representations import STFT, Polar, Scale
from rpgan.spec import plain
from rpgan.stages.represent import fit, represent
from rpgan.stages.train import train
from rpgan.training import checkpoint
from rpgan.training.data import Data
from rpgan.training.settings import Fast

CPU = torch.device("cpu")


@pytest.fixture
def raw(run, tmp_path):
    path = tmp_path / "train.arrow"
    draw: Draw = run.data.draw
    series.write(path, draw.series(), plain(draw))
    return path


def trained(run, folder, source, fitted=None):
    files = [folder / name for name in ("G.pt", "history.parquet", "unfinished.pt")]
    train(run, source, *files, device=CPU, interval=1e9, fitted=fitted)
    return checkpoint.load(files[0], CPU), tables.read(files[1])


def test_a_training_is_that_on_tensors(run, raw, tmp_path):
    """To the last bit on the CPU, where scaling is the same operations; so are state and history."""
    represent(run.data, raw, tmp_path / "tensors.arrow")
    fit(run.data, raw, tmp_path / "fitted.arrow")
    assert (tmp_path / "fitted.arrow").stat().st_size < raw.stat().st_size
    want, rows = trained(run, tmp_path, tmp_path / "tensors.arrow")
    fast = replace(run.training, fast=Fast(encode_at_load=True))
    got, again = trained(replace(run, training=fast), tmp_path, raw, tmp_path / "fitted.arrow")
    assert got["G"].keys() == want["G"].keys()
    assert all((got["G"][name] == want["G"][name]).all() for name in want["G"])
    for one, other in zip(got["state"], want["state"], strict=True):
        assert one.keys() == other.keys()
        assert all((one[name] == other[name]).all() for name in one)
    losses = [name for name in rows if name.startswith(("D/", "G/"))]
    assert losses
    assert (rows[losses] == again[losses]).to_numpy().all()


def test_what_another_representation_learnt_is_refused(run, raw, tmp_path):
    other = replace(run.data, steps=(STFT(nperseg=8, hop=4), Polar(), Scale()))
    fit(other, raw, tmp_path / "fitted.arrow")
    with pytest.raises(UserError, match=r"fitted\.arrow: made from other settings"):
        trained(run, tmp_path, raw, tmp_path / "fitted.arrow")


def test_tensors_are_no_series(run, raw, tmp_path):
    represent(run.data, raw, tmp_path / "tensors.arrow")
    with pytest.raises(UserError, match=r"tensors\.arrow: made from other settings"):
        trained(run, tmp_path, tmp_path / "tensors.arrow", tmp_path / "tensors.arrow")


def test_a_digest_sees_every_value():
    """Of more items than are brought back at a time."""
    items = torch.from_numpy(np.random.default_rng(0).random((700, 1, 4)))
    digests = {Data(items).digest()}
    for i in (0, 255, 256, 699):
        changed = items.clone()
        changed[i, 0, 3] += 1
        digests.add(Data(changed).digest())
    assert len(digests) == 5
    assert Data(items.clone()).digest() == Data(items).digest()
