"""Fit a representation to a training set and encode it."""

from pathlib import Path

from rpgan import series
from rpgan.encoding import Encoding
from rpgan.representations import chain
from rpgan.spec import plain


def fit(encoding: Encoding, source: Path, target: Path) -> None:
    """Write what the steps learn from the series of `source` to `target`, without any tensor."""
    real = series.read(source, plain(encoding.draw))
    series.write_state(target, plain(encoding), chain.fit(encoding.steps, real))


def represent(encoding: Encoding, source: Path, target: Path) -> None:
    """Write the series of `source` as tensors, and the state that decodes them, to `target`.

    What is known beside each series stays beside its tensor.
    """
    real = series.read(source, plain(encoding.draw))
    state = chain.fit(encoding.steps, real)
    encoded, beside = chain.encode(encoding.steps, state, real), series.read_beside(source)
    series.write(target, encoded, plain(encoding), state, beside)
