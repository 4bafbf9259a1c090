"""Generators, most with a discriminator, one file each, complete in itself.

A model's settings build `generator(shape)` and `discriminator(shape)` for items of that shape,
(channels, ...), raise ValueError from `check(shape)` for one they cannot make, and draw the
generator's input with `latents(n, device)`. A discriminator's `features(x)` are what its score is
computed from; if its layer `score` is linear in them, it can be conditional by projection. A true
`batch_statistics` of settings and of a discriminator: a score depends on what else is in its batch.

A `Fitted` model has no discriminator: its generator's `fit(data)` learns all there is to learn from
a training set at once, and returns named numbers for the history. How many numbers its latents
have depends on the shape of an item, and so do those of a `Recurrent` model, which has some for
every step, and of `FlowMatching`, which has no discriminator either: all three draw them with
`latents(n, device, shape)`. The networks of a `Progressive` model grow by its `phases`, if it has
any. A model `WithOwnLosses` takes no other.
"""

from rpgan.models.c_rnn_gan import CRNNGAN
from rpgan.models.dcgan1d import DCGAN1D
from rpgan.models.dcgan2d import DCGAN2D
from rpgan.models.fingan import FinGAN
from rpgan.models.flow_matching import FlowMatching
from rpgan.models.gaussian_surrogate import GaussianSurrogate
from rpgan.models.iaaft import IAAFT
from rpgan.models.iid_bootstrap import IIDBootstrap
from rpgan.models.pggan import PGGAN
from rpgan.models.rgan import RGAN
from rpgan.models.spade import SPADE
from rpgan.models.specgan import SpecGAN
from rpgan.models.stftgan import STFTGAN
from rpgan.models.tifgan import TiFGAN
from rpgan.models.timegan import TimeGAN
from rpgan.models.wavegan import WaveGAN

Fitted = GaussianSurrogate | IIDBootstrap | IAAFT
Recurrent = RGAN | CRNNGAN | TimeGAN
WithOwnLosses = TimeGAN | FlowMatching
Progressive = PGGAN | SPADE
Convolutional = WaveGAN | STFTGAN | SpecGAN | TiFGAN | DCGAN1D | DCGAN2D | FinGAN
Model = Convolutional | Progressive | Recurrent | FlowMatching | Fitted

__all__ = [
    "CRNNGAN",
    "DCGAN1D",
    "DCGAN2D",
    "IAAFT",
    "PGGAN",
    "RGAN",
    "SPADE",
    "STFTGAN",
    "FinGAN",
    "Fitted",
    "FlowMatching",
    "GaussianSurrogate",
    "IIDBootstrap",
    "Model",
    "Progressive",
    "Recurrent",
    "SpecGAN",
    "TiFGAN",
    "TimeGAN",
    "WaveGAN",
    "WithOwnLosses",
]
