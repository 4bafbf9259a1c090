from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rpgan import params
from rpgan.errors import UserError
from rpgan.sources import Table


def read(source, part, n, length, seed=0):
    return source.read(part, n, length, np.random.default_rng(seed))


def everything(source, part, length, seed=0):
    with pytest.raises(UserError) as error:
        read(source, part, 10**6, length, seed)
    return read(source, part, int(str(error.value).split("holds ")[1].split()[0]), length, seed)


def in_order(found):
    return found.series[np.lexsort([found.beside["window"], found.beside["recording"]])]


def as_csv(columns, separator=",", header=True):
    lines = [separator.join(columns)] if header else []
    lines += [separator.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


DAYS = {
    "day": [f"2020-{i}" for i in range(40)],
    "open": np.arange(1, 41),
    "close": np.arange(101, 141),
}


@pytest.fixture(params=["csv", "tsv", "headless", "parquet"])
def stock(request, tmp_path):
    """Settings for one table of forty days."""
    path = tmp_path / f"x.{'csv' if request.param == 'headless' else request.param}"
    if request.param == "parquet":
        pq.write_table(pa.table({k: pa.array(v) for k, v in DAYS.items()}), path)
    elif request.param == "tsv":
        path.write_text(as_csv(DAYS, "\t"))
    else:
        path.write_text(as_csv(DAYS, header=request.param == "csv"))
    extra = {"tsv": {"separator": "\t"}, "headless": {"header": False}}.get(request.param, {})
    names = ("1", "2") if request.param == "headless" else ("open", "close")
    return {"path": str(path), "columns": names, "split": "time", "test_share": 0.25} | extra


def test_columns_are_channels(stock):
    source = Table(**stock)
    assert source.shape(5) == (2, 5)
    train, test = (in_order(everything(source, part, 5)) for part in ("train", "test"))
    assert train.dtype == np.float32
    assert train[:, 0].tolist() == np.arange(1, 31).reshape(6, 5).tolist()
    assert test[:, 0].tolist() == np.arange(31, 41).reshape(2, 5).tolist()
    assert (train[:, 1] == train[:, 0] + 100).all()


def test_one_column_has_no_channels(stock):
    source = Table(**stock | {"columns": stock["columns"][1:]})
    assert source.shape(5) == (5,)
    assert in_order(everything(source, "train", 5))[0].tolist() == [101, 102, 103, 104, 105]


def test_newest_first(stock):
    source = Table(**stock | {"reverse": True, "columns": stock["columns"][:1]})
    assert in_order(everything(source, "train", 10))[0].tolist() == list(range(40, 30, -1))
    assert in_order(everything(source, "test", 10))[0].tolist() == list(range(10, 0, -1))


@pytest.mark.parametrize(
    ("transform", "expected"),
    [("difference", lambda x: x[1:] - x[:-1]), ("log_return", lambda x: np.log(x[1:] / x[:-1]))],
)
def test_changes_do_not_cross_the_boundary(stock, transform, expected):
    source = Table(**stock | {"transform": transform, "columns": stock["columns"][:1]})
    train, test = (everything(source, part, 1).series[:, 0] for part in ("train", "test"))
    np.testing.assert_allclose(np.sort(train), np.sort(expected(np.arange(1.0, 31))), rtol=1e-6)
    np.testing.assert_allclose(np.sort(test), np.sort(expected(np.arange(31.0, 41))), rtol=1e-6)


@pytest.fixture
def long(tmp_path):
    """Six series in one table, their rows mixed; each sample is like no other."""
    values = np.arange(1, 241)
    whose = np.random.default_rng(0).permutation(values % 6)
    names = np.array(["01", "1", "1.0", "2", "3", "4"])[whose]
    (tmp_path / "x.csv").write_text(as_csv({"id": names, "x": values, "y": -values}))
    return {"path": str(tmp_path / "x.csv"), "columns": ("x", "y"), "series_column": "id"}


def test_rows_of_a_series_stay_together(long):
    whose = np.random.default_rng(0).permutation(np.arange(1, 241) % 6)
    order = list(dict.fromkeys(whose))  # recordings are counted as their names appear
    for part, n in (("train", 5), ("test", 1)):
        found = everything(Table(**long), part, 40)
        assert found.series.shape == (n, 2, 40)
        assert len(set(found.beside["recording"])) == n
        for x, recording in zip(found.series, found.beside["recording"], strict=True):
            assert (x[0] == np.flatnonzero(whose == order[recording]) + 1).all()
            assert (x[1] == -x[0]).all()


@pytest.mark.parametrize("split", ["recording", "time"])
@given(
    length=st.integers(1, 12),
    overlap=st.floats(0, 0.95),
    share=st.floats(0.1, 0.9),
    seed=st.integers(0, 9),
)
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_no_sample_is_in_both_parts(long, split, length, overlap, share, seed):
    source = Table(**long, split=split, overlap=overlap, test_share=share)
    values = []
    for part in ("train", "test"):
        with pytest.raises(UserError) as error:
            read(source, part, 10**6, length, seed)
        n = int(str(error.value).split("holds ")[1].split()[0])
        if n == 0:
            return
        values.append(set(read(source, part, n, length, seed).series.ravel().tolist()))
    assert not values[0] & values[1]


ACTIVITY = np.array([0] * 7 + [2] * 13 + [0] * 3 + [1.5] * 17)  # of the forty days


@pytest.fixture
def active(stock):
    """The same with a label of each day, in a column of its own."""
    path = Table(**stock).files()[0]
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        pq.write_table(table.append_column("activity", pa.array(ACTIVITY)), path)
    else:
        separator, lines = stock.get("separator", ","), path.read_text().splitlines()
        rows = ([] if "header" in stock else ["activity"]) + [f"{x:g}" for x in ACTIVITY]
        added = (separator.join(both) for both in zip(lines, rows, strict=True))
        path.write_text("\n".join(added))
    return stock | {"label": "3" if "header" in stock else "activity"}


def labelled(source, part, length):
    """Windows in order, with the label of each."""
    found = everything(source, part, length)
    order = np.lexsort([found.beside["window"], found.beside["recording"]])
    return found.series[order], found.beside["label"][order]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("length", "overlap"), [(1, 0.0), (4, 0.0), (4, 0.75), (10, 0.9)])
