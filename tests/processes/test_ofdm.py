"""OFDM: what a receiver gets back, and the law of the waveforms."""

from math import erfc, log10, pi, sqrt
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import TypeAdapter
from scipy.special import j0

from rpgan.errors import UndefinedLaw
from rpgan.processes import blocks, impairments, ofdm_receiver
from rpgan.processes.constellation import ORDERS, Complex, constellation
from rpgan.processes.fading import PROFILES, Fading, directions, fading, waves
from rpgan.processes.ofdm import OFDM
from rpgan.processes.ofdm_frame import Frame, zadoff_chu

SMALL: dict[str, Any] = {"fft_size": 16, "subcarriers": 8}
VARIETY = [
    OFDM(),
    OFDM(**SMALL, modulation="bpsk", evm_db=None),
    OFDM(**SMALL, modulation="64qam", prefix="short", sc_fdma=True, frequency_offset=-300),
    OFDM(**SMALL, channel="awgn", fixed_bits=3),
    OFDM(fft_size=64, subcarriers=24, channel="etu300", modulation="qpsk"),
    OFDM(fft_size=32, subcarriers=12, gain_imbalance=0.2, phase_imbalance=10),
]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def as_complex(series: np.ndarray) -> Complex:
    return series[:, 0] + 1j * series[:, 1]


def as_channels(series: Complex) -> np.ndarray:
    return np.stack([series.real, series.imag], axis=1)


def random_points(law: OFDM, n: int, slots: int) -> np.ndarray:
    return law.draw_indices(n, slots * law.slot, rng(7))


# Constellations


@pytest.mark.parametrize("name", ORDERS)
def test_constellations_have_unit_power_and_all_labels_once(name):
    alphabet = constellation(name)
    assert len(alphabet.points) == ORDERS[name]
    assert np.mean(np.abs(alphabet.points) ** 2) == pytest.approx(1, abs=1e-14)
    assert abs(alphabet.points.sum()) < 1e-13
    assert sorted(alphabet.labels) == list(range(ORDERS[name]))
    apart = np.abs(alphabet.points[:, None] - alphabet.points)
    assert apart[apart > 0].min() > 0.2


def bit_distances_of_neighbours(name: str) -> tuple[list[int], list[int]]:
    """Of neighbours side by side, and of others."""
    alphabet = constellation(name)
    apart = alphabet.points[None] - alphabet.points[:, None]
    least = np.abs(apart)[np.abs(apart) > 1e-9].min()
    beside, other = [], []
    for i, j in np.argwhere(np.abs(np.abs(apart) - least) < 1e-9):
        differ = int(alphabet.labels[i] ^ alphabet.labels[j]).bit_count()
        (beside if abs(apart[i, j].imag) < 1e-9 else other).append(differ)
    return beside, other


@pytest.mark.parametrize("name", ["bpsk", "qpsk", "8psk", "16qam", "64qam"])
def test_neighbours_differ_in_one_bit(name):
    beside, other = bit_distances_of_neighbours(name)
    assert set(beside + other) == {1}


def test_the_cross_is_gray_along_rows_and_nearly_so_along_columns():
    beside, other = bit_distances_of_neighbours("32qam")
    assert len(beside) == 2 * (3 + 5 * 4 + 3)
    assert set(beside) == {1}
    assert len(other) == 2 * 26
    assert sorted(other) == [1] * 2 * 22 + [3] * 2 * 4  # at the ends of two columns


def test_bits_are_written_highest_first():
    alphabet = constellation("16qam")
    assert alphabet.points[0] == pytest.approx((-3 - 3j) / sqrt(10))
    assert alphabet.points[1] == pytest.approx((-1 - 3j) / sqrt(10))
    assert_array_equal(
        alphabet.bits(np.array([[0, 2, 15]])), [[0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0]]
    )
    assert_array_equal(constellation("qpsk").labels, [0, 1, 2, 3])


@pytest.mark.parametrize("name", ORDERS)
def test_the_nearest_point_is_the_nearest(name):
    alphabet = constellation(name)
    received = rng().standard_normal((3, 50)) + 1j * rng(2).standard_normal((3, 50))
    wanted = np.abs(received[..., None] - alphabet.points).argmin(axis=-1)
    assert_array_equal(alphabet.nearest(received), wanted)


# Frame and pilot


