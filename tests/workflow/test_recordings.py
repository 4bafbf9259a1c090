"""A dataset of recordings goes the same way as one of a process."""

from typing import Any

import numpy as np
import pytest
from project_copy import Copy, copy_to

from rpgan import series, tables

DATASET = """
  mine:
    source: {name: table, path: recordings/mine.csv, columns: [a, b], split: time}
    length: 64
    n_train: 64
    n_test: 20
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Copy:
    """A copy whose grid is one dataset of two channels, and one model."""
    copy = copy_to(tmp_path_factory.mktemp("recordings"))
    columns = np.random.default_rng(0).standard_normal((7000, 2))
    path = copy.top / "recordings/mine.csv"
    np.savetxt(path, columns, delimiter=",", header="a,b", comments="")
    params = copy.top / "params.yaml"
    text = params.read_text()
    text = text.replace("    - fgn_h0.3\n    - bg\n", "    - mine\n").replace("    - stftgan\n", "")
    params.write_text(text.replace("\nrepresentations:", DATASET + "representations:"))
    copy.make()
    return copy


def test_recordings_are_scored_without_a_law(copy):
    table: Any = tables.read(copy.top / "results/summary.parquet").set_index("metric")
    assert {"psd_distance", "marginal_ks"} <= set(table.index)
    assert not any(name.startswith("hurst") for name in table.index)
    assert table["p_value"].isna().to_numpy().all()
    there = table["undefined"] == ""
    assert table.loc[there, ["value", "floor", "untrained"]].notna().to_numpy().all()
    assert set(table.index[~there]) == {"parameters"}
    samples, _ = series.read_any(copy.top / "results/mine/wavegan/0/samples.arrow")
    assert samples.shape == (20, 2, 64)
    assert len(list((copy.top / "results/figures").glob("*_mine.pdf"))) == 9
    assert (copy.top / "results/tables/results_mine.csv").exists()


def test_the_parts_share_no_sample(copy):
    train, test = (
        series.read_any(copy.top / f"data/mine/{part}.arrow")[0] for part in ("train", "test")
    )
    assert not set(train.ravel().tolist()) & set(test.ravel().tolist())


def test_an_edited_recording_reruns_what_was_made_from_it(copy):
    assert copy.planned() == {}
    (copy.top / "recordings/mine.csv").touch()
    assert copy.planned() == {}
    text = (copy.top / "recordings/mine.csv").read_text()
    row = text.splitlines()[100]
    with copy.edited("recordings/mine.csv", row, "0.5,0.5"):
        planned = copy.planned()
    assert planned["simulate"] == 2
    assert planned["train"] == 1


def test_a_missing_recording_is_one_line_before_any_job(copy):
    path = copy.top / "recordings/mine.csv"
    path.rename(path.with_suffix(".gone"))
    try:
        said = copy.refused("snakemake", "-n")
    finally:
        path.with_suffix(".gone").rename(path)
    assert "rpgan: datasets.mine: recordings/mine.csv: no such file" in said


def test_too_few_windows(copy):
    with copy.edited("params.yaml", "n_test: 20", "n_test: 200"):
        said = copy.refused("python", "-m", "rpgan", "simulate", "mine")
    assert "the test part holds 21 windows of 64 samples, wanted n_test = 200; lower" in said
    with copy.edited("params.yaml", "n_train: 64\n    n_test: 20", "n_train: 640\n    n_test: 20"):
        said = copy.refused("python", "-m", "rpgan", "simulate", "mine")
    assert "the train part holds 87 windows of 64 samples, wanted n_train = 640; lower" in said


def test_recordings_from_outside_are_refused(copy):
    with copy.edited("params.yaml", "path: recordings/mine.csv", "path: recordings/../../x.csv"):
        assert "path must lie in recordings/" in copy.refused("snakemake", "-n")
