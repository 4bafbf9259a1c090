"""Pairs of a generator and a discriminator, one file each, complete in itself.

A model's settings build `generator(shape)` and `discriminator(shape)` for items of that shape,
(channels, ...), raise ValueError from `check(shape)` for one they cannot make, and draw the
generator's input with `latents(n, device)`.
"""

from rpgan.models.stftgan import STFTGAN
from rpgan.models.wavegan import WaveGAN

Model = WaveGAN | STFTGAN

__all__ = ["STFTGAN", "Model", "WaveGAN"]