def test_a_window_has_one_label(active, reverse, length, overlap):
    """By the definition: any window whose days have one label, with that; no other."""
    source = Table(**active | {"overlap": overlap, "reverse": reverse})
    assert "label" in source.tells
    hop = round(length * (1 - overlap))
    days = np.arange(40)[::-1] if reverse else np.arange(40)
    for part, held in (("train", days[:30]), ("test", days[30:])):
        starts = range(0, len(held) - length + 1, hop)
        windows = [w for w in (held[i : i + length] for i in starts) if np.ptp(ACTIVITY[w]) == 0]
        if not windows:
            continue
        series, label = labelled(source, part, length)
        assert (series[:, 0] - 1).tolist() == np.array(windows).tolist()
        assert label.tolist() == [ACTIVITY[w[0]] for w in windows]


def test_without_a_label_no_window_is_left_out(active):
    source = Table(**active | {"label": None})
    assert "label" not in source.tells
    found = everything(source, "train", 4)
    assert found.series.shape == (7, 2, 4)
    assert "label" not in found.beside


def test_a_difference_has_the_label_of_both_its_days(tmp_path):
    """Where they have one: from a day of one label to one of another there is none."""
    days = np.arange(40)
    (tmp_path / "x.csv").write_text(as_csv({"x": days**2, "activity": ACTIVITY}))
    source = Table(
        path=str(tmp_path / "x.csv"),
        columns=("x",),
        label="activity",
        split="time",
        test_share=0.05,
        transform="difference",
    )
    series, label = labelled(source, "train", 1)
    first = days[:37][ACTIVITY[:37] == ACTIVITY[1:38]]
    assert series[:, 0].tolist() == (2 * first + 1).tolist()
    assert label.tolist() == ACTIVITY[first].tolist()


def test_series_have_labels_of_their_own(long):
    """Rows of all series are mixed: each has the label of its own rows, in both parts."""
    path = Table(**long).files()[0]
    header, *rows = path.read_text().splitlines()
    said = {"01": 7, "1": 8, "1.0": 9, "2": 7, "3": 5, "4": -1}
    names = [row.split(",")[0] for row in rows]
    added = (f"{row},{said[name]}" for row, name in zip(rows, names, strict=True))
    path.write_text("\n".join([f"{header},sort", *added]))
    of_value = {i + 1: said[name] for i, name in enumerate(names)}
    for part, n in (("train", 50), ("test", 10)):
        found = everything(Table(**long, label="sort"), part, 4)
        assert len(found.series) == n
        for x, label in zip(found.series, found.beside["label"], strict=True):
            assert {of_value[int(value)] for value in x[0]} == {label}


