"""One table of many runs, and what people see of it."""

import json

import pandas as pd
import pytest

from rpgan import tables
from rpgan.errors import UserError
from rpgan.stages.show import show
from rpgan.stages.summarise import nested, summarise

VALUES = {"psd_distance": (0.4, 0.01), "hurst_median": (0.3, 0.2), "hurst_missing": (0.0, 0.0)}


def scores(dataset, model, replicate, shift=0.0):
    rows = [
        {"dataset": dataset, "model": model, "replicate": replicate, "metric": metric}
        | {"value": value and value + shift, "floor": floor, "excess": value - floor}
        | {"untrained": 2.0, "low": 0.0, "high": 1.0}
        for metric, (value, floor) in VALUES.items()
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def sources(tmp_path):
    paths = []
    for replicate, shift in ((0, 0.0), (1, 0.2)):
        path = tmp_path / "a" / "m" / str(replicate) / "metrics.parquet"
        tables.write(path, scores("a", "m", replicate, shift), {})
        paths.append(path)
    return paths


def test_every_row_of_every_run(sources, tmp_path):
    summarise(sources, tmp_path / "s.parquet", tmp_path / "s.json")
    table = tables.read(tmp_path / "s.parquet")
    assert len(table) == 2 * len(VALUES)
    digest = json.loads((tmp_path / "s.json").read_text())
    assert digest == nested(table)
    assert digest["a"]["m"] == {
        "psd_distance": pytest.approx(0.5),
        "hurst_median": pytest.approx(0.4),
    }
    assert digest["a"]["floor"]["psd_distance"] == 0.01


def test_a_value_that_does_not_exist_is_null(sources, tmp_path):
    table = scores("a", "m", 0)
    table.loc[0, "value"] = float("nan")
    tables.write(sources[0], table, {})
    summarise(sources[:1], tmp_path / "s.parquet", tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["a"]["m"]["psd_distance"] is None


@pytest.mark.parametrize("wrong", [("b", "m", 0), ("a", "n", 0), ("a", "m", 1)])
def test_scores_of_another_run_are_refused(sources, tmp_path, wrong):
    tables.write(sources[0], scores(*wrong), {})
    with pytest.raises(UserError, match="not the scores of a / m / 0; delete it and run again"):
        summarise(sources, tmp_path / "s.parquet")
    tables.write(sources[0], pd.DataFrame({"x": [1]}), {})
    with pytest.raises(UserError, match="not the scores of"):
        summarise(sources, tmp_path / "s.parquet")


def test_the_printed_table(sources, tmp_path, capsys):
    summarise(sources, tmp_path / "s.parquet")
    show(tmp_path / "s.parquet", everything=False)
    out = capsys.readouterr().out
    assert "0.5" in out, "the mean over replicates"
    assert "Means over 2 replicates" in out
    assert "hurst_missing" not in out, "nothing is missing"
    show(tmp_path / "s.parquet", everything=True)
    out = capsys.readouterr().out
    assert "0.6" in out
    assert "hurst_missing" in out


def test_what_is_missing_is_shown(tmp_path, capsys):
    path = tmp_path / "metrics.parquet"
    table = scores("a", "m", 0)
    table.loc[table["metric"] == "hurst_missing", "value"] = 0.1
    tables.write(path, table, {})
    show(path, everything=False)
    assert "hurst_missing" in capsys.readouterr().out
