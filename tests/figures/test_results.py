from typing import Any

import numpy as np
import pandas as pd
import pytest

from rpgan import layout, tables
from rpgan.errors import UserError
from rpgan.figures import results
from rpgan.figures.family import metrics, numbers, select


def test_one_row_for_each_run_and_one_for_each_floor(family, root, tmp_path):
    results.write(family, root, tmp_path / "new" / "results.csv")
    table: Any = pd.read_csv(tmp_path / "new" / "results.csv")
    scores = metrics(family, root)
    assert list(table.columns[:4]) == ["dataset", "hurst", "model", "replicate"]
    assert list(table.columns[4:]) == list(dict.fromkeys(scores["metric"]))
    runs = table[table["model"] != "floor"]
    for row in runs.to_dict("records"):
        own = select(scores, dataset=row["dataset"], model=row["model"], replicate=row["replicate"])
        assert [row[name] for name in own["metric"]] == list(own["value"])
        assert row["hurst"] == family.members[row["dataset"]]
    assert len(runs) == 12
    floors = table[table["model"] == "floor"]
    assert list(floors["dataset"]) == list(family.members)
    assert (floors["psd_distance"] == 0.05).all()
    assert floors["replicate"].isna().all()


def test_a_value_that_a_member_lacks_is_empty(family, root):
    scores: Any = metrics(family, root)
    lacking = (scores["dataset"] == "fgn_h0.5") & (scores["metric"] == "psd_distance")
    table: Any = results.by_run(family, scores[~lacking])
    empty = table["psd_distance"].isna()
    assert set(table.loc[empty, "dataset"]) == {"fgn_h0.5"}
    assert empty.sum() == 5


def test_what_is_not_defined_has_no_column(family, root):
    """The first run lacks a metric that the others have; another metric does not exist."""
    for dataset in family.members:
        for model, replicate in family.runs():
            path = root / layout.run(dataset, model, replicate, "metrics.parquet")
            rows: Any
            rows, made_from = tables.read_any(path)
            kept = rows["metric"] != "energy_distance"
            first = (model, replicate) == (family.models[0], 0)
            lacking = {"metric": ["acf", "energy_distance"][: 1 + first], "undefined": "no law"}
            rows = pd.concat([rows[kept] if first else rows, pd.DataFrame(lacking)])
            tables.write(path, rows, made_from)
    table: Any = results.by_run(family, metrics(family, root))
    assert "acf" not in table
    first = (table["model"] == family.models[0]) & (table["replicate"] == 0)
    assert (table["energy_distance"].isna() == first.fillna(False)).all()
    assert (table.loc[table["model"] == "floor", "energy_distance"] == 0.05).all()
    assert "acf" not in set(results.means(family, metrics(family, root))["value"])


def test_means_stand_beside_the_range_over_trainings_and_the_floor(family, root):
    table = results.means(family, metrics(family, root))
    row = table[(table["dataset"] == "fgn_h0.5") & (table["value"] == "psd_distance")].iloc[0]
    assert row["ideal"] == "0"
    assert row["floor"] == "0.05 (0.04 to 0.07)"
    assert row["WaveGAN"] == "0.705 (0.7 to 0.71)"
    assert row["STFT-GAN"] == "0.805 (0.8 to 0.81)"
    order = list(table.loc[table["dataset"] == "fgn_h0.5", "value"])
    assert order[:3] == ["psd_distance", "hurst_median", "scale_median"]


def test_a_run_without_a_value_is_left_out_and_none_is_a_dash(family, root):
    scores = metrics(family, root)
    own = (scores["metric"] == "psd_distance") & (scores["dataset"] == "fgn_h0.5")
    scores.loc[own & (scores["model"] == "stftgan"), "value"] = np.nan
    scores.loc[own & (scores["model"] == "wavegan") & (scores["replicate"] == 0), "value"] = np.nan
    table = results.means(family, scores)
    row = table[(table["dataset"] == "fgn_h0.5") & (table["value"] == "psd_distance")].iloc[0]
    assert row["STFT-GAN"] == "–"
    assert row["WaveGAN"] == "0.71 (0.71 to 0.71)"
    assert len(numbers(scores, "value")) == len(scores)


def test_markdown_is_a_table_with_its_legend(family, root, tmp_path):
    results.write(family, root, tmp_path / "results.md")
    text = (tmp_path / "results.md").read_text()
    assert text.startswith("| dataset")
    assert "range over trainings" in text
    assert "| fgn_h0.9  | psd_distance" in text


def test_other_formats_are_refused(family, root, tmp_path):
    with pytest.raises(UserError, match=r"results.html: tables are written as csv, md, not as"):
        results.write(family, root, tmp_path / "results.html")
