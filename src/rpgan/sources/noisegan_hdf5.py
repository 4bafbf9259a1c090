"""Data sets of NoiseGAN and OFDM-GAN."""

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.sources import hdf5, lengths, parts
from rpgan.sources.recorded import Recorded
from rpgan.spec import spec

ADDRESS = "https://doi.org/10.18434/mds2-3034"
Array = NDArray[np.float64]

KEY = "train"  # in both files
PARAMETERS = {
    "bandpass": "band",
    "BG": "probability",
    "FBM": "hurst",
    "FDWN": "d",
    "FGN": "hurst",
    "SAS": "alpha",
    "shot": "rate",
}  # what column 0 holds, by noise_type


@spec
class NoiseGANHDF5:
    """A folder with train.h5 and test.h5, as NIST published them [1]_ or OFDM-GAN makes them.

    Each holds one data set, in both files called ``train``: a row for each series, of which column
    0 is a parameter of its law and the others are its samples.

    Parameters
    ----------
    path : str
        The folder, e.g. FGN/FGN_fixed_H20.
    iq : bool
        Whether the samples are complex: two channels, real and imaginary part. Column 0 of
        OFDM-GAN's sets counts the waveforms.
    parameter : str, optional
        What to call column 0. Without it: hurst, d, band, rate, probability or alpha if
        noise_params.json knows the kind of noise, and else ``parameter``.

    References
    ----------
    .. [1] Wunderlich, Sklar. "Noise datasets for evaluating deep generative models." National
       Institute of Standards and Technology (2023), doi:10.18434/mds2-3034.
    """

    path: str
    iq: bool = False
    parameter: str | None = None
    name: Literal["noisegan_hdf5"] = "noisegan_hdf5"

    def __post_init__(self) -> None:
        if self.parameter in ("", "index"):
            raise ValueError(f"parameter must be a name other than index, got {self.parameter!r}")

    @property
    def tells(self) -> tuple[str, ...]:
        names = [self.parameter] if self.parameter else [*PARAMETERS.values(), "parameter"]
        return (*dict.fromkeys(names), "index")

    def files(self) -> list[Path]:
        """What is read, sorted: noise_params.json only if it is there and needed."""
        folder = Path(self.path)
        found = [folder / "test.h5", folder / "train.h5"]
        for path in found:
            if not path.is_file():
                raise UserError(
                    f"{path}: no such file; wanted train.h5 and test.h5 in {folder}, which are in"
                    f" the archives of {ADDRESS}"
                )
        return [*self._described_in(), *found]

    def shape(self, length: int | None) -> tuple[int, ...]:
        """(length,), or (2, length) if the samples are complex."""
        samples = lengths.wanted(length)
        return (2, samples) if self.iq else (samples,)

    def read(self, part: str, n: int, length: int | None, rng: np.random.Generator) -> Recorded:
        """`n` series of `part` in random order; see `rpgan.sources`."""
        parts.require_part(part)
        shape = self.shape(length)
        self.files()
        path = Path(self.path, f"{part}.h5")
        with hdf5.opened(path, KEY) as data:
            self._require_series(path, data, shape[-1])
            index = parts.choose(len(data), n, part, rng, path, "series", "")
            series, parameter = np.empty((n, *shape), np.float32), np.empty(n)
            for places, rows in hdf5.take(data, index):
                parameter[places] = np.real(rows[:, 0])
                series[places] = _as_float32(rows[:, 1:], self.iq)
        _require_finite(path, series, parameter, index)
        return Recorded(series, {self._parameter(): parameter, "index": index})

    def _require_series(self, path: Path, data: Any, length: int) -> None:
        if data.ndim != 2 or data.shape[1] < 2 or data.dtype.kind not in "fc":
            raise UserError(
                f"{path}: wanted {KEY} of real or complex numbers and shape (n, 1 + length),"
                f" found {data.dtype} and {data.shape}"
            )
        if (data.dtype.kind == "c") != self.iq:
            raise UserError(f"{path}: holds {data.dtype}; use iq: {str(not self.iq).lower()}")
        if data.shape[1] != 1 + length:
            raise UserError(
                f"{path}: its series have {data.shape[1] - 1} samples, wanted {length};"
                f" use length: {data.shape[1] - 1}"
            )

    def _described_in(self) -> list[Path]:
        path = Path(self.path, "noise_params.json")
        return [path] if self.parameter is None and path.is_file() else []

    def _parameter(self) -> str:
        for path in self._described_in():
            try:
                kind = json.loads(path.read_text())["noise_type"]
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(
                    f"{path}: wanted noise_type in a JSON object ({error!r}); say with parameter"
                    " what column 0 is, or remove the file"
                ) from None
            return PARAMETERS.get(str(kind), "parameter")
        return self.parameter or "parameter"


def read_generated(path: Path) -> NDArray[np.float32]:
    """Series that NoiseGAN or OFDM-GAN generated, (n, length), or (n, 2, length) of complex ones.

    The first saves them in gen_distribution.h5 as ``test``, the second in
    generated_distribution.h5 as ``generates`` with channels real and imaginary part. Neither has a
    column of parameters. Raises UserError for anything else.
    """
    with hdf5.opened(path, "test", "generates") as data:
        iq = data.dtype.kind == "c"
        channels = {"f": ((), (2,)), "c": ((),)}.get(data.dtype.kind, ())
        if data.ndim < 2 or 0 in data.shape or data.shape[1:-1] not in channels:
            raise UserError(
                f"{path}: wanted real numbers of shape (n, length) or (n, 2, length), or complex"
                f" ones of shape (n, length), found {data.dtype} and {data.shape}"
            )
        shape = (len(data), 2, *data.shape[1:]) if iq else data.shape
        series = np.empty(shape, np.float32)
        for block in hdf5.blocks(data):
            series[block] = _as_float32(data[block], iq)
    return series


def _as_float32(rows: NDArray[Any], iq: bool) -> NDArray[np.float32]:
    """(n, length) as it is, or complex as (n, 2, length); infinite where float32 ends."""
    rows = np.stack([np.real(rows), np.imag(rows)], axis=1) if iq else rows
    with np.errstate(over="ignore"):
        return rows.astype(np.float32)


def _require_finite(
    path: Path, series: NDArray[np.float32], parameter: Array, index: NDArray[np.int64]
) -> None:
    wrong = ~np.isfinite(series).reshape(len(series), -1).all(axis=1) | ~np.isfinite(parameter)
    if wrong.any():
        raise UserError(
            f"{path}: row {index[wrong].min()}, counted from 0, holds a parameter or samples that"
            " are NaN, infinite or too large for float32; remove it"
        )
