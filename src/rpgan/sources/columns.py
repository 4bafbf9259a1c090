"""Numbers from the columns of a CSV or Parquet file."""

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError

SUFFIXES = (".csv", ".tsv", ".parquet")
NUMBERS = "give each label a number"


@dataclass(frozen=True)
class Rows:
    """Finite numbers, (rows, columns); the key of each row, if there is one; its label, or 0."""

    values: NDArray[np.float64]
    keys: list[Any]
    label: NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Columns `names`, or all others if none is named; `key` says whose a row is, `labels` what."""

    names: tuple[str, ...]
    key: str | None
    labels: tuple[str, ...]
    separator: str
    header: bool

    def read(self, path: Path) -> Rows:
        """Raises UserError that names file, row (counted from 1, without the header) and column."""
        import pyarrow as pa

        try:
            there = self._header(path)
            names = self._wanted(path, there)
            table = self._table(path, there, names)
        except UnicodeDecodeError:
            raise UserError(f"{path}: its text is not UTF-8; save it as UTF-8") from None
        except (pa.ArrowInvalid, OSError) as error:
            said = " ".join(str(error).split())
            raise UserError(f"{path}: cannot be read as a table ({said}); mend it") from None
        values = np.empty((table.num_rows, len(names)))
        for i, name in enumerate(names):
            values[:, i] = _finite(path, name, table.column(name))
        keys = _keys(path, self.key, table.column(self.key)) if self.key else []
        labels = {name: _finite(path, name, table.column(name), NUMBERS) for name in self.labels}
        return Rows(values, keys, _label(path, labels, table.num_rows))

    @property
    def _beside(self) -> list[str]:
        return [*([] if self.key is None else [self.key]), *self.labels]

    def _wanted(self, path: Path, there: list[str]) -> list[str]:
        names = list(self.names) or [name for name in there if name not in self.labels]
        for name in [*names, *self._beside]:
            if there.count(name) != 1:
                count = "no" if name not in there else "more than one"
                listed = ", ".join(map(repr, there[:12])) + (", ..." if len(there) > 12 else "")
                separator = f"; separator is {self.separator!r}" if len(there) == 1 else ""
                raise UserError(
                    f"{path}: has {count} column {name!r}; its columns are {listed}{separator}"
                )
        return names

    def _header(self, path: Path) -> list[str]:
        import pyarrow.csv
        import pyarrow.parquet

        if path.suffix.lower() == ".parquet":
            return pyarrow.parquet.read_schema(path).names
        options = pyarrow.csv.ReadOptions(autogenerate_column_names=not self.header)
        with pyarrow.csv.open_csv(path, options, self._parsing()) as reader:
            names = reader.schema.names
        return names if self.header else [str(i) for i in range(len(names))]

    def _table(self, path: Path, there: list[str], names: list[str]) -> Any:
        import pyarrow as pa
        import pyarrow.parquet

        wanted = [*names, *self._beside]
        numbers = [name for name in wanted if name != self.key]
        if path.suffix.lower() == ".parquet":
            return pyarrow.parquet.read_table(path, columns=wanted)
        try:
            return self._csv(path, there, wanted, dict.fromkeys(numbers, pa.float64()))
        except pa.ArrowInvalid:
            # Arrow does not say in which row: read as text what it could not read as numbers.
            text = self._csv(path, there, wanted, dict.fromkeys(numbers, pa.string()))
            for name in numbers:
                advice = NUMBERS if name in self.labels else "mend it, or remove the row"
                _refuse_text(path, name, text.column(name).to_pylist(), advice)
            raise

    def _csv(self, path: Path, there: list[str], wanted: list[str], types: dict[str, Any]) -> Any:
        import pyarrow as pa
        from pyarrow import csv

        types = types | {self.key: pa.string()} if self.key else types
        return csv.read_csv(
            path,
            csv.ReadOptions(column_names=there, skip_rows=int(self.header)),
            self._parsing(),
            csv.ConvertOptions(include_columns=wanted, column_types=types),
        )

    def _parsing(self) -> Any:
        from pyarrow import csv

        return csv.ParseOptions(delimiter=self.separator)


def _finite(path: Path, name: str, column: Any, advice: str = "") -> NDArray[np.float64]:
    import pyarrow as pa

    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    if not any(kind(column.type) for kind in kinds):
        advice = advice and f"; {advice}"
        raise UserError(f"{path}: column {name!r}: wanted numbers, found {column.type}{advice}")
    values = column.cast(pa.float64(), safe=False).to_numpy()
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise UserError(
            f"{path}: row {wrong[0] + 1}, column {name!r}: wanted a finite number, found"
            f" {'none' if np.isnan(values[wrong[0]]) else values[wrong[0]]}; fill it in, or remove"
            " the row"
        )
    return values


def _refuse_text(path: Path, name: str, column: Sequence[str | None], advice: str) -> None:
    for row, text in enumerate(column, 1):
        try:
            float(text or "")
        except ValueError:
            found = reprlib.repr(text)  # short, as a quote without an end takes in the whole file
            raise UserError(
                f"{path}: row {row}, column {name!r}: wanted a number, found {found}; {advice}"
            ) from None


def _label(path: Path, labels: dict[str, NDArray[np.float64]], rows: int) -> NDArray[np.float64]:
    """That of each row: the number in its one column, or the sum of 2^i over the flags i set."""
    if len(labels) == 1:
        return next(iter(labels.values()))
    for name, flags in labels.items():
        wrong = np.flatnonzero((flags != 0) & (flags != 1))
        if len(wrong):
            raise UserError(
                f"{path}: row {wrong[0] + 1}, column {name!r}: wanted a flag, 0 or 1, as the label"
                f" has several columns, found {flags[wrong[0]]:g}; mend it, or name one column"
            )
    return sum((2.0**i * flags for i, flags in enumerate(labels.values())), np.zeros(rows))


def _keys(path: Path, name: str, column: Any) -> list[Any]:
    keys = column.to_pylist()
    for row, key in enumerate(keys, 1):
        if key is None or key == "":
            raise UserError(f"{path}: row {row}, column {name!r}: wanted the name of a series")
    return keys
