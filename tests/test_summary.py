"""One table of many runs, and what people see of it."""

import json

import numpy as np
import pandas as pd
import pytest

from rpgan import tables
from rpgan.errors import UserError
from rpgan.stages.evaluate import with_undefined
from rpgan.stages.show import show
from rpgan.stages.summarise import nested, summarise

MADE_FROM = {
    "battery": {"real": {"process": {"name": "fgn", "hurst": 0.3}, "source": None, "varying": {}}},
    "run": {"loss": {"name": "wgan_gp"}},
}
VALUES = {"psd_distance": (0.4, 0.01), "hurst_median": (0.3, 0.2), "hurst_missing": (0.0, 0.0)}


def scores(dataset, model, replicate, shift=0.0):
    rows = [
        {"dataset": dataset, "model": model, "replicate": replicate, "metric": metric}
        | {"value": value and value + shift, "floor": floor, "excess": value - floor}
        | {"untrained": 2.0, "low": 0.0, "high": 1.0, "p_value": 0.5}
        | {"floor_low": floor, "floor_high": floor}
        for metric, (value, floor) in VALUES.items()
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def sources(tmp_path):
    paths = []
    for replicate, shift in ((0, 0.0), (1, 0.2)):
        path = tmp_path / "a" / "m" / str(replicate) / "metrics.parquet"
        tables.write(path, scores("a", "m", replicate, shift), MADE_FROM)
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
    tables.write(sources[0], table, MADE_FROM)
    summarise(sources[:1], tmp_path / "s.parquet", tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["a"]["m"]["psd_distance"] is None


@pytest.mark.parametrize("wrong", [("b", "m", 0), ("a", "n", 0), ("a", "m", 1)])
def test_scores_of_another_run_are_refused(sources, tmp_path, wrong):
    tables.write(sources[0], scores(*wrong), {})
    with pytest.raises(
        UserError, match=r"\(not the scores of a / m / 0\); delete it and run again"
    ):
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


def test_broken_series_are_shown_and_their_absence_is_not(tmp_path, capsys):
    path = tmp_path / "metrics.parquet"
    for share, is_seen in ((0.0, False), (0.25, True)):
        row = scores("a", "m", 0).iloc[[0]].assign(metric="not_finite", value=share)
        tables.write(path, pd.concat([scores("a", "m", 0), row]), {})
        show(path, everything=False)
        assert ("not_finite" in capsys.readouterr().out) == is_seen


def test_data_sets_without_a_law_are_named_beside_others(tmp_path, capsys):
    path, note = (
        tmp_path / "metrics.parquet",
        "No law is known of b: there the floor is of one half",
    )
    lawful, recorded = scores("a", "m", 0), scores("b", "m", 0).assign(p_value=float("nan"))
    for table, is_seen in ((lawful, False), (pd.concat([lawful, recorded]), True)):
        tables.write(path, table, {})
        show(path, everything=False)
        assert (note in capsys.readouterr().out) == is_seen


def test_metrics_that_are_not_defined_are_rows_with_a_reason(sources, tmp_path, capsys):
    rows = scores("a", "m", 0).drop(columns=["dataset", "model", "replicate"])
    rows = rows.assign(n=48, length=64, draws=9)
    marked = with_undefined(rows, {"psd_distance": "it has no variance"})
    assert marked["undefined"].tolist() == ["", "", "", "it has no variance"]
    last = marked.iloc[-1]
    assert np.isnan(last["value"])
    assert (last["n"], last["length"], last["draws"]) == (48, 64, 0)
    assert marked.dtypes.drop("undefined").equals(rows.dtypes)
    table = marked.iloc[1:].assign(dataset="a", model="m", replicate=0)
    tables.write(sources[0], table, MADE_FROM)
    summarise(sources[:1], tmp_path / "s.parquet", tmp_path / "s.json")
    assert "psd_distance" not in (tmp_path / "s.json").read_text()
    assert tables.read(tmp_path / "s.parquet")["undefined"].tolist().count("") == 2
    show(tmp_path / "s.parquet", everything=False)
    assert "psd_distance" not in capsys.readouterr().out
    show(tmp_path / "s.parquet", everything=True)
    assert "a: no psd_distance: it has no variance" in capsys.readouterr().out


def history(path, seconds):
    rows = {"step": [1, 2], "D/fake": [0.1, 0.2], "seconds": [1.0, seconds]}
    rows |= {"samples_per_second": [10.0, 20.0], "peak_memory_mib": [5.0, 6.0]}
    rows |= {"gpu_seconds": [0.0, 2 * seconds]}
    tables.write(path.with_name("history.parquet"), pd.DataFrame(rows), {})


def test_a_summary_says_what_it_is_of(sources, tmp_path):
    summarise(sources, tmp_path / "s.parquet")
    table = tables.read(tmp_path / "s.parquet")
    assert set(table["process"]) == {"fgn"}
    assert json.loads(str(table["parameters"].iloc[0])) == {"name": "fgn", "hurst": 0.3}
    assert set(table["loss"]) == {"wgan_gp"}
    assert len(set(table["settings"])) == 1
    tables.write(sources[1], scores("a", "m", 1), MADE_FROM | {"run": {"loss": {"name": "wgan"}}})
    summarise(sources, tmp_path / "s.parquet")
    assert len(set(tables.read(tmp_path / "s.parquet")["settings"])) == 2


def test_costs_are_apart_and_the_summary_does_not_depend_on_them(sources, tmp_path):
    written = []
    for seconds in (3.0, 4.0):
        for path in sources:
            history(path, seconds)
        summarise(sources, tmp_path / "s.parquet", costs=tmp_path / "c.parquet")
        costs = tables.read(tmp_path / "c.parquet")
        assert costs["seconds"].tolist() == [seconds] * 2
        assert costs["steps"].tolist() == [2, 2]
        assert costs["gpu_seconds"].tolist() == [2 * seconds] * 2
        assert costs["device"].tolist() == ["gpu", "gpu"]
        assert costs["replicate"].tolist() == [0, 1]
        written.append((tmp_path / "s.parquet").read_bytes())
    assert written[0] == written[1]
