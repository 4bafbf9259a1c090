"""Models that are fitted, not trained: from settings to series."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from rpgan import series
from rpgan.errors import UserError
from rpgan.losses import WGANGP
from rpgan.models import IAAFT, GaussianSurrogate, IIDBootstrap, WaveGAN
from rpgan.representations import Pad, Scale
from rpgan.settings import build
from rpgan.spec import as_json
from rpgan.stages.represent import represent
from rpgan.stages.sample import made_from, sample
from rpgan.stages.simulate import simulate
from rpgan.stages.train import train as stage
from rpgan.training.combinations import AT_ONCE
from rpgan.training.data import Data
from rpgan.training.fit import fit
from rpgan.training.history import MEASURED
from rpgan.training.run import Run
from rpgan.training.state import State

CPU = torch.device("cpu")
MODELS = [GaussianSurrogate(), IIDBootstrap(values=1000), IAAFT()]


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def fitted(request, run):
    """On one scale for all samples of a series: one for each would give each its own marginal."""
    data = replace(run.data, steps=(Pad(), Scale(kind="global_min_max")))
    return replace(run, data=data, model=request.param, loss=None, training=AT_ONCE)


def test_from_settings_to_series(fitted, tmp_path, capsys):
    simulate(fitted.data.draw, tmp_path / "series.arrow")
    represent(fitted.data, tmp_path / "series.arrow", tmp_path / "tensors.arrow")
    files = [tmp_path / name for name in ("tensors.arrow", "g.pt", "h.parquet", "u.pt")]
    stage(fitted, *files, device=CPU, interval=1e9)
    assert f"{fitted.model.name} is fitted at once" in capsys.readouterr().err
    assert not files[3].exists()
    (row,) = pd.read_parquet(files[2]).to_dict("records")
    assert row["step"] == 1
    measured = {name: row[name] for name in MEASURED}
    assert measured.pop("gpu_seconds") == 0
    assert min(measured.values()) > 0

    drawn = [tmp_path / name for name in ("samples.arrow", "untrained.arrow")]
    sample(fitted, 300, files[1], *drawn, device=CPU)
    trained, untrained = (
        series.read(file, made_from(fitted, 300, which))
        for file, which in zip(drawn, (True, False), strict=True)
    )
    real = fitted.data.draw.series()
    assert trained.shape == (300, 32)
    # 64 series of FGN with H = 0.8 and of 32 samples: the mean's sd is 32^-0.2 / 8 = 0.06, and the
    # samples' is as near to the set's
    assert abs(trained.mean() - real.mean()) < 0.15
    assert abs(trained.std() / real.std() - 1) < 0.1
    assert abs(np.std(untrained) / real.std() - 1) > 0.1
    sample(fitted, 10, files[1], *drawn, device=CPU, at_once=3)
    few = series.read(drawn[0], made_from(fitted, 10, True))
    np.testing.assert_allclose(few, trained[:10], rtol=1e-4, atol=1e-5)


def test_the_same_every_time(fitted, tensors):
    one, two = (fit(fitted, Data.on(CPU, tensors))[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_settings_survive_the_command_line(fitted):
    assert build(Run, json.loads(as_json(fitted))) == fitted
    short = {k: v for k, v in json.loads(as_json(fitted)).items() if k not in ("loss", "training")}
    assert build(Run, short) == fitted


def test_loss_and_training_do_not_apply(fitted, run):
    for settings in ({"loss": WGANGP()}, {"training": run.training}):
        with pytest.raises(UserError, match=r"toy: \w+ is fitted at once, by one process; leave"):
            replace(fitted, **settings)
    with pytest.raises(UserError, match=r"toy: loss is missing; wavegan needs one"):
        replace(run, loss=None)


def test_each_kind_has_its_own_way(fitted, run, tensors):
    with pytest.raises(TypeError, match="is fitted, not trained"):
        State(fitted, CPU)
    with pytest.raises(TypeError, match="wavegan is trained, not fitted"):
        fit(run, Data.on(CPU, tensors))
    assert isinstance(run.model, WaveGAN)
