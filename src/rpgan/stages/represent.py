"""Fit a representation to a training set and encode it."""

from pathlib import Path

from rpgan import series
from rpgan.encoding import Encoding
from rpgan.representations import chain
from rpgan.spec import plain


def represent(encoding: Encoding, source: Path, target: Path) -> None:
    """Write the series of `source` as tensors, and the state that decodes them, to `target`."""
    real = series.read(source, plain(encoding.draw))
    state = chain.fit(encoding.steps, real)
    series.write(target, chain.encode(encoding.steps, state, real), plain(encoding), state)
