"""What the names of settings and metrics are called in print, and how numbers are written."""

import math
import re
from typing import Any

PROCESSES = {
    "alpha_stable": "symmetric α-stable noise",
    "arfima": "fractionally differenced noise",
    "arma": "autoregressive moving average",
    "artfima": "tempered fractionally differenced noise",
    "band_noise": "band-limited noise",
    "bernoulli_gaussian": "Bernoulli-Gaussian noise",
    "chirp": "chirp",
    "fbm": "fractional Brownian motion",
    "fgn": "fractional Gaussian noise",
    "garch": "GARCH(1, 1) noise",
    "gaussian_pulse": "Gaussian pulse in noise",
    "markov_bernoulli_gaussian": "Markov-Bernoulli-Gaussian noise",
    "middleton_a": "Middleton class A noise",
    "multifractal_random_walk": "multifractal random walk",
    "ornstein_uhlenbeck": "Ornstein-Uhlenbeck process",
    "ofdm": "OFDM signal",
    "rbf_process": "Gaussian process of squared-exponential covariance",
    "shot_noise": "shot noise",
    "sines": "sines",
    "tabulated_psd": "noise of tabulated spectrum",
    "telegraph": "random telegraph signal",
}
SOURCES = {
    "wav_folder": "sound recordings",
    "image_folder": "images",
    "mnist_idx": "handwritten digits",
    "multiresolution_hdf5": "images",
    "noisegan_hdf5": "NoiseGAN's data",
    "table": "recorded series",
}
PULSES = {
    "one_sided_exponential": "exponential pulses",
    "linear_exponential": "linear-exponential pulses",
    "gaussian": "Gaussian pulses",
}
PARAMETERS = {  # (name, unit); where processes differ, under "process.parameter"
    "chirp.frequency": ("starting frequency", "cycles/sample"),
    "chirp.rate": ("sweep rate", "cycles/sample²"),
    "garch.alpha": ("weight of the last square α", ""),
    "rbf_process.rate": ("rate of decay", ""),
    "telegraph.rate": ("switching rate", "1/unit of time"),
    "ornstein_uhlenbeck.rate": ("rate of reversion", "1/unit of time"),
    "alpha": ("stability index α", ""),
    "background": ("background deviation", ""),
    "band": ("band number", ""),
    "beta": ("kept variance β", ""),
    "d": ("order of differencing d", ""),
    "evm_db": ("error vector magnitude", "dB"),
    "fft_size": ("FFT size", "samples"),
    "frequency": ("frequency", "cycles/period"),
    "frequency_offset": ("frequency offset", "Hz"),
    "gain_imbalance": ("gain imbalance", ""),
    "gaussian_ratio": ("Gaussian-to-impulsive ratio Γ", ""),
    "high": ("upper edge", "Nyquist frequency"),
    "hurst": ("Hurst exponent", ""),
    "impulse": ("impulse deviation", ""),
    "intermittency": ("intermittency λ²", ""),
    "legacy_alpha": ("stability index α by extremes", ""),
    "legacy_amplitude_ratio": ("amplitude ratio by EM", ""),
    "legacy_event_rate": ("arrival rate by moments", "1/pulse width"),
    "legacy_hurst": ("Hurst exponent by differences", ""),
    "legacy_probability": ("impulse probability by EM", ""),
    "legacy_scale": ("dispersion γ by moments", ""),
    "low": ("lower edge", "Nyquist frequency"),
    "memory": ("memory of impulses", ""),
    "noise": ("noise deviation", ""),
    "omega": ("constant variance ω", ""),
    "overlap": ("impulsive index A", ""),
    "phase_imbalance": ("phase imbalance", "°"),
    "prefix_correlation": ("correlation of the prefix", ""),
    "probability": ("impulse probability", ""),
    "rate": ("arrival rate", "1/pulse width"),
    "scale": ("scale", ""),
    "subcarriers": ("occupied subcarriers", ""),
    "step": ("sampling interval", ""),
    "tempering": ("tempering", "1/sample"),
    "width": ("pulse width", "samples"),
}
METRICS = {
    "psd_distance": "spectral distance",
    "log_spectrum_rms": "spectrum against theory",
    "acf_distance": "autocorrelations",
    "marginal_ks": "marginal distribution",
}
PLAYERS = {"D": "discriminator", "G": "generator", "E": "embedder", "S": "supervisor"}
MODELS = {
    "wavegan": "WaveGAN",
    "pskgan": "PSK-GAN",
    "stftgan": "STFT-GAN",
    "specgan": "SpecGAN",
    "tifgan": "TiFGAN",
    "dcgan1d": "1-D DCGAN",
    "dcgan2d": "2-D DCGAN",
    "fingan": "FinGAN",
    "rgan": "RGAN",
    "c_rnn_gan": "C-RNN-GAN",
    "timegan": "TimeGAN",
    "flow_matching": "flow matching",
    "gaussian_surrogate": "Gaussian surrogate",
    "iaaft": "IAAFT surrogate",
    "iid_bootstrap": "iid bootstrap",
}


SMALLEST, LARGEST = 0.01, 1e5  # that are written out
THIN = "\u202f"  # narrow space that does not break
NONE = "–"  # of a number that does not exist


def process(settings: dict[str, Any]) -> str:
    """A process or a kind of recordings, from its settings as plain data."""
    words = [(PROCESSES | SOURCES).get(settings["name"], plain(settings["name"]))]
    if "pulse" in settings:
        words.append(PULSES.get(settings["pulse"], plain(settings["pulse"])))
    return capital(", ".join(words))


def parameter(process: str, name: str) -> str:
    """A parameter of a process, without its unit."""
    return _named(process, name)[0]


def axis(process: str, name: str) -> str:
    """A parameter of a process as the label of an axis: with its unit, if it has one."""
    words, unit = _named(process, name)
    return words + (f" [{unit}]" if unit else "")


def _named(process: str, name: str) -> tuple[str, str]:
    return PARAMETERS.get(f"{process}.{name}") or PARAMETERS.get(name) or (plain(name), "")


def metric(process: str, name: str) -> str:
    """A value of a metric, without its unit."""
    estimated = name.removesuffix("_wasserstein")
    if estimated != name:
        return f"estimated {parameter(process, estimated)}"
    return METRICS.get(name) or plain(name)


def model(label: str) -> str:
    """A model, by the label of its settings: `stftgan65` is STFT-GAN 65."""
    found = re.fullmatch(rf"({'|'.join(MODELS)})_?(.*)", label)
    return f"{MODELS[found[1]]} {found[2]}".strip() if found else label


def loss(term: str) -> str:
    """A term of a loss: `D/fake` is the discriminator's."""
    player, _, name = term.partition("/")
    return f"{PLAYERS.get(player, player)}: {plain(name)}"


def number(value: float, digits: int = 3) -> str:
    """A positive number without an exponent: 1 050, 0.0125; – if there is none.

    Beyond `SMALLEST` and `LARGEST` it is only said to be.
    """
    if not math.isfinite(value):
        return NONE
    if value < SMALLEST:
        return f"< {SMALLEST:g}"
    if value > LARGEST:
        return f"> {number(LARGEST)}"
    rounded = float(f"{value:.{digits}g}")
    whole = rounded >= 10 ** (digits - 1)
    return f"{rounded:,.0f}".replace(",", THIN) if whole else f"{rounded:#.{digits}g}"


def between(low: float, high: float) -> str:
    """An interval, to two digits; – if there is none."""
    return f"{number(low, 2)} to {number(high, 2)}" if math.isfinite(low) else NONE


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def plain(name: str) -> str:
    return name.replace("_", " ")
