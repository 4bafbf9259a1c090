"""Series in the columns or rows of tables."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources import lengths, listing, parts
from rpgan.sources.columns import SUFFIXES, Columns
from rpgan.sources.gather import Advice, Recordings, gather
from rpgan.sources.labelled import Labelled
from rpgan.sources.recorded import Recorded
from rpgan.sources.windows import Windows, require_overlap
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class Table:
    """Windows of the series in CSV or Parquet files: a row for each time, or for each series.

    The data of TimeGAN (stock, energy) and FinGAN (prices of shares) are such tables.

    Parameters
    ----------
    path : str
        A .csv, .tsv or .parquet file, or a folder of them.
    columns : tuple of str
        The channels. With `wide`, the samples; none means all columns but the label.
    series_column : str, optional
        The column that says to which series a row belongs. Without it, each file is one series.
    label : str or tuple of str, optional
        A column of numbers, such as a diagnosis or an activity, that stands as ``label`` beside the
        windows of one label each; others are left out. A difference has the label of both its rows.
        Several columns are flags, 0 or 1, and the label is the sum of 2^i over those that are set.
    wide : bool
        Each row is a series, and its columns are its samples, but for its label.
    header : bool
        Whether a CSV file begins with the names of the columns. If not, they are "0", "1", ...
    separator : str
        Of a CSV file, one character.
    reverse : bool
        The newest sample comes first.
    transform : none, difference or log_return
        Differences of neighbouring samples, or of their natural logarithms.
    overlap : float in [0, 1)
        Of neighbouring windows; what is left at the end is dropped. TimeGAN's windows of 24 rows,
        one apart, have an overlap of 0.96.
    split : recording or time
        Whole series belong to a part, equal ones to the same, or the last `test_share` of each is
        the test part; then differences are taken within each of the two pieces.
    """

    path: str
    columns: tuple[str, ...] = ()
    series_column: str | None = None
    label: str | tuple[str, ...] | None = None
    wide: bool = False
    header: bool = True
    separator: str = ","
    reverse: bool = False
    transform: Literal["none", "difference", "log_return"] = "none"
    overlap: float = 0.0
    split: Literal["recording", "time"] = "recording"
    test_share: float = 0.2
    name: Literal["table"] = "table"

    def __post_init__(self) -> None:
        parts.require_share(self.test_share)
        require_overlap(self.overlap)
        if not (self.columns or self.wide):
            raise ValueError("columns must name at least one column, unless wide is true")
        beside = [*([self.series_column] if self.series_column else []), *self._labels]
        if len({*self.columns, *beside}) != len(self.columns) + len(beside):
            raise ValueError(
                f"columns, series_column and label must all differ, got {list(self.columns)},"
                f" {self.series_column} and {self.label}"
            )
        if self.wide and self.series_column:
            raise ValueError("wide has a series in each row, so it takes no series_column")
        if len(self.separator) != 1 or self.separator in '"\n\r':
            raise ValueError(f"separator must be one character, got {self.separator!r}")

    @property
    def tells(self) -> tuple[str, ...]:
        return ("recording", "window", "label") if self.label else ("recording", "window")

    def files(self) -> list[Path]:
        """The file, or all tables in the folder, sorted. Raises UserError if there is none."""
        path = Path(self.path)
        if path.is_file() and path.suffix.lower() in SUFFIXES:
            return [path]
        if path.is_dir():
            return listing.files_under(path, SUFFIXES)
        said = "not" if path.exists() else "no such file or folder; wanted"
        raise UserError(f"{path}: {said} a {' or '.join(SUFFIXES)} file or a folder of them")

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(length,), or (channels, length) of several columns."""
        samples = lengths.wanted(length)
        channels = 1 if self.wide else len(self.columns)
        return (samples,) if channels == 1 else (channels, samples)

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` windows of `part` in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape, files = self.shape(length), self.files()
        if self.series_column and len(files) > 1:
            self._require_whole_series(files)
        windows = Windows(lengths.wanted(length), self.overlap)
        labels: dict[Path, list[Array]] = {}  # of each recording in a file

        def load(path: Path) -> list[Labelled]:
            found = [one.fit(windows) for one in self._recordings(path, part)]
            labels[path] = [one.labels(windows) for one in found if self.label]
            return found

        recordings = Recordings(
            blocks=files,
            load=load,
            items=lambda one: one.cut(windows),
            finish=lambda cut: cut.reshape(-1, *shape),
            contents=lambda one: one.series,
            advice=Advice(
                where=self.path,
                items=f"windows of {length} samples" + " and one label" * bool(self.label),
                for_more=" or length, raise overlap, or change test_share",
                if_alone="use split: time",
                if_short="lower length",
            ),
        )
        share = self.test_share if self.split == "recording" else None
        series, recording, window = gather(recordings, shape, part, n, share, rng)
        beside = {"recording": recording, "window": window}
        if self.label:
            of = [of_one for path in files for of_one in labels[path]]
            whose = zip(recording, window, strict=True)
            beside["label"] = np.array([of[place][number] for place, number in whose])
        return Recorded(series, beside)

    @property
    def _reader(self) -> Columns:
        return Columns(self.columns, self.series_column, self._labels, self.separator, self.header)

    @property
    def _labels(self) -> tuple[str, ...]:
        return (self.label,) if isinstance(self.label, str) else self.label or ()

    def _recordings(self, path: Path, part: str) -> list[Labelled]:
        """Each series in a file, or its piece that is in `part`, with its labels."""
        return [self._delivered(path, *series, part) for series in self._series(path)]

    def _series(self, path: Path) -> list[tuple[Array, Array]]:
        """(channels, samples) of each, and the label of each sample."""
        rows = self._reader.read(path)
        values, label = rows.values, rows.label
        if self.wide:
            labels = np.broadcast_to(label[:, np.newaxis], values.shape)
            return list(zip(values[:, np.newaxis], labels, strict=True))
        if not self.series_column:
            return [(values.T, label)]
        number = {key: i for i, key in enumerate(dict.fromkeys(rows.keys))}
        whose = np.array([number[key] for key in rows.keys], int)
        return [(values[whose == i].T, label[whose == i]) for i in range(len(number))]

    def _delivered(self, path: Path, series: Array, label: Array, part: str) -> Labelled:
        if self.reverse:
            series, label = series[:, ::-1], label[::-1]
        if self.split == "time":
            series, label = (parts.piece(x, part, self.test_share) for x in (series, label))
        if self.transform == "log_return":
            if (series <= 0).any():
                raise UserError(
                    f"{path}: log_return wants positive values, found {series.min()}; remove it,"
                    " or use transform: difference"
                )
            series = np.log(series)
        if self.transform != "none":
            series = np.diff(series)
            label = np.where(label[1:] == label[:-1], label[1:], np.nan)
        return Labelled(_as_float32(path, series), label)

    def _require_whole_series(self, files: list[Path]) -> None:
        """Refuse a series that is in two files, for it might come into both parts."""
        first: dict[Any, Path] = {}
        for path in files:
            for key in set(self._reader.read(path).keys):
                if first.setdefault(key, path) != path:
                    raise UserError(
                        f"{path}: series {key!r} is in {first[key]} too; put it into one file, or"
                        " give it another name"
                    )


def _as_float32(path: Path, series: Array) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        values = series.astype(np.float32)
    if not np.isfinite(values).all():
        raise UserError(f"{path}: holds {np.abs(series).max()}, too large for float32; rescale it")
    return values
