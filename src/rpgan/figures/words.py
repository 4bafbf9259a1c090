"""What the names of settings are called in print."""

import re
from typing import Any

PROCESSES = {
    "alpha_stable": "symmetric α-stable noise",
    "band_noise": "band-limited noise",
    "bernoulli_gaussian": "Bernoulli-Gaussian noise",
    "fbm": "fractional Brownian motion",
    "fgn": "fractional Gaussian noise",
    "shot_noise": "shot noise",
}
PULSES = {"one_sided_exponential": "exponential pulses", "gaussian": "Gaussian pulses"}
PARAMETERS = {  # (name, unit)
    "alpha": ("stability index α", ""),
    "background": ("background deviation", ""),
    "band": ("band number", ""),
    "high": ("upper edge", "Nyquist frequency"),
    "hurst": ("Hurst exponent", ""),
    "impulse": ("impulse deviation", ""),
    "low": ("lower edge", "Nyquist frequency"),
    "probability": ("impulse probability", ""),
    "rate": ("arrival rate", "1/pulse width"),
    "scale": ("scale", ""),
}
PLAYERS = {"D": "discriminator", "G": "generator"}
MODELS = {"wavegan": "WaveGAN", "stftgan": "STFT-GAN"}


def process(settings: dict[str, Any]) -> str:
    """A process, from its settings as plain data."""
    words = [PROCESSES.get(settings["name"], plain(settings["name"]))]
    if "pulse" in settings:
        words.append(PULSES.get(settings["pulse"], plain(settings["pulse"])))
    return capital(", ".join(words))


def parameter(name: str) -> str:
    """A parameter, without its unit."""
    return PARAMETERS.get(name, (plain(name), ""))[0]


def axis(name: str) -> str:
    """A parameter as the label of an axis: with its unit, if it has one."""
    unit = PARAMETERS.get(name, ("", ""))[1]
    return parameter(name) + (f" [{unit}]" if unit else "")


def model(label: str) -> str:
    """A model, by the label of its settings: `stftgan65` is STFT-GAN 65."""
    found = re.fullmatch(r"(wavegan|stftgan)_?(.*)", label)
    return f"{MODELS[found[1]]} {found[2]}".strip() if found else label


def loss(term: str) -> str:
    """A term of a loss: `D/fake` is the discriminator's."""
    player, _, name = term.partition("/")
    return f"{PLAYERS.get(player, player)}: {plain(name)}"


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def plain(name: str) -> str:
    return name.replace("_", " ")
