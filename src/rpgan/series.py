"""A set of series, or of the tensors made from them, as one Arrow file.

The column `series` holds fixed-shape tensors: shape (length,), (channels, length) or whatever a
representation makes of it. Further columns hold what is known beside each series, such as the
value of a parameter that differs from one to the next. What the file was made from is JSON under
the schema's key `rpgan`.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.files import missing, replacing, require_made_from

KEY = b"rpgan"
STATE = b"rpgan.state"  # what a representation learnt from the training set
# What damaged .npz bytes raise, wherever they are damaged.
BROKEN = (zipfile.BadZipFile, LookupError, ValueError, RuntimeError, EOFError, OSError)

State = list[dict[str, NDArray[Any]]]
Beside = Mapping[str, NDArray[Any]]


def write(
    path: Path,
    series: NDArray[Any],
    made_from: dict[str, Any],
    state: State | None = None,
    beside: Beside | None = None,
) -> None:
    """Store `series`, shape (n, ...), as float32.

    With it go the state that decodes it, if any, and columns of values `beside` it, shape (n,).
    """
    rows = np.ascontiguousarray(series, np.float32)
    columns = {"series": pa.FixedShapeTensorArray.from_numpy_ndarray(rows)}
    columns |= {name: pa.array(values) for name, values in (beside or {}).items()}
    metadata = {KEY: json.dumps(made_from), STATE: _as_bytes(state or [])}
    fields = [(name, column.type) for name, column in columns.items()]
    schema = pa.schema(fields, metadata=metadata)
    with replacing(path) as temporary, pa.ipc.new_file(str(temporary), schema) as writer:
        writer.write_batch(pa.record_batch(list(columns.values()), schema=schema))


def write_state(path: Path, made_from: dict[str, Any], state: State) -> None:
    """Store the state that would decode tensors, without any."""
    schema = pa.schema([], metadata={KEY: json.dumps(made_from), STATE: _as_bytes(state)})
    with replacing(path) as temporary, pa.ipc.new_file(str(temporary), schema):
        pass


def read(path: Path, wanted: dict[str, Any]) -> NDArray[np.float32]:
    """The series of a file made from exactly `wanted`, shape (n, ...), mapped and not copied."""
    series, made_from = read_any(path)
    require_made_from(path, made_from, wanted)
    return series


def read_state(path: Path, wanted: dict[str, Any] | None = None) -> State:
    """The state stored with `write` or `write_state`, made from exactly `wanted`, if given.

    It is an .npz file, of which the bytes are under `rpgan.state`.
    """
    table = _opened(path)
    if wanted is not None:
        require_made_from(path, _made_from(path, table), wanted)
    try:
        return _from_bytes((table.schema.metadata or {})[STATE])
    except BROKEN as error:
        raise UserError(
            f"{path}: the state stored in it is not whole ({error}); delete it and run again"
        ) from None


def read_beside(path: Path) -> Beside:
    """The values stored beside the series, by name, shape (n,)."""
    table = _table(path)
    return {name: table[name].to_numpy() for name in table.column_names if name != "series"}


def read_any(path: Path) -> tuple[NDArray[np.float32], dict[str, Any] | None]:
    """The series of any file, `.arrow` or `.npy`, and what it was made from (None if not ours)."""
    if path.suffix == ".npy":
        return _read_npy(path), None
    table = _table(path)
    return _as_array(path, table.column("series")), _made_from(path, table)


def _made_from(path: Path, table: pa.Table) -> dict[str, Any] | None:
    try:
        return json.loads((table.schema.metadata or {}).get(KEY, b"null"))
    except ValueError as error:
        raise _damaged(path, error) from None


def _table(path: Path) -> pa.Table:
    table = _opened(path)
    if "series" not in table.column_names:
        raise UserError(f"{path}: wanted a column 'series', found {table.column_names}")
    return table


def _require(path: Path) -> None:
    if not path.exists():
        raise missing(path)


def _opened(path: Path) -> pa.Table:
    _require(path)
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        table.validate()
        _ = table.column_names  # raises for what is no text
        return table
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> UserError:
    said = " ".join(str(error).split())
    return UserError(
        f"{path}: not a whole Arrow file ({said}); if rpgan made it, delete it and run again"
    )


def _as_bytes(state: State) -> bytes:
    """A file of NumPy's .npz format, with each array under the number of its step and its name."""
    arrays = {f"{i}.{name}": a for i, step in enumerate(state) for name, a in step.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, steps=np.array(len(state)), **arrays)
    return buffer.getvalue()


def _from_bytes(content: bytes) -> State:
    """The inverse of `_as_bytes`."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        state: State = [{} for _ in range(int(arrays["steps"]))]
        for place in set(arrays.files) - {"steps"}:
            step, _, name = place.partition(".")
            state[int(step)][name] = arrays[place]
    return state


def _as_array(path: Path, column: pa.ChunkedArray) -> NDArray[np.float32]:
    if column.null_count:
        raise UserError(f"{path}: {column.null_count} of its {len(column)} series are missing")
    values = column.combine_chunks()
    values = values.chunk(0) if isinstance(values, pa.ChunkedArray) else values
    number = getattr(values.type, "value_type", pa.null())
    if pa.types.is_floating(number) or pa.types.is_integer(number):
        if isinstance(values, pa.FixedShapeTensorArray):
            return values.to_numpy_ndarray()
        if pa.types.is_fixed_size_list(values.type):
            return values.flatten().to_numpy().reshape(len(values), -1)
    raise UserError(
        f"{path}: wanted 'series' of fixed-size lists or fixed-shape tensors of numbers, found"
        f" {values.type}"
    )


def _read_npy(path: Path) -> NDArray[np.float32]:
    _require(path)
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path}: not an array of numbers in NumPy's format ({error})") from None
    if values.dtype.kind not in "fiu":
        raise UserError(f"{path}: wanted an array of real numbers, found {values.dtype}")
    return values
