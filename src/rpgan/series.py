"""A set of series, or of the tensors made from them, as one Arrow file.

The column `series` holds fixed-shape tensors: shape (length,), (channels, length) or whatever a
representation makes of it. Further columns hold what is known beside each series, such as the
value of a parameter that differs from one to the next. What the file was made from is JSON under
the schema's key `rpgan`.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.files import replacing, require_made_from

KEY = b"rpgan"
STATE = b"rpgan.state"  # what a representation learnt from the training set

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
    metadata = _opened(path).schema.metadata or {}
    if wanted is not None:
        require_made_from(path, json.loads(metadata.get(KEY, b"null")), wanted)
    with np.load(io.BytesIO(metadata[STATE]), allow_pickle=False) as arrays:
        state: State = [{} for _ in range(int(arrays["steps"]))]
        for place in set(arrays.files) - {"steps"}:
            step, _, name = place.partition(".")
            state[int(step)][name] = arrays[place]
    return state


def read_beside(path: Path) -> Beside:
    """The values stored beside the series, by name, shape (n,)."""
    table = _table(path)
    return {name: table[name].to_numpy() for name in table.column_names if name != "series"}


def read_any(path: Path) -> tuple[NDArray[np.float32], dict[str, Any] | None]:
    """The series of any file, `.arrow` or `.npy`, and what it was made from (None if not ours)."""
    if path.suffix == ".npy":
        return _read_npy(path), None
    table = _table(path)
    metadata = (table.schema.metadata or {}).get(KEY)
    return _as_array(path, table.column("series")), json.loads(metadata) if metadata else None


def _table(path: Path) -> pa.Table:
    table = _opened(path)
    if "series" not in table.column_names:
        raise UserError(f"{path}: wanted a column 'series', found {table.column_names}")
    return table


def _require(path: Path) -> None:
    if not path.exists():
        raise UserError(f"{path}: no such file")


def _opened(path: Path) -> pa.Table:
    _require(path)
    try:
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all()
    except pa.ArrowInvalid as error:
        raise UserError(
            f"{path}: not a whole Arrow file ({error}); delete it and run again"
        ) from None


def _as_bytes(state: State) -> bytes:
    """A file of NumPy's .npz format, with each array under the number of its step and its name."""
    arrays = {f"{i}.{name}": a for i, step in enumerate(state) for name, a in step.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, steps=np.array(len(state)), **arrays)
    return buffer.getvalue()


def _as_array(path: Path, column: pa.ChunkedArray) -> NDArray[np.float32]:
    values = column.combine_chunks()
    values = values.chunk(0) if isinstance(values, pa.ChunkedArray) else values
    if isinstance(values, pa.FixedShapeTensorArray):
        return values.to_numpy_ndarray()
    if pa.types.is_fixed_size_list(values.type):
        return values.flatten().to_numpy().reshape(len(values), -1)
    raise UserError(
        f"{path}: wanted 'series' of fixed-size lists or fixed-shape tensors, found {values.type}"
    )


def _read_npy(path: Path) -> NDArray[np.float32]:
    _require(path)
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path}: not an array of numbers in NumPy's format ({error})") from None
