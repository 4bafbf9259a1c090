"""What a receiver that knows the settings of an OFDM waveform finds in it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rpgan.processes import impairments
from rpgan.processes.constellation import Constellation
from rpgan.processes.ofdm_frame import PILOT, zadoff_chu
from rpgan.processes.scaling import to_unit_peak

if TYPE_CHECKING:
    from rpgan.processes.ofdm import OFDM

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

ROUNDING_DB = -150.0  # the least error vector magnitude that is told from 0
SILENT = 1e-20  # power on the subcarriers, of a series of unit peak, that is rounding


def corrected(law: "OFDM", series: Array) -> Complex:
    """Complex series (n, length) from (n, 2, length), with what mixers did to them undone."""
    mixed = series[:, 0] + 1j * series[:, 1]
    return impairments.turn(unmixed(law, mixed), -law.turns)


def unmixed(law: "OFDM", series: Complex) -> Complex:
    """`series` with the imbalance, but not the frequency offset, undone."""
    return impairments.mix(series, np.asarray(np.linalg.inv(law.mixer), float))


def demodulate(law: "OFDM", series: Array) -> Complex:
    """Received points, shape (n, symbols, subcarriers), of series of shape (n, 2, length).

    Of all symbols that end within the length, without pilots. Under fading they are over the
    response that the pilot of their slot shows, NaN where that is 0; symbols of a last slot whose
    pilot does not end within the length are left out.
    """
    return points(law, corrected(law, series))


def points(law: "OFDM", series: Complex) -> Complex:
    """`demodulate` of complex series."""
    grid = law.frame.to_frequency(series)
    index = np.arange(grid.shape[1])
    if law.pilots:
        slot, symbol = np.divmod(index, law.frame.symbols)
        data = symbol != PILOT
        if law.fading is not None:
            response = pilot_response(law, grid)
            data &= slot < response.shape[1]
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                grid = grid[:, data] / response[:, slot[data]]
            grid[~np.isfinite(grid)] = np.nan
        else:
            grid = grid[:, data]
    return np.fft.ifft(grid, norm="ortho") if law.sc_fdma else grid


def channel_response(law: "OFDM", series: Array) -> Complex:
    """Received pilots over the sent one, shape (n, pilots, subcarriers)."""
    if not law.pilots:
        raise ValueError("a waveform of channel none has no pilots")
    return pilot_response(law, law.frame.to_frequency(corrected(law, series)))


def pilot_response(law: "OFDM", grid: Complex) -> Complex:
    """`channel_response` from received amplitudes (n, symbols, subcarriers)."""
    return grid[:, PILOT :: law.frame.symbols] / zadoff_chu(law.subcarriers)


def bits(law: "OFDM", series: Array) -> NDArray[np.uint8]:
    """Bits of the points nearest to those received, shape (n, bits)."""
    nearest = law.alphabet.nearest(demodulate(law, series))
    return law.alphabet.bits(nearest.reshape(len(nearest), nearest[:1].size))


def bit_error_rate(law: "OFDM", series: Array) -> Array:
    """Share of `bits` that differ from the fixed ones, shape (n,); NaN if there are none."""
    if law.fixed_bits is None:
        raise ValueError("bit errors are counted against fixed_bits, which are not set")
    found = bits(law, series)
    sent = fixed_bits(law, series.shape[-1])[: found.shape[1]]
    if len(sent) == 0:
        return np.full(len(series), np.nan)
    return (found != sent).mean(axis=1)


def fixed_bits(law: "OFDM", length: int) -> NDArray[np.uint8]:
    """The bits that all series carry in slots that begin within `length`, without pilots."""
    indices = law.fixed_indices(length)
    if law.pilots:
        indices = np.delete(indices, PILOT, axis=1)
    return law.alphabet.bits(indices.ravel())


def error_vector_db(received: Complex, alphabet: Constellation) -> Array:
    """Error vector magnitude of each row of points (n, ...), in dB, shape (n,).

    At the real amplitude at which the points nearest to those received fit them best. NaN if there
    is none.
    """
    received = received.reshape(len(received), np.prod(received.shape[1:], dtype=int))
    power = (np.abs(received) ** 2).sum(axis=1) / max(1, received.shape[1])
    heard = np.isfinite(power) & (power > 0)
    received = np.where(heard[:, None], received, 1)
    first, _ = nearest_points(received, np.sqrt(np.where(heard, power, 1)), alphabet)
    amplitude, points = nearest_points(received, first, alphabet)
    error = (np.abs(received - points) ** 2).sum(axis=1)
    energy = (np.abs(points) ** 2).sum(axis=1)
    heard &= (amplitude > 0) & (energy > 0)
    ratio = error / np.where(heard, energy, 1)
    decibels = 10 * np.log10(np.maximum(ratio, 10 ** (ROUNDING_DB / 10)))
    return np.where(heard, decibels, np.nan)


def nearest_points(
    received: Complex, amplitude: Array, alphabet: Constellation
) -> tuple[Array, Complex]:
    """The amplitude that fits best once points were decided at `amplitude`, and points of it."""
    scale = np.where(amplitude > 0, amplitude, 1)[:, None]
    points = alphabet.points[alphabet.nearest(received / scale)]
    shared = np.einsum("ij,ij->i", received, points.conj()).real
    fit = shared / np.maximum((np.abs(points) ** 2).sum(axis=1), 1e-300)
    return fit, fit[:, None] * points


def prefix_products(law: "OFDM", series: Complex) -> tuple[Complex, Array]:
    """Sums over all prefixes of what they share with the ends of their bodies, and of powers."""
    first = law.frame.prefix_samples(series.shape[1])
    prefix, end = series[:, first], series[:, first + law.fft_size]
    power = (np.abs(prefix) ** 2).sum(axis=1) * (np.abs(end) ** 2).sum(axis=1)
    return (prefix.conj() * end).sum(axis=1), np.sqrt(power)


def estimate(law: "OFDM", rows: Array) -> dict[str, Array]:
    """`OFDM.estimate` of series of shape (n, 2 * length), I and then Q."""
    scaled = to_unit_peak(rows)[0].reshape(len(rows), 2, rows.shape[1] // 2)
    alive = np.ptp(scaled, axis=2).max(axis=1) > 1e-12
    mixed = scaled[:, 0] + 1j * scaled[:, 1]
    turned = unmixed(law, mixed)
    shared, power = prefix_products(law, turned)
    alive &= power > SILENT
    estimates = {"prefix_correlation": np.abs(shared) / np.where(alive, power, 1)}
    truth = law.truth()
    if "evm_db" in truth:
        received = points(law, impairments.turn(turned, -law.turns))
        heard = (np.abs(received) ** 2).mean(axis=(1, 2)) > SILENT if received.size else alive
        evm = error_vector_db(received, law.alphabet)
        estimates["evm_db"] = np.where(heard, evm, np.nan)
    if "frequency_offset" in truth:
        turns = np.angle(shared) / (2 * np.pi * law.fft_size)
        estimates["frequency_offset"] = turns * law.sample_rate
    if "gain_imbalance" in truth:
        first = law.frame.bodies(scaled.shape[2])
        bodies = (first[:, None] + np.arange(law.fft_size)).ravel()
        gain, phase = impairments.estimate_imbalance(mixed[:, bodies])
        estimates |= {"gain_imbalance": gain, "phase_imbalance": phase}
    return {name: np.where(alive, value, np.nan) for name, value in estimates.items()}
