"""What `rpgan score` makes of a file that somebody brings."""

from dataclasses import replace

import numpy as np
import pytest

from rpgan import tables
from rpgan.battery import Battery
from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.metrics import Copies, Marginal, PSDDistance
from rpgan.processes import FGN
from rpgan.sources.table import Table
from rpgan.stages import score as stage

LAW = FGN(hurst=0.3)
DRAW = Draw(dataset="fgn", part="test", process=LAW, length=64, n=40, seed=3)
BATTERY = Battery(real=DRAW, metrics=(PSDDistance(), Marginal()), floor_draws=3)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def drawn(monkeypatch):
    """Sizes of the sets whose floors were drawn."""
    sizes, fresh_draws = [], stage.fresh_draws

    def counted(battery, real, n, threads):
        sizes.append((n, battery.real.length))
        return fresh_draws(battery, real, n, threads)

    monkeypatch.setattr(stage, "fresh_draws", counted)
    return sizes


def file_of(folder, n=30, length=64, name="mine.npy"):
    path = folder / name
    np.save(path, LAW.sample(n, length, np.random.default_rng(n)))
    return path


def recorded(folder):
    rows = LAW.sample(50, 64, np.random.default_rng(1))
    header = ",".join(f"t{i}" for i in range(64))
    np.savetxt(folder / "rows.csv", rows, delimiter=",", header=header, comments="")
    source = Table(path=str(folder / "rows.csv"), wide=True)
    draw = Draw(dataset="mine", part="test", source=source, length=64, n=10, seed=3)
    return Battery(real=draw, metrics=(PSDDistance(), Marginal()), floor_draws=3)


def test_it_says_what_columns_mean_and_what_metrics_cannot_see(folder, capsys):
    stage.score(BATTERY, file_of(folder), folder / "out.parquet")
    said = capsys.readouterr().out
    assert "30 series of 64 samples against fgn" in said
    for column in tables.read(folder / "out.parquet").columns:
        assert column in said or column == "undefined"
    assert "as many series from the law itself" in said
    assert f"psd_distance: {PSDDistance.blind[:40]}" in said


def test_series_of_the_training_set_are_told_if_they_are_as_long(folder, capsys):
    training = replace(DRAW, part="train", n=60)
    battery = Battery(real=DRAW, metrics=(Copies(),), floor_draws=3, training=training)
    np.save(folder / "copies.npy", training.series()[:30])
    stage.score(battery, folder / "copies.npy", folder / "out.parquet")
    found = tables.read(folder / "out.parquet").set_index("metric").to_dict()["value"]
    assert found["copy_share"] == 1
    stage.score(battery, file_of(folder, length=32), None)
    assert "no copies: no training set of series like these is at hand" in capsys.readouterr().out


def test_recordings_are_said_to_have_the_floor_of_halves(folder, capsys):
    stage.score(recorded(folder), file_of(folder), None)
    said = capsys.readouterr().out
    assert "splits of the real set into halves" in said
    assert "from the law itself" not in said


def test_a_floor_is_drawn_once_for_each_number_length_and_battery(folder, drawn):
    for _ in range(2):
        stage.score(BATTERY, file_of(folder), folder / "first.parquet")
    assert drawn == [(30, 64)]
    stage.score(BATTERY, file_of(folder, n=20), None)
    stage.score(BATTERY, file_of(folder, length=48), None)
    other = Battery(real=DRAW, metrics=(PSDDistance(tapers=5), Marginal()), floor_draws=3)
    stage.score(other, file_of(folder), None)
    assert drawn == [(30, 64), (20, 64), (30, 48), (30, 64)]
    stage.score(BATTERY, file_of(folder), folder / "again.parquet")
    assert len(drawn) == 4
    first, again = (tables.read(folder / f"{name}.parquet") for name in ("first", "again"))
    assert first.equals(again)


def test_other_code_draws_another_floor(folder, drawn, monkeypatch):
    asked = []
    for digest in ("a", "b", "a"):
        monkeypatch.setattr(stage, "code_digest", lambda *of, d=digest: asked.append(of) or d)
        stage.score(BATTERY, file_of(folder), None)
    assert len(drawn) == 2
    modules = {"stages.floor", "processes.fgn", "metrics.psd_distance", "metrics.marginal"}
    assert set(asked[0]) == modules


def test_the_floor_of_recordings_is_never_kept(folder, drawn):
    for _ in range(2):
        stage.score(recorded(folder), file_of(folder), None)
    assert len(drawn) == 2
    assert not (folder / "scratch").exists()


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(folder, capsys):
    (folder / "scratch").write_text("a file where the folder would be")
    stage.score(BATTERY, file_of(folder), None)
    assert "psd_distance" in capsys.readouterr().out


def test_other_kinds_of_file_are_refused_before_they_are_opened(folder):
    (folder / "mine.csv").write_text("1,2\n")
    with pytest.raises(UserError, match=r"mine\.csv: wanted series in a file that ends in \.arrow"):
        stage.score(BATTERY, folder / "mine.csv", None)


def test_what_cannot_be_compared_is_refused_before_the_floor(folder, drawn):
    with pytest.raises(UserError, match="as long as the real ones, 64 samples, got 48"):
        stage.score(recorded(folder), file_of(folder, length=48), None)
    assert drawn == []