def test_slots_last_half_a_millisecond():
    long = Frame(128, True, 36)
    assert_array_equal(long.prefixes, [32] * 6)
    for size, first, others in ((128, 10, 9), (256, 20, 18), (512, 40, 36), (1024, 80, 72)):
        assert_array_equal(Frame(size, False, 36).prefixes, [first] + [others] * 6)
    for size in (16, 32, 64, 128, 1024):
        for is_long in (True, False):
            frame = Frame(size, is_long, 4)
            assert frame.prefixes.min() >= 1
            assert frame.slot == 7.5 * size == (frame.prefixes + size).sum() == len(frame.order)
    assert OFDM().slot == 960
    assert OFDM(fft_size=512).slot == 3840


@pytest.mark.parametrize("prefix", ["long", "short"])
def test_a_prefix_is_the_end_of_its_body(prefix):
    law = OFDM(fft_size=64, subcarriers=24, prefix=prefix, evm_db=None)
    x = as_complex(law.sample(5, 2 * law.slot, rng()))
    start = 0
    for samples in list(law.frame.prefixes) * 2:
        end = start + samples + 64
        assert_array_equal(x[:, start : start + samples], x[:, end - samples : end])
        assert not np.allclose(x[:, start], x[:, end - samples - 1])
        start = end
    assert start == x.shape[1]
    assert len(law.frame.prefix_samples(2 * law.slot)) == 2 * law.frame.prefixes.sum()


def test_carriers_are_even_about_an_empty_middle():
    law = OFDM(fft_size=32, subcarriers=6, evm_db=None)
    x = law.frame.bodies_of(np.array([1, 2, 3, 4, 5, 6], complex))
    spectrum = np.fft.fft(x)
    spectrum /= spectrum[-3]
    assert_allclose(spectrum[[-3, -2, -1, 1, 2, 3]], [1, 2, 3, 4, 5, 6])
    assert np.abs(np.delete(spectrum, [-3, -2, -1, 1, 2, 3])).max() < 1e-14


@pytest.mark.parametrize(
    ("length", "prime", "root"),
    [(18, 17, 1), (36, 31, 1), (150, 149, 5), (8, 7, 1), (4, 3, 1), (224, 223, 7)],
)
def test_the_pilot_has_constant_amplitude_and_no_autocorrelation(length, prime, root):
    pilot = zadoff_chu(length)
    assert_allclose(np.abs(pilot), 1, rtol=1e-14)
    period, rest = pilot[:prime], pilot[prime:]
    assert_array_equal(rest, period[: len(rest)])
    correlation = np.fft.ifft(np.abs(np.fft.fft(period)) ** 2)
    assert abs(correlation[0]) == pytest.approx(prime)
    assert np.abs(correlation[1:]).max() < 1e-11
    assert pilot[1] == pytest.approx(np.exp(-2j * pi * root / prime))


# What is sent comes back


@pytest.mark.parametrize("sc_fdma", [False, True])
@pytest.mark.parametrize("prefix", ["long", "short"])
@pytest.mark.parametrize(
    ("size", "subcarriers"), [(16, 14), (128, 36), (256, 112), (512, 150), (1024, 450)]
)
@pytest.mark.parametrize("modulation", ORDERS)
def test_points_come_back(modulation, size, subcarriers, prefix, sc_fdma):
    law = OFDM(
        modulation=modulation, fft_size=size, subcarriers=subcarriers, prefix=prefix,
        sc_fdma=sc_fdma, evm_db=None,
    )  # fmt: skip
    sent = random_points(law, 3, 2)
    received = law.demodulate(as_channels(law.modulate(sent)))
    wanted = law.alphabet.points[sent].reshape(received.shape)
    assert received.shape == (3, 2 * law.frame.symbols, subcarriers)
    assert np.abs(received - wanted).max() < 1e-12
    assert_array_equal(law.alphabet.nearest(received), sent.reshape(received.shape))
    assert (law.error_vector_db(law.sample(3, law.slot, rng())) == -150).all()


@pytest.mark.parametrize("sc_fdma", [False, True])
def test_points_come_back_through_all_impairments(sc_fdma):
    law = OFDM(
        fft_size=64, subcarriers=24, evm_db=None, channel="awgn", frequency_offset=500,
        gain_imbalance=0.3, phase_imbalance=15, sc_fdma=sc_fdma, fixed_bits=5,
    )  # fmt: skip
    series = law.sample(3, 2 * law.slot, rng())
    sent = np.delete(law.fixed_indices(2 * law.slot), 3, axis=1).reshape(10, 24)
    assert np.abs(law.demodulate(series) - law.alphabet.points[sent]).max() < 1e-12
    assert_allclose(law.channel_response(series), np.ones((3, 2, 24)), atol=1e-12)
    assert (law.bit_error_rate(series) == 0).all()


