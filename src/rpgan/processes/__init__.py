"""Random processes whose law is known: the thing that a generator is asked to imitate.

`sample(n, length, rng)` draws series from the exact law, shape (n, length). `estimate(series)`
gives each parameter of each series, NaN where a series has none, and `truth()` what it should be.
`autocovariance`, `psd`, `moments`, `pdf`, `cdf`, `crlb` and `tail_index` are the law itself; a
quantity that a law lacks raises `UndefinedLaw` with the reason.
"""

from rpgan.processes.alpha_stable import AlphaStable
from rpgan.processes.band_noise import BandNoise
from rpgan.processes.bernoulli_gaussian import BernoulliGaussian
from rpgan.processes.fbm import FBM
from rpgan.processes.fgn import FGN
from rpgan.processes.shot_noise import ShotNoise

Process = FGN | FBM | BandNoise | ShotNoise | BernoulliGaussian | AlphaStable

__all__ = [
    "FBM",
    "FGN",
    "AlphaStable",
    "BandNoise",
    "BernoulliGaussian",
    "Process",
    "ShotNoise",
]
