"""Tables as Parquet, each with the settings it was made from."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rpgan.errors import UserError
from rpgan.files import missing, replacing, require_made_from

KEY = b"rpgan"


def write(path: Path, table: pd.DataFrame, made_from: dict[str, Any]) -> None:
    """Store `table` (its columns, not its index)."""
    rows = pa.Table.from_pandas(table, preserve_index=False)
    rows = rows.replace_schema_metadata(
        {**(rows.schema.metadata or {}), KEY: json.dumps(made_from)}
    )
    with replacing(path) as temporary:
        pq.write_table(rows, temporary)


def read(path: Path, wanted: dict[str, Any] | None = None) -> pd.DataFrame:
    """The table in `path`; with `wanted`, only if it was made from exactly these settings."""
    table, made_from = read_any(path)
    if wanted is not None:
        require_made_from(path, made_from, wanted)
    return table


def read_any(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table in `path`, and what it was made from."""
    if not path.exists():
        raise missing(path)
    try:
        rows = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path}: not a whole Parquet file ({reason}); if rpgan made it, delete it and"
            " run again"
        ) from None
    metadata = (rows.schema.metadata or {}).get(KEY)
    if metadata is None:
        raise UserError(
            f"{path}: not a table made by rpgan; if it should be one, delete it and run again"
        )
    return rows.to_pandas(), json.loads(metadata)
