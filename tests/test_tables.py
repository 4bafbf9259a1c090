import pandas as pd
import pytest

from rpgan import tables
from rpgan.errors import UserError

TABLE = pd.DataFrame({"metric": ["a", "b"], "value": [1.5, float("nan")]})


def test_round_trip(tmp_path):
    tables.write(tmp_path / "t.parquet", TABLE, {"seed": 1})
    pd.testing.assert_frame_equal(tables.read(tmp_path / "t.parquet", {"seed": 1}), TABLE)


def test_made_from_other_settings(tmp_path):
    tables.write(tmp_path / "t.parquet", TABLE, {"seed": 1})
    with pytest.raises(UserError, match=r"t\.parquet.*seed is 1, wanted 2"):
        tables.read(tmp_path / "t.parquet", {"seed": 2})


def test_truncated_foreign_and_absent(tmp_path):
    tables.write(tmp_path / "t.parquet", TABLE, {})
    whole = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "half.parquet").write_bytes(whole[: len(whole) // 2])
    TABLE.to_parquet(tmp_path / "foreign.parquet")
    for name in ("half.parquet", "foreign.parquet", "absent.parquet"):
        with pytest.raises(UserError, match=name):
            tables.read(tmp_path / name)
