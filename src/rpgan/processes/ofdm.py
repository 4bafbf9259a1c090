"""OFDM and SC-FDMA waveforms, as of the down and uplink of LTE."""

from math import inf
from typing import ClassVar, Literal, NoReturn, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, impairments, ofdm_law, ofdm_receiver
from rpgan.processes.constellation import ORDERS, Constellation, Modulation, constellation
from rpgan.processes.fading import Fading, fading
from rpgan.processes.ofdm_frame import PILOT, SPACING, Frame, zadoff_chu
from rpgan.spec import spec

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

Channel = Literal["none", "awgn", "epa5", "eva5", "eva70", "etu70", "etu300"]


@spec
class OFDM:
    """Random symbols on orthogonal subcarriers 15 kHz apart, of unit mean power without noise.

    A series has shape (2, length): in-phase and quadrature, at fft_size * 15 kHz. It starts with a
    slot, and may end anywhere: each `slot` samples, 15 / 2 fft_size, hold another slot, of 6
    symbols of a long cyclic prefix (fft_size / 4) or 7 of a short one.

    A body is the unitary inverse Fourier transform of constellation points, on as many subcarriers
    below the carrier as above; SC-FDMA puts a unitary Fourier transform before it. Each body
    follows its own end, white Gaussian noise is added, and the sum goes through the channel and
    then through imperfect mixers.

    The defaults are a set of [1]_, but the waveforms differ from theirs: QPSK is Gray coded, and
    64-QAM has its bits in another order; subcarriers are in ascending order, which alone makes
    SC-FDMA one carrier; taps that fall on one sample add their powers, and none is dropped; the
    powers of taps are random, with a mean sum of 1, where those of [1]_ are equal in all series.

    Parameters
    ----------
    modulation : {"bpsk", "qpsk", "8psk", "16qam", "32qam", "64qam"}
    fft_size : int
        Samples of a body, a power of two of at least 16.
    prefix : {"long", "short"}
    subcarriers : int
        Occupied ones: an even number in [4, fft_size - 2].
    evm_db : float, optional
        Error vector magnitude: noise on an occupied subcarrier, relative to its mean power. The
        noise in all of the band has fft_size / subcarriers times as much. None is no noise.
    sc_fdma : bool
    channel : {"none", "awgn", "epa5", "eva5", "eva70", "etu70", "etu300"}
        Rayleigh fading over a profile of 3GPP [2]_, with its Doppler frequency in Hz. In all but
        "none", a pilot takes the place of the fourth symbol of each slot.
    frequency_offset : float in (-7500, 7500)
        Of the carrier, in Hz.
    gain_imbalance : float in (-2, 2)
    phase_imbalance : float in (-90, 90)
        Degrees. I becomes (1 - g/2) cos(p/2) I + (1 + g/2) sin(p/2) Q, and Q becomes
        (1 - g/2) sin(p/2) I + (1 + g/2) cos(p/2) Q.
    fixed_bits : int, optional
        Seed of the one sequence of bits that all series carry; None is new bits in each.

    References
    ----------
    .. [1] Sklar, Wunderlich. "Feasibility of modeling orthogonal frequency-division multiplexing
       communication signals with unsupervised generative adversarial networks." J. Res. NIST 126
       (2021), 126046.
    .. [2] 3GPP TS 36.211, TS 36.101 annex B.
    """

    channels: ClassVar[int] = 2
    quadrature: ClassVar[bool] = True  # the channels are the two parts of one complex series

    modulation: Modulation = "16qam"
    fft_size: int = 128
    prefix: Literal["long", "short"] = "long"
    subcarriers: int = 36
    evm_db: float | None = -25.0
    sc_fdma: bool = False
    channel: Channel = "none"
    frequency_offset: float = 0.0
    gain_imbalance: float = 0.0
    phase_imbalance: float = 0.0
    fixed_bits: int | None = None
    name: Literal["ofdm"] = "ofdm"

    def __post_init__(self) -> None:
        choices = {
            "modulation": tuple(ORDERS),
            "prefix": ("long", "short"),
            "channel": get_args(Channel),
        }
        for setting, known in choices.items():
            if getattr(self, setting) not in known:
                raise ValueError(
                    f"{setting} must be one of {', '.join(known)}, got {getattr(self, setting)}"
                )
        n, k = self.fft_size, self.subcarriers
        if n < 16 or n & (n - 1):
            raise ValueError(f"fft_size must be a power of two of at least 16, got {n}")
        if k % 2 or not 4 <= k <= n - 2:
            raise ValueError(f"subcarriers must be even and lie in [4, fft_size - 2], got {k}")
        if self.evm_db is not None and not -200 <= self.evm_db <= 200:
            raise ValueError(f"evm_db must lie in [-200, 200] or be None, got {self.evm_db}")
        for setting, limit in (
            ("frequency_offset", 7500),
            ("gain_imbalance", 2),
            ("phase_imbalance", 90),
        ):
            value = getattr(self, setting)
            if not -limit < value < limit:
                raise ValueError(f"{setting} must lie in (-{limit}, {limit}), got {value}")
        if self.fixed_bits is not None and self.fixed_bits < 0:
            raise ValueError(f"fixed_bits must be at least 0, got {self.fixed_bits}")

    @property
    def tail_index(self) -> float:
        """The supremum of q with E|x|^q finite."""
        return inf

    @property
    def slot(self) -> int:
        """Samples of a slot."""
        return self.frame.slot

    @property
    def sample_rate(self) -> float:
        """Hz."""
        return self.fft_size * SPACING

    @property
    def frame(self) -> Frame:
        """Where symbols lie in time and frequency."""
        return Frame(self.fft_size, self.prefix == "long", self.subcarriers)

    @property
    def alphabet(self) -> Constellation:
        """The points that are sent."""
        return constellation(self.modulation)

    @property
    def pilots(self) -> bool:
        """Whether slots have one."""
        return self.channel != "none"

    @property
    def fading(self) -> Fading | None:
        """The channel, if it fades."""
        if self.channel in ("none", "awgn"):
            return None
        return fading(self.channel[:3], float(self.channel[3:]), self.sample_rate)

    @property
    def noise_power(self) -> float:
        """Mean square of the complex noise on a sample; that of the signal is 1."""
        if self.evm_db is None:
            return 0.0
        return 10 ** (self.evm_db / 10) * self.fft_size / self.subcarriers

    @property
    def turns(self) -> float:
        """Of the carrier's phase per sample."""
        return self.frequency_offset / self.sample_rate

    @property
    def mixer(self) -> Array:
        """What becomes of (I, Q)."""
        return impairments.imbalance(self.gain_imbalance, self.phase_imbalance)

    def sample(self, n: int, length: int, rng: np.random.Generator) -> Array:
        """`n` independent series, shape (n, 2, length)."""
        if n < 0 or length < 1:
            raise ValueError(f"n must be at least 0 and length at least 1, got {n} and {length}")
        channel = self.fading
        fixed = None if self.fixed_bits is None else self.fixed_indices(length)

        def fill(rows: Array, rng: np.random.Generator) -> None:
            symbols, noise, scatter = rng.spawn(3)
            if fixed is None:
                sent = self.draw_indices(len(rows), length, symbols)
            else:
                sent = np.broadcast_to(fixed, (len(rows), *fixed.shape))
            for tile in blocks.tiles(len(rows), 2 * length):
                series = self.modulate(sent[tile])[:, :length]
                series = self.add_noise(series, noise)
                if channel is not None:
                    series = channel.apply(series, scatter)
                series = impairments.mix(impairments.turn(series, self.turns), self.mixer)
                rows[tile, :length], rows[tile, length:] = series.real, series.imag

        return blocks.draw(fill, n, 2 * length, rng).reshape(n, 2, length)

    def draw_indices(self, n: int, length: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Random points for all slots within `length`, shape (n, slots, symbols, subcarriers)."""
        slots = -(-length // self.slot)
        shape = (n, slots, self.frame.symbols, self.subcarriers)
        return rng.integers(ORDERS[self.modulation], size=shape, dtype=np.uint8)

    def fixed_indices(self, length: int) -> NDArray[np.uint8]:
        """The points that all series carry; those of a shorter series come first in a longer."""
        return self.draw_indices(1, length, np.random.Generator(np.random.PCG64(self.fixed_bits)))[
            0
        ]

    def modulate(self, indices: NDArray[np.uint8]) -> Complex:
        """Noiseless waveforms (n, slots * slot) of points (n, slots, symbols, subcarriers)."""
        grid = self.alphabet.points[indices]
        if self.sc_fdma:
            grid = np.fft.fft(grid, norm="ortho")
        if self.pilots:
            grid[:, :, PILOT] = zadoff_chu(self.subcarriers)
        return self.frame.to_time(grid)

    def add_noise(self, series: Complex, rng: np.random.Generator) -> Complex:
        """`series` and white complex Gaussian noise."""
        if self.noise_power == 0:
            return series
        noise = rng.standard_normal((*series.shape, 2)).view(np.complex128)[..., 0]
        return series + np.sqrt(self.noise_power / 2) * noise

    def truth(self) -> dict[str, float]:
        """What `estimate` estimates."""
        truth = {"prefix_correlation": ofdm_law.prefix_correlation(self)}
        if self.fading is None:
            floor = ofdm_receiver.ROUNDING_DB
            truth["evm_db"] = floor if self.evm_db is None else max(self.evm_db, floor)
        if self.frequency_offset != 0:
            truth["frequency_offset"] = self.frequency_offset
        if self.estimates_imbalance:
            truth |= {
                "gain_imbalance": self.gain_imbalance,
                "phase_imbalance": self.phase_imbalance,
            }
        return truth

    @property
    def estimates_imbalance(self) -> bool:
        """Whether there is one that can be told from the signal, whose I and Q are alike."""
        return self.modulation != "bpsk" and (self.gain_imbalance, self.phase_imbalance) != (0, 0)

    def estimate(self, series: Array) -> dict[str, Array]:
        """What a receiver measures in each series of shape (n, 2, length), each of shape (n,).

        `prefix_correlation`: size of the correlation coefficient of prefixes with what they copy;
        `evm_db`: root mean square distance from the nearest points, over that of the points from
        0, in dB, at the amplitude that fits best; -150 is what rounding leaves in single
        precision, and stands for all below. Not under fading, where it has no closed form.
        `frequency_offset` in Hz, `gain_imbalance` and `phase_imbalance` where they are set; their
        effect on the others is undone.

        From all symbols that end within `length`; NaN if there is none, or no signal.
        """
        series = as_quadrature(series)
        flat = series.reshape(len(series), 2 * series.shape[2])
        return blocks.estimate(lambda rows: ofdm_receiver.estimate(self, rows), flat)

    def demodulate(self, series: Array) -> Complex:
        """Received points, shape (n, symbols, subcarriers): see `ofdm_receiver.demodulate`."""
        return ofdm_receiver.demodulate(self, as_quadrature(series))

    def channel_response(self, series: Array) -> Complex:
        """Received pilots over the sent one, shape (n, pilots, subcarriers)."""
        return ofdm_receiver.channel_response(self, as_quadrature(series))

    def error_vector_db(self, series: Array) -> Array:
        """The `evm_db` of each series, shape (n,), under fading too."""
        return ofdm_receiver.error_vector_db(self.demodulate(series), self.alphabet)

    def bits(self, series: Array) -> NDArray[np.uint8]:
        """Bits of the points nearest to those received, shape (n, bits)."""
        return ofdm_receiver.bits(self, as_quadrature(series))

    def bit_error_rate(self, series: Array) -> Array:
        """Share of `bits` that differ from the fixed ones, shape (n,); NaN if there are none."""
        return ofdm_receiver.bit_error_rate(self, as_quadrature(series))

    def moments(self) -> dict[str, float]:
        """Mean, variance, skewness and (not excess) kurtosis of I and Q at a random time."""
        return ofdm_law.moments(self)

    def autocovariance(self, lag: ArrayLike) -> Array:
        """Covariance of I `lag` samples apart plus that of Q, at a random time.

        The real part of that of the complex series: at 0 the mean power, twice the variance of
        `moments`.
        """
        return ofdm_law.autocovariance(self, np.asarray(lag, float))

    def psd(self, frequency: ArrayLike) -> Array:
        """Spectral density of I + iQ, in cycles per sample, from a random time of a slot on.

        From -1/2 to 1/2, over which its integral is the mean power; not even if there is a
        frequency offset.
        """
        return ofdm_law.psd(self, np.asarray(frequency, float))

    def pdf(self, x: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{MIXTURE}: no density in closed form")

    def cdf(self, x: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{MIXTURE}: no distribution function in closed form")

    def characteristic(self, t: ArrayLike) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{MIXTURE}: no characteristic function in closed form")

    def loglik(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{MIXTURE}, and a series of all points of a symbol: too many to sum")

    def whiten(self, series: Array) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw(f"{MIXTURE}: no innovations in closed form")

    def crlb(self, length: int) -> NoReturn:
        """Undefined."""
        raise UndefinedLaw("bits are unknowns that are not continuous: no information bounds them")


MIXTURE = "a sample is a sum over all subcarriers of points of a constellation, and noise"


def as_quadrature(series: ArrayLike) -> Array:
    """`series` as float64; ValueError unless its shape is (n, 2, length)."""
    series = np.asarray(series, float)
    if series.ndim != 3 or series.shape[1] != 2:
        raise ValueError(f"series must have shape (n, 2, length), got {series.shape}")
    return series
