"""Invertible steps between series in physical units and the tensor that a network sees.

A step has `fit(x) -> state` (arrays by name, learnt from the training set), `encode(x, state)`,
`decode(y, state)` with decode(encode(x)) = x, and `shape(shape)`, the shape of an encoded item,
which raises ValueError if it cannot encode one. Items are (channels, ...); a batch adds n in front.
"""

from rpgan.representations.pad import Pad
from rpgan.representations.scale import Scale
from rpgan.representations.stft import STFT

Step = Pad | STFT | Scale

__all__ = ["STFT", "Pad", "Scale", "Step"]
