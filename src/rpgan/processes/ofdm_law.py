"""The law of OFDM waveforms, as far as it has a closed form."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import impairments

if TYPE_CHECKING:
    from rpgan.processes.ofdm import OFDM

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


def prefix_correlation(law: "OFDM") -> float:
    """Covariance of prefixes with their bodies' ends, over the mean power.

    Under fading, the first samples of a prefix hold echoes of the symbol before.
    """
    from scipy.special import j0

    channel = law.fading
    if channel is None:
        return 1 / (1 + law.noise_power)
    prefixes = law.frame.prefixes
    clean = np.maximum(prefixes[:, None] - channel.delays, 0).sum(axis=0) / prefixes.sum()
    alike = clean @ channel.powers * j0(2 * np.pi * channel.doppler * law.fft_size)
    return float(alike / (1 + law.noise_power))


def moments(law: "OFDM") -> dict[str, float]:
    """Moments of I and Q at a random time of a slot.

    At each time, a sample is a sum of independent points, each times its pulse: its cumulants are
    the sums of theirs.
    """
    require_random_symbols(law, "moments")
    if law.frequency_offset != 0:
        raise UndefinedLaw(
            "under a frequency offset, the law of I and of Q depends on the time in the series"
        )
    places = law.frame.order % law.fft_size
    chance = np.bincount(places, minlength=law.fft_size) / law.slot
    second, fourth = 0.0, 0.0
    for direction in impairments.directions(law.mixer):
        parts = [(point * direction * pulses(law)).real for point in law.alphabet.points]
        power = np.mean([part**2 for part in parts], axis=0)
        cumulant = np.mean([part**4 for part in parts], axis=0) - 3 * power**2
        variance = power.sum(axis=0) + abs(direction) ** 2 * law.noise_power / 2
        second += chance @ variance / 2
        fourth += chance @ (3 * variance**2 + cumulant.sum(axis=0)) / 2
    kurtosis = float(fourth / second**2)
    return {"mean": 0.0, "variance": float(second), "skewness": 0.0, "kurtosis": kurtosis}


def pulses(law: "OFDM") -> Complex:
    """The body that each point of a symbol makes by itself, shape (subcarriers, fft_size)."""
    grid = np.eye(law.subcarriers, dtype=complex)
    if law.sc_fdma:
        grid = np.fft.fft(grid, norm="ortho")
    return law.frame.bodies_of(grid)


def autocovariance(law: "OFDM", lag: Array) -> Array:
    """Covariance of I `lag` samples apart plus that of Q, at a random time of a slot.

    Symbols overlap only with themselves, by their length less the lag.
    """
    require_random_symbols(law, "autocovariance")
    require_proper(law, "autocovariance")
    k = np.abs(lag)
    lengths = law.frame.prefixes + law.fft_size
    overlap = np.sum([np.maximum(length - k, 0) for length in lengths], axis=0) / law.slot
    tones = [np.cos(2 * np.pi * carrier / law.fft_size * k) for carrier in law.frame.carriers]
    balanced = overlap * np.mean(tones, axis=0) + np.where(k == 0, law.noise_power, 0.0)
    gain = np.mean(np.abs(impairments.directions(law.mixer)) ** 2)
    return balanced * gain * np.cos(2 * np.pi * law.turns * k)


def psd(law: "OFDM", frequency: Array) -> Array:
    """Spectral density after the mixers: that of the source, turned, and an image of it."""
    require_random_symbols(law, "power spectrum")
    require_proper(law, "power spectrum")
    in_phase, quadrature = impairments.directions(law.mixer)
    direct, image = abs(in_phase + 1j * quadrature) / 2, abs(in_phase - 1j * quadrature) / 2
    density = direct**2 * source_psd(law, frequency - law.turns)
    if image > 0:
        density = density + image**2 * source_psd(law, -frequency - law.turns)
    return density


def source_psd(law: "OFDM", frequency: Array) -> Array:
    """Spectral density before the mixers: rectangular pulses on all subcarriers, and noise."""
    lengths, counts = np.unique(law.frame.prefixes + law.fft_size, return_counts=True)
    density = np.full(frequency.shape, law.noise_power)
    for carrier in law.frame.carriers:
        f = frequency - carrier / law.fft_size
        f = f - np.round(f)
        for length, count in zip(lengths, counts, strict=True):
            pulse = length * np.sinc(length * f) / np.sinc(f)
            density += count * pulse**2 / (law.subcarriers * law.slot)
    return density


def require_random_symbols(law: "OFDM", quantity: str) -> None:
    """Raise UndefinedLaw if symbols are the same in all series."""
    if law.fixed_bits is not None:
        raise UndefinedLaw(
            f"series of the same bits have no {quantity} in closed form: they differ from one "
            "waveform by noise and channel"
        )
    if law.pilots:
        raise UndefinedLaw(
            f"a pilot that each slot repeats leaves no {quantity} in closed form: it is the same "
            "each time"
        )


def require_proper(law: "OFDM", quantity: str) -> None:
    """Raise UndefinedLaw if mixers add a signal to an image with which it is correlated."""
    if law.modulation == "bpsk" and (law.gain_imbalance, law.phase_imbalance) != (0, 0):
        raise UndefinedLaw(
            f"real points after unequal mixers have no {quantity} in closed form: a subcarrier "
            "and its image are correlated"
        )
