"""Invertible steps between series in physical units and the tensor that a network sees.

A step has `fit(blocks) -> state` (arrays by name, learnt from the training set, which may be gone
through more than once), `encode(x, state)`, `decode(y, state)`, and `shape(shape)`, the shape of an
encoded item, which raises ValueError if it cannot encode one. Items are (channels, ...); a block
adds n in front. `encode` takes arrays of NumPy, and tensors of PyTorch with a state of tensors. In
a chain `state["item"]` is the shape of the items that a step was fitted on.

decode(encode(x)) = x to float precision if the step is `exact`. `bounded(before)` says whether an
encoded training set lies in [-1, 1], given whether it did before.
"""

from rpgan.representations.asinh import Asinh
from rpgan.representations.gaussianise import Gaussianise
from rpgan.representations.increments import Increments
from rpgan.representations.mel import Mel
from rpgan.representations.pad import Pad
from rpgan.representations.polar import Polar
from rpgan.representations.quantile import Quantile
from rpgan.representations.scale import Scale
from rpgan.representations.soft_log import SoftLog
from rpgan.representations.spectrogram import Spectrogram
from rpgan.representations.stft import STFT

Step = (
    Pad
    | Increments
    | STFT
    | Polar
    | Spectrogram
    | Mel
    | Asinh
    | SoftLog
    | Gaussianise
    | Quantile
    | Scale
)

__all__ = [
    "STFT",
    "Asinh",
    "Gaussianise",
    "Increments",
    "Mel",
    "Pad",
    "Polar",
    "Quantile",
    "Scale",
    "SoftLog",
    "Spectrogram",
    "Step",
]
