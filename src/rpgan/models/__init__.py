"""Pairs of a generator and a discriminator, one file each, complete in itself.

A model's settings build `generator(shape)` and `discriminator(shape)` for items of that shape,
(channels, ...), raise ValueError from `check(shape)` for one they cannot make, and draw the
generator's input with `latents(n, device)`. A discriminator's `features(x)` are what its score is
computed from. `batch_statistics`, if there and true, of settings and of a discriminator: a score
depends on what else is in its batch.
"""

from rpgan.models.dcgan1d import DCGAN1D
from rpgan.models.dcgan2d import DCGAN2D
from rpgan.models.fingan import FinGAN
from rpgan.models.specgan import SpecGAN
from rpgan.models.stftgan import STFTGAN
from rpgan.models.tifgan import TiFGAN
from rpgan.models.wavegan import WaveGAN

Model = WaveGAN | STFTGAN | SpecGAN | TiFGAN | DCGAN1D | DCGAN2D | FinGAN

__all__ = [
    "DCGAN1D",
    "DCGAN2D",
    "STFTGAN",
    "FinGAN",
    "Model",
    "SpecGAN",
    "TiFGAN",
    "WaveGAN",
]