def test_equal_series_of_other_labels_stay_together(tmp_path):
    """What decides the part is the series: the same under two labels is in one of the parts."""
    rows = np.random.default_rng(0).integers(0, 99, (6, 8)).repeat(4, axis=0)
    labelled_rows = np.column_stack([rows, np.arange(24) % 4])
    np.savetxt(tmp_path / "x.csv", labelled_rows, delimiter=",", fmt="%d")
    source = Table(path=str(tmp_path / "x.csv"), wide=True, header=False, label="8", test_share=0.5)
    for seed in range(5):
        train, test = (
            {tuple(x) for x in read(source, part, 12, 8, seed).series.tolist()}
            for part in ("train", "test")
        )
        assert not train & test


@pytest.mark.parametrize("columns", [(), ("0", "2", "3", "5")])
def test_a_row_has_a_label(tmp_path, columns):
    """Which is no sample of it, wherever the column stands."""
    rows = np.arange(60).reshape(10, 6) / 8
    rows[:, 1] = label = np.arange(10) % 3
    np.savetxt(tmp_path / "x.csv", rows, delimiter=",", fmt="%.17g")
    source = Table(
        path=str(tmp_path / "x.csv"), wide=True, header=False, columns=columns, label="1"
    )
    kept = [0, 2, 3, 4, 5] if not columns else [int(name) for name in columns]
    for part in ("train", "test"):
        found = everything(source, part, 2)  # several windows of a row have its label
        row, window = found.beside["recording"], found.beside["window"]
        assert set(window) == {0, 1}
        expected = rows[row[:, None], np.array(kept)[2 * window[:, None] + np.arange(2)]]
        assert (found.series == expected).all()
        assert (found.beside["label"] == label[row]).all()


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (["1", "sick", "2"], r"row 2, column 'y': wanted a number, found 'sick'; give each label"),
        (["1", "2", ""], r"row 3, column 'y': wanted a finite number, found none"),
        (["true", "false", "true"], "wanted a number, found 'true'; give each label a number"),
        (pa.array(["a", "b", "a"]), "'y': wanted numbers, found string; give each label a number"),
    ],
)
def test_a_broken_label_is_named(tmp_path, column, message):
    path = tmp_path / ("x.csv" if isinstance(column, list) else "x.parquet")
    if isinstance(column, list):
        path.write_text(as_csv({"x": [1, 2, 3], "y": column}))
    else:
        pq.write_table(pa.table({"x": [1.0, 2.0, 3.0], "y": column}), path)
    with pytest.raises(UserError, match=message) as error:
        read(Table(path=str(path), columns=("x",), label="y", split="time"), "train", 1, 1)
    assert "\n" not in str(error.value)


def test_several_labels_are_flags(tmp_path):
    """The first counts 1, the second 2, the third 4; a window has one set of them."""
    rows = {"x": range(8), "a": [1] * 6 + [0] * 2, "b": [0] * 8, "c": [0, 0, 1, 1, 1, 1, 1, 1]}
    (tmp_path / "x.csv").write_text(as_csv(rows))
    source = Table(path=str(tmp_path / "x.csv"), columns=("x",), label=("a", "b", "c"))
    known = everything(replace(source, split="time", test_share=0.25), "train", 2)
    labels = known.beside["label"]
    assert {tuple(x): label for x, label in zip(known.series.tolist(), labels, strict=True)} == {
        (0.0, 1.0): 1,
        (2.0, 3.0): 5,
        (4.0, 5.0): 5,
    }
    (tmp_path / "x.csv").write_text(as_csv(rows | {"b": [0, 2, 0, 0, 0, 0, 0, 0]}))
    with pytest.raises(UserError, match=r"row 2, column 'b': wanted a flag, 0 or 1, .* found 2"):
        read(replace(source, split="time"), "train", 1, 2)


def test_labels_that_never_last_are_said(tmp_path):
    (tmp_path / "x.csv").write_text(as_csv({"x": range(8), "y": [0, 1] * 4}))
    source = Table(path=str(tmp_path / "x.csv"), columns=("x",), label="y", split="time")
    with pytest.raises(UserError, match="holds 0 windows of 2 samples and one label, wanted"):
        read(source, "train", 1, 2)