@pytest.mark.parametrize("sc_fdma", [False, True])
def test_a_channel_that_stands_still_is_equalised(sc_fdma):
    law = OFDM(fft_size=64, subcarriers=24, evm_db=None, channel="epa5", sc_fdma=sc_fdma)
    sent = random_points(law, 2, 2)
    taps = np.array([0.8, 0, 0.3 - 0.2j, 0, 0.1j])
    arrived = np.array([np.convolve(x, taps)[: len(x)] for x in law.modulate(sent)])
    arrived[:, law.slot :] *= 2j  # echoes of the first slot end in a prefix
    series = as_channels(arrived)
    response = np.exp(-2j * pi * np.outer(law.frame.carriers, np.arange(5)) / 64) @ taps
    response = np.stack([response, 2j * response])
    assert_allclose(law.channel_response(series), np.stack([response] * 2), atol=1e-13)
    wanted = law.alphabet.points[np.delete(sent, 3, axis=2)].reshape(2, 10, 24)
    assert np.abs(law.demodulate(series) - wanted).max() < 1e-12
    # Symbols of a slot whose pilot is cut off have no response.
    symbol = 64 + 16
    for symbols, left in ((5, 4), (4, 3), (3, 0), (8, 5), (9, 5), (10, 8), (12, 10)):
        assert law.demodulate(series[:, :, : symbols * symbol]).shape == (2, left, 24)


def test_the_pilot_is_the_fourth_symbol():
    law = OFDM(**SMALL, channel="awgn", evm_db=None)
    grid = law.frame.to_frequency(as_complex(law.sample(2, 2 * law.slot, rng())))
    assert_allclose(grid[:, [3, 9]], np.broadcast_to(zadoff_chu(8), (2, 2, 8)), atol=1e-13)
    assert not np.allclose(grid[:, 2], zadoff_chu(8), atol=0.1)
    with pytest.raises(ValueError, match="no pilots"):
        OFDM(**SMALL).channel_response(np.zeros((1, 2, 120)))


@pytest.mark.parametrize(
    ("modulation", "evm_db"), [("qpsk", -25), ("qpsk", -15), ("16qam", -25), ("32qam", -30), ("64qam", -35), ("8psk", -25), ("bpsk", -12)]
)  # fmt: skip
@pytest.mark.parametrize("channel", ["none", "awgn"])
def test_error_vector_magnitude(modulation, evm_db, channel, agree):
    """A mean of squares over N points: half a degree of freedom of N is fitted, and the power of
    points varies by (kurtosis - 1) / N. All but 1e-6 of points are decided rightly."""
    law = OFDM(modulation=modulation, evm_db=evm_db, channel=channel, prefix="short")
    x = law.sample(3000, law.slot, rng())
    count = (6 if law.pilots else 7) * 36
    kurtosis = np.mean(np.abs(law.alphabet.points) ** 4)
    wanted = (1 - 0.5 / count) * (1 + (kurtosis - 1) / count)
    estimates = law.estimate(x)
    assert law.truth()["evm_db"] == evm_db
    ratio = 10 ** ((estimates["evm_db"] - evm_db) / 10)
    agree(ratio, wanted, bias=4 / count**2 + 1e-4)
    assert np.std(ratio) == pytest.approx(sqrt(kurtosis / count), rel=0.1)
    with pytest.raises(AssertionError):
        agree(ratio * 1.012, wanted, bias=4 / count**2 + 1e-4)  # 0.05 dB


def test_bit_errors_of_noise(limit):
    law = OFDM(modulation="qpsk", evm_db=-3, fixed_bits=1)
    x = law.sample(500, law.slot, rng())
    found = law.bit_error_rate(x)
    chance = erfc(10 ** (3 / 20) / sqrt(2)) / 2
    bits = 2 * 36 * 6
    standard_error = sqrt(chance * (1 - chance) / (500 * bits))
    assert abs(found.mean() - chance) < limit * standard_error
    flipped = law.bit_error_rate(-law.sample(5, law.slot, rng()))
    assert (flipped > 0.5).all()
    with pytest.raises(ValueError, match="fixed_bits, which are not set"):
        OFDM().bit_error_rate(x)


