import re

import numpy as np
import pandas as pd
import pytest

from rpgan import exhibits, layout, series, tables, words
from rpgan.errors import UserError
from rpgan.exhibits import FIGURES
from rpgan.figures import KINDS, TABLES, Family
from rpgan.figures.family import closed_form, law, metrics
from rpgan.processes import FGN
from rpgan.processes.varying import Varying

OTHER = "made from other settings than those asked for"
ALONE = [(k, process) for k in KINDS for process in ("", "fgn") if process or not FIGURES[k].law]


def first(family, file):
    return layout.run(next(iter(family.members)), "wavegan", 0, file)


def of_first_and_last(kind):
    """A file that a kind reads of the first member, the last member's, and what these are of."""
    exhibit = FIGURES[kind]
    if not exhibit.of_run:
        table = exhibit.of_law[0]
        return (
            layout.law("fgn_h0.1", table),
            layout.law("fgn_h0.9", table),
            ("fgn_h0.9", "fgn_h0.1"),
        )
    names = ("fgn_h0.1", "wavegan", 0), ("fgn_h0.9", "stftgan", 1)
    paths = [layout.run(*name, exhibit.of_run[-1]) for name in names]
    return *paths, ("fgn_h0.9 / stftgan / 1", "fgn_h0.1 / wavegan / 0")


def test_every_kind_has_its_inputs():
    assert list(FIGURES) == list(KINDS)
    assert list(TABLES) == list(exhibits.TABLES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_run_is_refused_by_name(kind, family, root):
    path, other, (found, wanted) = of_first_and_last(kind)
    path = root / path
    path.write_bytes((root / other).read_bytes())
    message = f"{path}: {OTHER} (is of {found}, wanted {wanted})"
    with pytest.raises(UserError, match=re.escape(message)):
        KINDS[kind](family, root)


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_file_is_refused_by_name(kind, family, root):
    path = root / of_first_and_last(kind)[0]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match=re.escape(f"{path}: not a whole")):
        KINDS[kind](family, root)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_is_refused_by_name(kind, family, root):
    path = root / of_first_and_last(kind)[0]
    path.unlink()
    with pytest.raises(UserError, match=re.escape(f"{path}: no such file")):
        KINDS[kind](family, root)


@pytest.mark.parametrize("table", ["spectra", "estimates"])
def test_the_law_of_another_member_is_refused_by_name(table, family, root):
    path = root / layout.law("fgn_h0.1", table)
    path.write_bytes((root / layout.law("fgn_h0.5", table)).read_bytes())
    kind = "spectra" if table == "spectra" else "combined"
    with pytest.raises(
        UserError, match=re.escape(f"{path}: {OTHER} (is of fgn_h0.5, wanted fgn_h0.1)")
    ):
        KINDS[kind](family, root)


def test_a_member_of_another_parameter_is_refused_by_name(family, root):
    wrong = Family(**(vars(family) | {"members": family.members | {"fgn_h0.1": 0.15}}))
    path = root / first(family, "metrics.parquet")
    message = f"{path}: {OTHER} (hurst is 0.1, wanted 0.15)"
    with pytest.raises(UserError, match=re.escape(message)):
        KINDS["combined"](wrong, root)


def test_foreign_files_are_refused_by_name(family, root):
    path = root / first(family, "metrics.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(UserError, match=re.escape(f"{path}: not a table made by rpgan")):
        KINDS["combined"](family, root)
    tables.write(path, pd.DataFrame({"a": [1]}), {"something": "else"})
    with pytest.raises(UserError, match=re.escape(f"{path}: {OTHER} (is of unknown")):
        KINDS["combined"](family, root)
    path = root / layout.series("fgn_h0.1", "test")
    series.write(path, series.read_any(path)[0], {})
    with pytest.raises(UserError, match=re.escape(f"{path}: {OTHER} (is of unknown")):
        KINDS["examples"](family, root)


def test_a_table_without_a_column_or_rows_is_refused_by_name(family, root):
    path = root / first(family, "metrics.parquet")
    table, made_from = tables.read_any(path)
    tables.write(path, table.drop(columns="floor"), made_from)
    with pytest.raises(UserError, match=re.escape(f"{path}: has no column 'floor'")):
        KINDS["combined"](family, root)
    tables.write(path, table.head(0), made_from)
    with pytest.raises(UserError, match=re.escape(f"{path}: has no rows")):
        KINDS["combined"](family, root)


def test_the_law_of_a_test_set_knows_what_differs_from_series_to_series(family, root):
    assert law(family, "fgn_h0.1", root) == FGN(hurst=0.1)
    path = root / layout.series("fgn_h0.1", "test")
    values, made_from = series.read_any(path)
    varying = {"hurst": {"name": "uniform", "low": 0.05, "high": 0.2}}
    series.write(path, np.array(values), (made_from or {}) | {"varying": varying})
    assert isinstance(law(family, "fgn_h0.1", root), Varying)
    assert closed_form(law(family, "fgn_h0.1", root), "autocovariance", np.arange(3)) is None


def test_scores_of_all_runs_in_order(family, root):
    found = metrics(family, root)
    runs = found[["dataset", "model", "replicate"]].drop_duplicates()
    assert list(runs.itertuples(index=False, name=None)) == [
        (d, m, r) for d in family.members for m in family.models for r in range(2)
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("members", {}), ("models", []), ("replicates", 0), ("members", {"a": 0.1, "b": 0.1})],
)
def test_a_family_needs_something_to_show(family, setting, value):
    with pytest.raises(ValueError, match=setting):
        Family(**(vars(family) | {setting: value}))


def test_names_in_print():
    assert words.axis("shot_noise", "rate") == "arrival rate [1/pulse width]"
    assert words.axis("telegraph", "rate") == "switching rate [1/unit of time]"
    assert words.axis("fgn", "some_new_thing") == "some new thing"
    assert words.model("stftgan") == "STFT-GAN"
    assert words.model("wavegan4096") == "WaveGAN 4096"
    assert words.model("my_own") == "my_own"
    assert (
        words.process({"name": "shot_noise", "pulse": "gaussian"}) == "Shot noise, Gaussian pulses"
    )
    assert words.process({"name": "new_kind"}) == "New kind"


def alone(process):
    """One dataset that has no parameter to be ordered by."""
    return Family(
        name="mine",
        process=process,
        parameter="",
        members={"mine": 0.0},
        models=["wavegan", "stftgan"],
        replicates=2,
    )


def words_of(figure):
    return " ".join(t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")))


@pytest.mark.parametrize(("kind", "process"), ALONE)
def test_a_dataset_without_law_or_parameter_is_drawn_by_its_name(kind, process, folder_of):
    figure = KINDS[kind](alone(process), folder_of(alone(process)))
    said = words_of(figure)
    assert "mine" in said
    assert ("Recorded series" in said) == (not process)
    if kind == "combined":
        assert len(figure.axes) == (3 if process else 1)  # no estimates without a law


def test_several_members_need_a_parameter():
    with pytest.raises(ValueError, match="several members need a parameter, got"):
        Family(
            name="x",
            process="fgn",
            parameter="",
            members={"a": 0.0, "b": 1.0},
            models=["wavegan"],
            replicates=1,
        )