def test_a_condition_on_a_label_is_checked_before_any_job():
    """By the settings of the table: it need not be there."""
    settings = YAML(typ="safe").load(Path(__file__).parents[2] / "params.yaml")
    vitals = {"name": "table", "path": "recordings/ward", "columns": ["a", "b", "c", "d"]}
    flags = [f"flag{i}" for i in range(7)]
    labels = {"told": "outcome", "flags": flags, "fewer": flags[:6]}
    for name, label in [*((k, {"label": v}) for k, v in labels.items()), ("untold", {})]:
        sizes = {"length": 16, "n_train": 2000, "n_test": 100}
        settings["datasets"][name] = {"source": vitals | label} | sizes
    checked = params.check(settings)
    for name in ("told", "flags"):
        assert checked.run(name, "rcgan_vitals", 0).shape == (4, 16)
    with pytest.raises(UserError, match="it has 7 flags, and the label of the source 6 columns"):
        checked.run("fewer", "rcgan_vitals", 0)
    with pytest.raises(UserError, match="condition on label: there is no such column") as error:
        checked.run("untold", "rcgan_vitals", 0)
    assert "\n" not in str(error.value)


def test_wide(tmp_path):
    rows = np.arange(60).reshape(10, 6) / 8
    np.savetxt(tmp_path / "x.csv", rows, delimiter=",", fmt="%.17g")
    source = Table(path=str(tmp_path / "x.csv"), wide=True, header=False)
    assert source.shape(6) == (6,)
    train, test = everything(source, "train", 6), everything(source, "test", 6)
    assert (len(train.series), len(test.series)) == (8, 2)
    for found in (train, test):
        assert (found.series == rows[found.beside["recording"]]).all()
    some = Table(path=str(tmp_path / "x.csv"), wide=True, header=False, columns=("1", "2", "4"))
    found = read(some, "train", 3, 3)
    assert (found.series == rows[found.beside["recording"]][:, [1, 2, 4]]).all()


def test_equal_rows_stay_together(tmp_path):
    rows = np.random.default_rng(0).integers(0, 99, (6, 8)).repeat(4, axis=0)
    np.savetxt(tmp_path / "x.csv", rows, delimiter=",", fmt="%d")
    source = Table(path=str(tmp_path / "x.csv"), wide=True, header=False, test_share=0.5)
    for seed in range(5):
        train, test = (
            {tuple(x) for x in read(source, part, 12, 8, seed).series.tolist()}
            for part in ("train", "test")
        )
        assert not train & test


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    for i, name in enumerate(["b", "a", "sub/c", "d"]):
        (tmp_path / f"{name}.csv").write_text(as_csv({"x": np.arange(20) + 100 * i}))
    return tmp_path


def test_a_folder_has_a_series_in_each_file(folder, monkeypatch):
    source = Table(path=str(folder), columns=("x",))
    once = everything(source, "train", 5)
    assert [path.stem for path in source.files()] == ["a", "b", "d", "c"]
    first = np.array([100, 0, 300, 200])[once.beside["recording"]]
    assert (once.series[:, 0] == first + 5 * once.beside["window"]).all()
    path_class = type(folder)
    rglob = path_class.rglob
    monkeypatch.setattr(path_class, "rglob", lambda self, p: list(rglob(self, p))[::-1])
    again = read(source, "train", len(once.series), 5)
    np.testing.assert_array_equal(again.series, once.series)
    assert (read(source, "train", len(once.series), 5, seed=1).series != once.series).any()
    np.testing.assert_array_equal(read(source, "train", 4, 5).series, once.series[:4])


def test_a_series_in_two_files_is_refused(folder):
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text(as_csv({"id": ["s"] * 9, "x": np.arange(9)}))
    (folder / "d.csv").unlink()
    (folder / "sub" / "c.csv").unlink()
    source = Table(path=str(folder), columns=("x",), series_column="id")
    with pytest.raises(UserError, match=r"b\.csv: series 's' is in .*a\.csv too"):
        read(source, "train", 1, 3)