def test_fixed_bits_are_the_same_in_all_series():
    law = OFDM(evm_db=None, fixed_bits=0)
    x = law.sample(70, 960, rng())
    assert_array_equal(x, np.broadcast_to(x[0], x.shape))
    assert_array_equal(law.sample(1, 960, rng(2)), x[:1])
    assert_array_equal(law.sample(1, 2000, rng(2))[:, :, :960], x[:1])
    assert not np.array_equal(OFDM(evm_db=None, fixed_bits=1).sample(1, 960, rng()), x[:1])
    assert law.bits(x).shape == (70, 6 * 36 * 4)
    noisy = OFDM(fixed_bits=0).sample(2, 960, rng())
    assert not np.array_equal(noisy[0], noisy[1])
    assert (OFDM(fixed_bits=0).bit_error_rate(noisy) == 0).all()
    free = OFDM(evm_db=None).sample(70, 960, rng())
    assert len(np.unique(free[:, 0, 5])) > 50


# Mixers


def test_mixers_are_their_formulas():
    plain = OFDM(**SMALL).sample(3, 200, rng())
    i, q = plain[:, 0], plain[:, 1]
    turned = OFDM(**SMALL, frequency_offset=300).sample(3, 200, rng())
    wanted = as_complex(plain) * np.exp(2j * pi * 300 / 240_000 * np.arange(200))
    assert_allclose(as_complex(turned), wanted, rtol=1e-12, atol=1e-14)
    mixed = OFDM(**SMALL, gain_imbalance=0.2, phase_imbalance=10).sample(3, 200, rng())
    half = np.radians(5)
    assert_allclose(
        mixed[:, 0], 0.9 * np.cos(half) * i + 1.1 * np.sin(half) * q, rtol=1e-12, atol=1e-14
    )
    assert_allclose(
        mixed[:, 1], 0.9 * np.sin(half) * i + 1.1 * np.cos(half) * q, rtol=1e-12, atol=1e-14
    )
    both = OFDM(**SMALL, frequency_offset=300, gain_imbalance=0.2, phase_imbalance=10)
    matrix = impairments.imbalance(0.2, 10)
    assert_allclose(
        both.sample(3, 200, rng()),
        as_channels(impairments.mix(wanted, matrix)),
        rtol=1e-12,
        atol=1e-14,
    )


@pytest.mark.parametrize(
    ("gain", "phase"), [(0.1, 5), (0.3, 15), (-0.7, -40), (1.9, 80), (0, 10), (0.2, 0)]
)
def test_imbalance_is_read_from_powers(gain, phase):
    circle = 3 * np.exp(2j * pi * 5 / 64 * np.arange(64))[None]
    mixed = impairments.mix(circle, impairments.imbalance(gain, phase))
    found = impairments.estimate_imbalance(mixed)
    assert_allclose(np.ravel(found), [gain, phase], rtol=1e-9, atol=1e-12)


def test_impairments_are_estimated(agree):
    law = OFDM(frequency_offset=-150, gain_imbalance=0.1, phase_imbalance=5, modulation="qpsk")
    assert law.truth().keys() == {
        "prefix_correlation", "evm_db", "frequency_offset", "gain_imbalance", "phase_imbalance"
    }  # fmt: skip
    found = law.estimate(law.sample(3000, 960, rng()))
    agree(found["frequency_offset"], -150)
    agree(found["gain_imbalance"], 0.1, bias=1 / 216)
    agree(found["phase_imbalance"], 5, bias=180 / pi / 216)
    assert found["gain_imbalance"].std() < 2 / sqrt(216)
    assert np.median(found["evm_db"]) == pytest.approx(-25, abs=0.1)
    with pytest.raises(AssertionError):
        agree(found["frequency_offset"], -147)


# Fading


def test_taps_are_merged_onto_samples():
    etu = fading("etu", 300.0, 7.68e6)  # samples of 130.2 ns
    assert_array_equal(etu.delays, [0, 1, 2, 4, 12, 18, 38])
    db = [-1, -1, 0, 0, -3, -5, -7]
    wanted = 10 ** (np.array(db) / 10) * [2, 1, 2, 1, 1, 1, 1]
    assert_allclose(etu.powers, wanted / wanted.sum(), rtol=1e-14)
    assert etu.doppler == 300 / 7.68e6
    epa = fading("epa", 5.0, 1.92e6)  # samples of 520.8 ns
    assert_array_equal(epa.delays, [0, 1])
    assert epa.powers[1] / epa.powers[0] == pytest.approx(
        10**-2.08 / sum(10 ** (p / 10) for p in PROFILES["epa"][1][:-1])
    )
    for profile in PROFILES:
        fine = fading(profile, 5.0, 1e9)
        assert_array_equal(fine.delays, PROFILES[profile][0])
        assert fine.powers.sum() == pytest.approx(1, abs=1e-15)


