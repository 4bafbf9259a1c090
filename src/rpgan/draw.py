"""A set of series drawn from a process or taken from recordings: one file of `data/`."""

import sys
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from tqdm import tqdm

from rpgan import randomness
from rpgan.errors import UserError
from rpgan.processes import Process
from rpgan.processes.parameter_laws import ParameterLaw
from rpgan.processes.varying import Varying
from rpgan.sources import Source
from rpgan.sources.spectrogram import Square
from rpgan.spec import spec

CHUNK = 1024  # series; any multiple of the processes' blocks gives the same set
PARTS = ("train", "test")
LARGEST = float(np.finfo(np.float32).max)

Laws = Mapping[str, Annotated[ParameterLaw, Field(discriminator="name")]]
Beside = Mapping[str, NDArray[Any]]  # values of each series by name, shape (n,)


@spec
class Draw:
    """`n` series of one part, ``train`` or ``test``, of a data set.

    Without a `source` they are drawn from `process`, from a random stream that dataset and part
    name: sets of other names are independent. With one they are taken from it, and `process`, if
    given, is the law that they are held against. `varying` holds the laws of those parameters of
    the process that differ from series to series. `length` is in samples; None where the source
    decides, as for images.
    """

    dataset: str
    part: str
    process: Annotated[Process, Field(discriminator="name")] | None = None
    varying: Laws = field(default_factory=dict)
    source: Annotated[Source, Field(discriminator="name")] | None = None
    length: int | None = None
    n: int
    seed: int

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}, got {self.part!r}")
        if self.process is None and self.source is None:
            raise ValueError("a data set needs a process, a source or both")
        if self.length is None and self.source is None:
            raise ValueError("length: this setting is missing; samples of a series")
        if self.length is not None and self.length < 2:
            raise ValueError(f"length must be at least 2 samples, got {self.length}")
        if self.n < 1:
            raise ValueError(f"n must be at least 1 series, got {self.n}")
        self.shape()

    @property
    def law(self) -> Process | Varying | None:
        """What the series are held against; None for recordings of unknown law."""
        if self.process is None or not self.varying:
            return self.process
        return Varying(self.process, self.varying)

    @property
    def square(self) -> Square | None:
        """How items are images of recorded sound, if they are."""
        return getattr(self.source, "square", None)

    def shape(self) -> tuple[int, ...]:
        """Shape of one item: (length,), (channels, length) or (channels, height, width)."""
        if self.source is not None:
            return self.source.shape(self.length)
        assert self.length is not None
        channels = getattr(self.process, "channels", 1)
        return (self.length,) if channels == 1 else (channels, self.length)

    def columns(self) -> tuple[str, ...]:
        """What may be known beside the series: varying parameters, or what the source tells."""
        return tuple(self.varying) if self.source is None else self.source.tells

    def series(self) -> NDArray[np.float32]:
        """The set itself, shape (n, ...), in the units of the process or of the recordings."""
        return self.series_and_values()[0]

    def series_and_values(self) -> tuple[NDArray[np.float32], Beside]:
        """The set, and what is known beside it of each series: drawn parameters, labels.

        Memory is that of the result and of one chunk in double precision: processes spawn a stream
        for each of their blocks, so that a generator goes on where the chunk before ended.
        """
        if self.source is not None:
            # One stream for both parts: they must agree on what is whose.
            rng = randomness.generator(self.seed, "split", self.dataset)
            recorded = self.source.read(self.part, self.n, self.length, rng)
            return recorded.series, recorded.beside
        rng = randomness.generator(self.seed, "draw", self.dataset, self.part)
        series = np.empty((self.n, *self.shape()), np.float32)
        beside: list[Beside] = []
        starts = range(0, self.n, CHUNK)
        for i in tqdm(starts, unit="chunk", file=sys.stderr, delay=3, leave=False):
            beside.append(self._fill(series[i : i + CHUNK], rng))
        return series, {name: np.concatenate([b[name] for b in beside]) for name in self.varying}

    def _fill(self, chunk: NDArray[np.float32], rng: np.random.Generator) -> Beside:
        """Draw the series of `chunk`, and what is known beside them."""
        try:
            drawn, values = self._sample(len(chunk), rng)
        except OverflowError as error:
            raise UserError(
                f"dataset {self.dataset!r}: the process cannot be drawn, as a number is too large"
                f" ({error.args[-1]}); change its settings"
            ) from None
        largest = max(drawn.max(), -drawn.min())  # NaN if there is one
        if not largest <= LARGEST:
            raise UserError(
                f"dataset {self.dataset!r}: the process made a sample of size {largest:g}, but"
                f" series are stored in single precision, up to {LARGEST:.3g}; change its settings"
            )
        chunk[:] = drawn
        return values

    def _sample(self, n: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], Beside]:
        law, length = self.law, self.length
        assert law is not None
        assert length is not None
        return (
            law.draw(n, length, rng)
            if isinstance(law, Varying)
            else (law.sample(n, length, rng), {})
        )