TEXT = "id,x,y\na,1,2\nb,3,4\nb,5,6\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace("6", "six"), "row 3, column 'y': wanted a number, found 'six'"),
        (TEXT.replace("6", ""), "row 3, column 'y': wanted a finite number, found none"),
        (TEXT.replace("3", "NaN"), "row 2, column 'x': wanted a finite number, found none"),
        (TEXT.replace("3", "inf"), "row 2, column 'x': wanted a finite number, found inf"),
        (TEXT.replace("4", '"4'), r"row 2, column 'y': wanted a number, found '4\\nb,5,6\\n'"),
        (TEXT.replace("4", '"' + "4," * 10_000), r"row 2, column 'y': .{,120}$"),
        (TEXT.replace(",", ";"), "has no column 'x'; its columns are 'id;x;y'; separator is ','$"),
        (TEXT.replace("1", "true"), "row 1, column 'x': wanted a number, found 'true'"),
        (TEXT.replace("b,5", ",5"), "row 3, column 'id': wanted the name of a series"),
        (TEXT.replace("3,4", "3"), "cannot be read as a table"),
        (TEXT.replace("3,4", "3,4,9"), "cannot be read as a table"),
        (TEXT.replace("y", "z"), "has no column 'y'; its columns are 'id', 'x', 'z'"),
        (TEXT.replace("id", "x"), "has more than one column 'x'"),
        (TEXT.replace("6", "1e40"), "holds 1e\\+40, too large for float32"),
        ("", "cannot be read as a table"),
    ],
)
def test_a_broken_table_is_named(tmp_path, text, message):
    (tmp_path / "x.csv").write_text(text)
    key = None if "x,x" in text else "id"
    source = Table(
        path=str(tmp_path / "x.csv"),
        columns=("x", "y"),
        series_column=key,
        split="time",
        test_share=0.5,
    )
    with pytest.raises(UserError, match=rf"x\.csv: {message}") as error:
        read(source, "test", 1, 1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array(["1", "2"]), "wanted numbers, found string|found large_string|wanted"),
        (pa.array([True, False]), "column 'x': wanted numbers, found bool"),
        (pa.array([1.0, None]), "row 2, column 'x': wanted a finite number, found none"),
        (pa.array([1.0, -np.inf]), "row 2, column 'x': wanted a finite number, found -inf"),
    ],
)
def test_a_broken_parquet_file_is_named(tmp_path, column, message):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": column}), path)
    source = Table(path=str(path), columns=("x",), split="time", test_share=0.5)
    with pytest.raises(UserError, match=rf"x\.parquet: .*({message})"):
        read(source, "train", 1, 1)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"x\.parquet: cannot be read as a table") as error:
        read(source, "train", 1, 1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["größe,x\n1,2\n", "x,größe\n1,2\n"])
def test_other_encodings_are_said(tmp_path, text):
    (tmp_path / "x.csv").write_bytes(text.encode("latin-1"))
    source = Table(path=str(tmp_path / "x.csv"), columns=("x",), split="time")
    with pytest.raises(UserError, match=r"x\.csv: its text is not UTF-8; save it as UTF-8$"):
        read(source, "train", 1, 1)


def test_a_bad_number_far_down_is_found(tmp_path):
    """Past the first block that Arrow reads."""
    values = [str(i) for i in range(300_000)]
    values[250_000] = "oops"
    (tmp_path / "x.csv").write_text(as_csv({"x": values}))
    with pytest.raises(UserError, match="row 250001, column 'x': wanted a number, found 'oops'"):
        read(Table(path=str(tmp_path / "x.csv"), columns=("x",), split="time"), "train", 1, 1)


def test_log_returns_want_positive_values(stock):
    source = Table(**stock | {"transform": "log_return"})
    path = source.files()[0]
    if path.suffix == ".csv":
        path.write_text(path.read_text().replace(",7,", ",0,"))
        with pytest.raises(UserError, match="log_return wants positive values, found 0"):
            read(source, "train", 1, 5)


def test_what_is_missing(tmp_path):
    source = Table(path=str(tmp_path / "absent.csv"), columns=("x",))
    with pytest.raises(
        UserError,
        match=r"absent\.csv: no such file or folder; wanted a \.csv or \.tsv or \.parquet file",
    ):
        source.files()
    (tmp_path / "x.txt").write_text("")
    with pytest.raises(UserError, match=r"x\.txt: not a \.csv"):
        Table(path=str(tmp_path / "x.txt"), columns=("x",)).files()
    with pytest.raises(UserError, match="found none"):
        Table(path=str(tmp_path), columns=("x",)).files()
    (tmp_path / "x.csv").write_text("x\n")
    with pytest.raises(UserError, match="found no windows of 3 samples; lower length"):
        read(Table(path=str(tmp_path), columns=("x",)), "train", 1, 3)
    (tmp_path / "x.csv").write_text("x\n1\n2\n3\n")
    with pytest.raises(UserError, match="use split: time"):
        read(Table(path=str(tmp_path), columns=("x",)), "train", 1, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "columns must name at least one column, unless wide"),
        ({"columns": ("x", "x")}, "must all differ"),
        ({"columns": ("x",), "series_column": "x"}, "must all differ"),
        ({"wide": True, "series_column": "x"}, "wide has a series in each row"),
        ({"columns": ("x",), "label": "x"}, "series_column and label must all differ"),
        ({"columns": ("x",), "series_column": "y", "label": "y"}, "must all differ"),
        ({"columns": ("x",), "separator": ""}, "separator must be one character"),
        ({"columns": ("x",), "overlap": -0.1}, "overlap must lie in"),
        ({"columns": ("x",), "test_share": 1}, "test_share must lie in"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Table(path="x", **settings)