def test_the_doppler_spectrum_is_classical():
    """No statistics: the covariance of the linear map from white noise to a tap's gain."""
    for doppler, length in ((300 / 7.68e6, 7680), (0.01, 1000), (1e-7, 10), (0.3, 200)):
        field = waves(doppler, length)
        covariance = field.T @ field[:, [0, length // 3, length - 1]]
        for start, column in zip((0, length // 3, length - 1), covariance.T, strict=True):
            wanted = j0(2 * pi * doppler * (np.arange(length) - start))
            assert np.abs(column - wanted).max() < 2e-12
    assert len(waves(300 / 7.68e6, 7680)) < 15
    few = directions(2 * pi * 0.3 * 200) // 2  # half would not do
    angles = np.pi * (np.arange(few) + 0.5) / (2 * few)
    x = 2 * pi * 0.3 * 199
    assert abs(np.mean(np.cos(x * np.cos(angles))) - j0(x)) > 1e-3


def test_taps_are_rayleigh(agree):
    channel = Fading(np.array([0, 3]), np.array([0.7, 0.3]), 0.02)
    h = channel.gains(20000, 9, rng())
    for tap, power in enumerate(channel.powers):
        strength = np.abs(h[:, tap, 4]) ** 2
        agree(strength, power)
        agree((strength - power) ** 2, power**2)  # of an exponential
        agree(strength**3, 6 * power**3)
        for part in (h[:, tap, 4].real, h[:, tap, 4].imag, (h[:, tap, 4] ** 2).real):
            agree(part, 0)
        alike = h[:, tap, 8] * h[:, tap, 0].conj()
        agree(alike.real, power * j0(2 * pi * 0.02 * 8))
        agree(alike.imag, 0)
    agree((h[:, 0, 4] * h[:, 1, 4].conj()).real, 0)
    with pytest.raises(AssertionError):
        agree(np.abs(h[:, 0, 4]) ** 2, 1.06 * 0.7)


def test_a_channel_is_a_convolution():
    channel = Fading(np.array([0, 2, 50]), np.array([0.5, 0.3, 0.2]), 0.01)
    x = rng(3).standard_normal((2, 40, 2)).view(np.complex128)[..., 0]
    y = channel.apply(x, rng(4))
    for sent, got, h in zip(x, y, channel.gains(2, 40, rng(4)), strict=True):
        late = np.concatenate([[0, 0], sent[:-2]])
        assert_allclose(got, h[0] * sent + h[1] * late, rtol=1e-13)


@pytest.mark.parametrize("channel", ["epa5", "eva5", "eva70", "etu70", "etu300"])
def test_fading_keeps_the_mean_power(channel, agree):
    law = OFDM(channel=channel)
    x = as_complex(law.sample(3000, law.slot, rng()))
    power = np.abs(x[:, 10:]) ** 2  # after echoes of silence
    agree(power.mean(axis=1), 1 + law.noise_power)
    assert np.std(power.mean(axis=1)) > 0.3


def test_slow_fading_is_equalised_but_for_the_noise_of_the_pilot():
    law = OFDM(channel="epa5", modulation="qpsk", evm_db=-25)
    evm = law.error_vector_db(law.sample(500, law.slot, rng()))
    assert np.median(evm) == pytest.approx(-25 + 10 * log10(2), abs=0.3)
    fast = OFDM(channel="etu300", modulation="qpsk", evm_db=-25)
    assert np.median(fast.error_vector_db(fast.sample(200, fast.slot, rng()))) > -18
    assert "evm_db" not in fast.truth()


# The law


@pytest.mark.parametrize(
    "law",
    [OFDM(), OFDM(evm_db=0, prefix="short"), OFDM(channel="awgn"), OFDM(fft_size=256, subcarriers=74, channel="etu300"), OFDM(channel="eva70", prefix="short", fft_size=256, subcarriers=74), OFDM(gain_imbalance=0.3, phase_imbalance=15, frequency_offset=300)],
    ids=str,
)  # fmt: skip
def test_prefix_correlation(law, agree):
    x = ofdm_receiver.corrected(law, law.sample(2000, law.slot, rng()))
    first = law.frame.prefix_samples(law.slot)
    first = first[first >= law.fft_size // 2]  # after echoes of silence
    rho = law.truth()["prefix_correlation"]
    part_of_echoes = 1.0
    if law.fading is not None:  # symbols after the first
        prefixes = law.frame.prefixes[1:]
        clean = sum(
            np.maximum(prefixes - d, 0).sum() * p
            for d, p in zip(law.fading.delays, law.fading.powers, strict=True)
        )
        turned = j0(2 * pi * law.fading.doppler * law.fft_size)
        part = clean / prefixes.sum() * turned / (1 + law.noise_power)
        assert part == pytest.approx(rho, rel=0.01)
        rho = part
        part_of_echoes = prefixes.sum() / clean
    prefix, end = x[:, first], x[:, first + law.fft_size]
    shared = (prefix.conj() * end).mean(axis=1)
    power = (np.abs(prefix) ** 2 + np.abs(end) ** 2).mean(axis=1) / 2
    assert law.fading is not None or rho == 1 / (1 + law.noise_power)
    agree(shared.real - rho * power, 0)
    agree(shared.imag, 0)
    forgotten = part_of_echoes * (1 + law.noise_power) / (1 + 10 ** ((law.evm_db or 0) / 10))
    with pytest.raises(AssertionError):  # no echoes, and noise on the subcarriers alone
        agree(shared.real - forgotten * rho * power, 0)
    found = law.estimate(
        as_channels(x) if law.gain_imbalance == 0 else law.sample(2000, law.slot, rng())
    )
    assert np.median(found["prefix_correlation"]) == pytest.approx(rho, abs=0.02)


def test_prefix_correlation_under_fading():
    delays = np.array([0, 1, 3, 4, 10])  # in samples of 520.8 ns
    powers = np.array([3 * 10**-0.1 + 2, 1, 10**-0.3, 10**-0.5, 10**-0.7])
    clean = powers @ (32 - delays) / 32 / powers.sum()
    turned = j0(2 * pi * 300 / 15000) / (1 + 10**-2.5 * 128 / 36)
    law = OFDM(channel="etu300")
    assert law.truth()["prefix_correlation"] == pytest.approx(clean * turned, rel=1e-12)


@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
@pytest.mark.parametrize("subcarriers", [4, 18])
def test_envelopes_have_the_kurtosis_of_a_sum(modulation, subcarriers, agree):
    law = OFDM(modulation=modulation, fft_size=64, subcarriers=subcarriers, evm_db=None)
    kurtosis = {"qpsk": 1, "16qam": 1.32, "64qam": 1.380952}[modulation]
    power = np.abs(as_complex(law.sample(20000, law.slot, rng()))) ** 2
    agree(power.mean(axis=1), 1)
    agree((power**2).mean(axis=1), 2 + (kurtosis - 2) / subcarriers, bias=1e-6)
    with pytest.raises(AssertionError):
        agree((power**2).mean(axis=1), 2, bias=1e-6)  # of a Gaussian


@pytest.mark.parametrize(
    "settings",
    [
        {"modulation": "bpsk"}, {"modulation": "bpsk", "sc_fdma": True}, {"modulation": "qpsk"},
        {"modulation": "16qam", "prefix": "short"}, {"modulation": "qpsk", "sc_fdma": True},
        {"modulation": "32qam", "sc_fdma": True, "gain_imbalance": 0.5, "phase_imbalance": 20},
        {"modulation": "bpsk", "gain_imbalance": 0.5, "phase_imbalance": -20},
    ],
    ids=str,
)  # fmt: skip
def test_moments(settings, agree):
    law = OFDM(fft_size=16, subcarriers=4, evm_db=-10, **settings)
    moments = law.moments()
    x = law.sample(30000, law.slot, rng()).reshape(30000, -1)
    fourth = moments["kurtosis"] * moments["variance"] ** 2
    for power, wanted in ((1, 0), (2, moments["variance"]), (3, 0), (4, fourth)):
        agree((x**power).mean(axis=1), wanted)
    with pytest.raises(AssertionError):
        agree((x**4).mean(axis=1), 1.03 * fourth)
    if not law.gain_imbalance:
        assert moments["variance"] == pytest.approx((1 + law.noise_power) / 2, rel=1e-12)
        assert law.autocovariance(0) == pytest.approx(2 * moments["variance"], rel=1e-12)


LAWS = [
    OFDM(fft_size=16, subcarriers=6, evm_db=-10),
    OFDM(fft_size=32, subcarriers=10, evm_db=-10, prefix="short", modulation="bpsk"),
    OFDM(fft_size=16, subcarriers=6, evm_db=None, sc_fdma=True, modulation="qpsk"),
    OFDM(fft_size=16, subcarriers=6, frequency_offset=2000, prefix="short"),
    OFDM(fft_size=16, subcarriers=6, frequency_offset=2000, gain_imbalance=0.8, phase_imbalance=30),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_spectra_are_mean_periodograms(law, agree):
    """Exactly: a slot is a whole number of independent symbols of mean 0."""
    x = as_complex(law.sample(5000, law.slot, rng()))
    f = np.linspace(-0.5, 0.5, 41)[:-1] + 0.003
    waves = np.exp(-2j * pi * np.outer(np.arange(law.slot), f))
    periodogram = np.abs(x @ waves) ** 2 / law.slot
    for values, wanted in zip(periodogram.T, law.psd(f), strict=True):
        agree(values, float(wanted))
    worst = np.argmax(law.psd(f))
    with pytest.raises(AssertionError):
        agree(periodogram[:, worst], 1.12 * float(law.psd(f)[worst]))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_spectra_are_transforms_of_autocovariances(law):
    f = np.arange(1024) / 1024 - 0.5
    density = law.psd(f)
    assert (density >= law.noise_power * 0.99).all()
    for lag in (0, 1, 5, 16, 19, 31, 60):
        real_part = np.mean(density * np.cos(2 * pi * f * lag))
        assert real_part == pytest.approx(float(law.autocovariance(lag)), abs=1e-12)
    assert_array_equal(law.psd(np.zeros((2, 3))).shape, (2, 3))
    assert float(law.autocovariance(-3)) == float(law.autocovariance(3))


def test_a_law_is_refused_with_a_reason():
    x = OFDM().sample(2, 960, rng())
    calls = {
        "moments": (), "autocovariance": (1,), "psd": (0.1,), "pdf": (0.0,), "cdf": (0.0,),
        "crlb": (960,), "loglik": (x,), "whiten": (x,),
    }  # fmt: skip
    always = {"pdf", "cdf", "crlb", "loglik", "whiten"}
    unequal = OFDM(modulation="bpsk", gain_imbalance=0.1)
    for law, refused in (
        (OFDM(), always),
        (OFDM(frequency_offset=5), always | {"moments"}),
        (OFDM(fixed_bits=1), calls.keys()),
        (OFDM(channel="awgn"), calls.keys()),
        (OFDM(channel="etu70"), calls.keys()),
        (unequal, always | {"autocovariance", "psd"}),
    ):
        for name, arguments in calls.items():
            if name in refused:
                with pytest.raises(UndefinedLaw, match=r".{20}"):
                    getattr(law, name)(*arguments)
            else:
                getattr(law, name)(*arguments)
    assert OFDM().tail_index == np.inf


# The contract of a process


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "process" in metafunc.fixturenames:
        metafunc.parametrize("process", VARIETY, ids=str)


def test_threads_blocks_and_tiles_change_nothing(process, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    one = process.sample(150, 200, rng())
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert_array_equal(process.sample(150, 200, rng()), one)
    assert_array_equal(process.sample(70, 200, rng()), one[:70])
    assert_array_equal(process.sample(1, 200, rng()), one[:1])
    monkeypatch.setattr(blocks, "TILE", 1)
    assert_array_equal(process.sample(70, 200, rng()), one[:70])


def test_chunks_of_whole_blocks_change_nothing(process):
    stream = rng()
    parts = [process.sample(n, 100, stream) for n in (128, 64, 30)]
    assert_array_equal(np.concatenate(parts), process.sample(222, 100, rng()))


@pytest.mark.parametrize("length", [1, 2, 3, 97, 1111])
def test_any_length_can_be_drawn(process, length):
    series = process.sample(5, length, rng())
    assert series.shape == (5, 2, length)
    assert series.dtype == np.float64
    assert np.isfinite(series).all()
    assert process.sample(0, length, rng()).shape == (0, 2, length)
    for n in (5, 0):
        estimates = process.estimate(series[:n])
        assert estimates.keys() == process.truth().keys()
        assert all(value.shape == (n,) for value in estimates.values())
    if length < 16:
        assert all(np.isnan(value).all() for value in estimates.values())


def test_shorter_series_are_the_start_of_symbols():
    law = OFDM(**SMALL, evm_db=None)
    assert_array_equal(law.sample(3, 100, rng()), law.sample(3, 120, rng())[:, :, :100])


def test_bad_sizes_and_shapes_are_refused(process):
    with pytest.raises(ValueError, match="got -1 and 5"):
        process.sample(-1, 5, rng())
    with pytest.raises(ValueError, match="length at least 1, got 5 and 0"):
        process.sample(5, 0, rng())
    for shape in ((100,), (3, 100), (3, 1, 100), (2, 2, 2, 9)):
        with pytest.raises(ValueError, match=r"shape \(n, 2, length\)"):
            process.estimate(np.zeros(shape))


@pytest.mark.parametrize("length", [16, 64, 1000])
def test_receivers_survive_what_a_network_may_make(process, length):
    gauss = rng(0).standard_normal((2, length))
    ones = np.ones((2, length))
    dead = [0 * ones, -3.7 * ones, 1e300 * ones, np.outer([1, -2], np.ones(length))]
    cauchy = rng(0).standard_cauchy((2, length))
    odd = [
        np.sign(gauss), gauss * 1e150, gauss * 1e-310, np.sign(gauss) * 1.7e308, 1e9 + gauss,
        np.maximum(gauss, 0), np.eye(length)[[length // 2, 0]], np.outer([1, 0], gauss[0]),
        np.outer([0, 1], (-1.0) ** np.arange(length)), cauchy**5, ones * np.arange(length),
        np.outer([1, 1], np.sin(0.3 * np.arange(length))), np.where(np.arange(length) < 9, gauss, 0),
    ]  # fmt: skip
    series = np.array(dead + odd)
    for name, values in process.estimate(series).items():
        assert np.isnan(values[: len(dead)]).all(), name
        assert not np.isinf(values).any(), name
        if length == 1000:
            assert np.isfinite(values[len(dead)]), name
    tame = series[[0, 1, 4, 9, 10]]
    assert process.error_vector_db(tame).shape == (5,)
    assert process.bits(tame).shape[0] == 5


def test_estimates_do_not_depend_on_units(process):
    series = process.sample(4, 2 * process.slot, rng())
    there = process.estimate(series * 1000)
    for name, value in process.estimate(series).items():
        assert np.isfinite(value).all()
        assert_allclose(there[name], value, rtol=1e-9, atol=1e-9)


def test_settings_are_read_and_written():
    reader = TypeAdapter(OFDM)
    law = reader.validate_python({"name": "ofdm", "modulation": "qpsk", "evm_db": None})
    assert law == OFDM(modulation="qpsk", evm_db=None)
    assert reader.validate_json(reader.dump_json(VARIETY[4])) == VARIETY[4]
    assert (OFDM.channels, OFDM.quadrature) == (2, True)
    with pytest.raises(ValueError, match="channels"):
        reader.validate_python({"channels": 2})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"modulation": "4qam"}, "modulation must be one of bpsk, .*64qam, got 4qam"),
        ({"prefix": "none"}, "prefix must be one of long, short, got none"),
        ({"channel": "etu5"}, "channel must be one of none, awgn, .*, got etu5"),
        ({"fft_size": 100}, "fft_size must be a power of two of at least 16, got 100"),
        ({"fft_size": 8}, "fft_size must be a power of two of at least 16, got 8"),
        ({"subcarriers": 35}, r"subcarriers must be even and lie in \[4, fft_size - 2\], got 35"),
        ({"subcarriers": 2}, "subcarriers must be even"),
        ({"subcarriers": 128}, "subcarriers must be even"),
        ({"evm_db": float("nan")}, r"evm_db must lie in \[-200, 200\] or be None, got nan"),
        ({"frequency_offset": 7500}, r"frequency_offset must lie in \(-7500, 7500\), got 7500"),
        ({"gain_imbalance": -2}, r"gain_imbalance must lie in \(-2, 2\), got -2"),
        ({"phase_imbalance": float("inf")}, r"phase_imbalance must lie in \(-90, 90\), got inf"),
        ({"fixed_bits": -1}, "fixed_bits must be at least 0, got -1"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        OFDM(**settings)
