import numpy as np
import pyarrow as pa
import pytest

from rpgan import series
from rpgan.errors import UserError


@pytest.mark.parametrize("shape", [(5, 7), (3, 2, 8), (4, 2, 3, 5)])
def test_round_trip(tmp_path, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    state = [{"low": np.array([1.5, np.pi]), "length": np.array(7)}, {}]
    series.write(tmp_path / "x.arrow", x, {"a": 1}, state)
    assert (series.read(tmp_path / "x.arrow", {"a": 1}) == x).all()
    (first, second) = series.read_state(tmp_path / "x.arrow")
    assert first["length"] == 7
    assert (first["low"] == state[0]["low"]).all()
    assert second == {}


def test_state_without_series(tmp_path):
    path = tmp_path / "x.arrow"
    series.write_state(path, {"a": 1}, [{}, {"low": np.array([1.5, np.pi])}])
    first, second = series.read_state(path, {"a": 1})
    assert first == {}
    assert (second["low"] == [1.5, np.pi]).all()
    with pytest.raises(UserError, match=r"x\.arrow.*a is 1, wanted 2"):
        series.read_state(path, {"a": 2})
    with pytest.raises(UserError, match="wanted a column 'series', found"):
        series.read_any(path)


def test_values_beside_the_series(tmp_path):
    beside = {"hurst": np.array([0.1, 0.9]), "label": np.array([3, 4])}
    series.write(tmp_path / "x.arrow", np.zeros((2, 3)), {}, beside=beside)
    assert series.read(tmp_path / "x.arrow", {}).shape == (2, 3)
    found = series.read_beside(tmp_path / "x.arrow")
    assert found.keys() == beside.keys()
    assert all((found[name] == beside[name]).all() for name in beside)
    assert found["label"].dtype.kind == "i"


def test_another_program_can_read_it(tmp_path):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    series.write(tmp_path / "x.arrow", x, {})
    table = pa.ipc.open_file(str(tmp_path / "x.arrow")).read_all()
    assert table.column("series").to_pylist() == x.tolist()


def test_series_of_other_programs_are_read(tmp_path):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    column = pa.FixedSizeListArray.from_arrays(x.ravel(), 3)
    with pa.ipc.new_file(str(tmp_path / "x.arrow"), pa.schema([("series", column.type)])) as f:
        f.write_batch(pa.record_batch([column], names=["series"]))
    np.save(tmp_path / "x.npy", x)
    for name in ("x.arrow", "x.npy"):
        found, made_from = series.read_any(tmp_path / name)
        assert (found == x).all()
        assert made_from is None


def test_made_from_other_settings(tmp_path):
    path = tmp_path / "x.arrow"
    series.write(path, np.zeros((2, 3)), {"process": {"hurst": 0.2}, "n": 2})
    with pytest.raises(UserError, match=r"x\.arrow.*process\.hurst is 0\.2, wanted 0\.3"):
        series.read(path, {"process": {"hurst": 0.3}, "n": 2})


@pytest.mark.parametrize("keep", [0, 10, 0.5, -1])
def test_truncated(tmp_path, keep):
    path = tmp_path / "x.arrow"
    series.write(path, np.zeros((20, 30)), {})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(UserError, match=r"x\.arrow: not a whole Arrow file.*run again"):
        series.read(path, {})


def test_foreign(tmp_path):
    (tmp_path / "x.arrow").write_text("not a series")
    (tmp_path / "x.npy").write_text("not a series")
    for name in ("x.arrow", "x.npy", "absent.arrow"):
        with pytest.raises(UserError, match=name):
            series.read_any(tmp_path / name)


def test_nothing_pickled_is_loaded(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="not an array of numbers"):
        series.read_any(tmp_path / "x.npy")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.arrow"
    series.write(path, np.ones((2, 3)), {})
    with pytest.raises(TypeError):
        series.write(path, np.zeros((2, 3)), {"not JSON": object()})
    assert (series.read(path, {}) == 1).all()
    assert [p.name for p in tmp_path.iterdir()] == ["x.arrow"]


def test_a_damaged_file_is_named_wherever_it_is_damaged(tmp_path):
    """Whatever three bytes are others: it is refused by name, or only values are."""
    path = tmp_path / "x.arrow"
    series.write(path, np.zeros((3, 4)), {"a": 1}, [{"b": np.ones(3)}], {"c": np.arange(3)})
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = []
    for _ in range(200):
        content = np.frombuffer(whole, np.uint8).copy()
        content[rng.integers(0, len(whole), 3)] ^= rng.integers(1, 256, 3, dtype=np.uint8)
        path.write_bytes(content)
        try:
            series.read(path, {"a": 1})
            series.read_beside(path)
            series.read_state(path)
        except UserError as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert all(said.startswith(str(path)) and "\n" not in said for said in refused)


def test_arrays_that_are_not_real_numbers_are_refused(tmp_path):
    for values in (np.ones((2, 3), complex), np.array([["a", "b"]])):
        np.save(tmp_path / "x.npy", values)
        with pytest.raises(
            UserError, match=rf"x\.npy: wanted .* real numbers, found {values.dtype}"
        ):
            series.read_any(tmp_path / "x.npy")


def test_missing_series_are_said(tmp_path):
    """Without a look at what is null, two halves of a row would pass for two rows."""
    rows = pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2))
    batch = pa.record_batch([rows], names=["series"])
    with pa.ipc.new_file(str(tmp_path / "x.arrow"), batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(UserError, match=r"x\.arrow: 1 of its 2 series are missing"):
        series.read_any(tmp_path / "x.arrow")
