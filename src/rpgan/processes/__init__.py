"""Random processes whose law is known: the thing that a generator is asked to imitate.

`sample(n, length, rng)` draws series from the exact law, shape (n, length), or (n, channels,
length) if the process has `channels`; with `quadrature` its two are the parts of one complex
series. `estimate(series)` gives each parameter of each series, NaN where a series has none, and
`truth()` what it should be. `autocovariance`, `psd`, `moments`, `pdf`, `cdf`, `characteristic`
(E exp(i t x)), `crlb` and `tail_index` are the law itself; `loglik(series)` is its log density of
each series, and `whiten(series)` is iid N(0, 1) under it, shape (n, length) or, where a law has
fewer degrees of freedom than samples, that many. A quantity that a law lacks raises `UndefinedLaw`
with the reason.
"""

from rpgan.processes.alpha_stable import AlphaStable
from rpgan.processes.arfima import ARFIMA
from rpgan.processes.arma import ARMA
from rpgan.processes.artfima import ARTFIMA
from rpgan.processes.band_noise import BandNoise
from rpgan.processes.bernoulli_gaussian import BernoulliGaussian
from rpgan.processes.chirp import Chirp
from rpgan.processes.fbm import FBM
from rpgan.processes.fgn import FGN
from rpgan.processes.garch import GARCH
from rpgan.processes.gaussian_pulse import GaussianPulse
from rpgan.processes.markov_bernoulli_gaussian import MarkovBernoulliGaussian
from rpgan.processes.middleton_a import MiddletonA
from rpgan.processes.multifractal_random_walk import MultifractalRandomWalk
from rpgan.processes.ofdm import OFDM
from rpgan.processes.ornstein_uhlenbeck import OrnsteinUhlenbeck
from rpgan.processes.rbf_process import RBFProcess
from rpgan.processes.shot_noise import ShotNoise
from rpgan.processes.sines import Sines
from rpgan.processes.tabulated_psd import TabulatedPSD
from rpgan.processes.telegraph import Telegraph

Process = (
    FGN
    | FBM
    | BandNoise
    | ShotNoise
    | BernoulliGaussian
    | AlphaStable
    | Telegraph
    | MiddletonA
    | GARCH
    | MarkovBernoulliGaussian
    | MultifractalRandomWalk
    | ARFIMA
    | ARTFIMA
    | ARMA
    | OrnsteinUhlenbeck
    | TabulatedPSD
    | GaussianPulse
    | RBFProcess
    | Sines
    | OFDM
    | Chirp
)

__all__ = [
    "ARFIMA",
    "ARMA",
    "ARTFIMA",
    "FBM",
    "FGN",
    "GARCH",
    "OFDM",
    "AlphaStable",
    "BandNoise",
    "BernoulliGaussian",
    "Chirp",
    "GaussianPulse",
    "MarkovBernoulliGaussian",
    "MiddletonA",
    "MultifractalRandomWalk",
    "OrnsteinUhlenbeck",
    "Process",
    "RBFProcess",
    "ShotNoise",
    "Sines",
    "TabulatedPSD",
    "Telegraph",
]
