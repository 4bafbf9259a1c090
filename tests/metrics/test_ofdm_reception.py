from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.signal import find_peaks, peak_widths

from rpgan.errors import UndefinedLaw
from rpgan.metrics import OFDMReception, draw_floor, ofdm_reception, score
from rpgan.processes import FGN
from rpgan.processes.ofdm import OFDM
from rpgan.processes.parameter_laws import Uniform
from rpgan.processes.varying import Varying
from rpgan.randomness import generator

LENGTH = 1920  # two slots


def draw(law, n, *purpose, length=LENGTH):
    return law.sample(n, length, generator(1, "reception", *purpose))


def scored(law, real, fake):
    return OFDMReception().fit(real, law)(fake)


@pytest.mark.parametrize("prefix", ["long", "short"])
@pytest.mark.parametrize("modulation", ["qpsk", "16qam", "64qam"])
@pytest.mark.parametrize("sc_fdma", [False, True])
def test_evm_and_snr_are_those_that_were_set(prefix, modulation, sc_fdma):
    law = OFDM(modulation=modulation, prefix=prefix, sc_fdma=sc_fdma, evm_db=-30.0)
    values = scored(law, draw(law, 20, "real"), draw(law, 40, "fake"))
    # Of chi-square laws with 2 * 12 * 36 degrees of freedom and more, in dB.
    error = 10 / np.log(10) / np.sqrt(12 * 36) * 1.25 / np.sqrt(40)
    assert_allclose(values["ofdm_evm_median"], -30, atol=5 * error)
    assert values["ofdm_evm_low"] < values["ofdm_evm_median"] < values["ofdm_evm_high"]
    assert values["ofdm_evm_missing"] == 0
    snr = 30 - 10 * np.log10(law.fft_size / law.subcarriers)
    assert_allclose(values["ofdm_snr_median"], snr, atol=5 * error + 0.05)
    assert values["ofdm_constellation"] < 0.2
    assert values["ofdm_prefix_error"] < 0.05


def test_without_noise_there_is_no_error():
    law = OFDM(evm_db=None)
    series = draw(law, 4, "clean")
    values = scored(law, series, series)
    assert values["ofdm_evm_median"] == -150
    assert_allclose(values["ofdm_snr_median"], 150)


def test_evm_by_its_definition():
    law = OFDM(modulation="16qam", evm_db=-15.0)
    series = draw(law, 5, "definition")
    received = law.demodulate(series).reshape(5, -1)
    expected = []
    for row in received:
        nearest = np.array(
            [law.alphabet.points[np.abs(law.alphabet.points - p).argmin()] for p in row]
        )
        ratio = np.mean(np.abs(nearest - row) ** 2) / np.mean(np.abs(nearest) ** 2)
        expected.append(10 * np.log10(ratio))
    assert_allclose(ofdm_reception.error_vector_db(law, series)[:, 0], expected, rtol=1e-10)
    values = scored(law, series, series)
    assert_allclose(values["ofdm_evm_median"], np.median(expected))
    assert_allclose(values["ofdm_evm_low"], np.quantile(expected, 0.025))
    assert_allclose(values["ofdm_evm_high"], np.quantile(expected, 0.975))


def test_a_gain_is_an_error():
    law = OFDM(modulation="qpsk", evm_db=None)
    series = draw(law, 4, "gain")
    values = scored(law, series, 0.9 * series)
    assert_allclose(values["ofdm_evm_median"], -20)
    assert_allclose(values["ofdm_snr_median"], 20)
    assert_allclose(values["ofdm_prefix_error"], 1 - 0.81)


@pytest.mark.parametrize("length", [1920, 1700, 2000, 200])
def test_lengths_that_end_within_a_slot(length):
    law = OFDM(evm_db=None, modulation="qpsk")
    series = draw(law, 3, "part", length=length)
    assert_allclose(scored(law, series, series)["ofdm_snr_median"], 150)


def test_pilots_are_no_noise():
    law = OFDM(channel="awgn", evm_db=-30.0)
    values = scored(law, draw(law, 10, "real"), draw(law, 30, "fake"))
    assert_allclose(values["ofdm_snr_median"], 30 - 10 * np.log10(128 / 36), atol=0.2)
    # A flat response: a triangle of 36 lags, at half height after (36 - 1) / 2.
    assert_allclose(values["ofdm_coherence_bandwidth_mean"], 17.5 / 512, rtol=0.02)


def test_prefixes_that_copy_nothing():
    law = OFDM(evm_db=-30.0)
    real, fake = draw(law, 200, "real"), draw(law, 200, "fake")
    broken = fake.copy()
    prefix = law.frame.prefix_samples(LENGTH)
    broken[:, :, prefix] = draw(law, 200, "else")[:, :, prefix]
    assert scored(law, real, fake)["ofdm_prefix_error"] < 0.03
    assert scored(law, real, broken)["ofdm_prefix_error"] > 0.97
    assert_allclose(scored(law, real, broken)["ofdm_evm_median"], -30, atol=0.2)


def test_prefix_correlations_are_those_of_the_published_lag():
    law = OFDM()
    series = draw(law, 2, "lag")
    found = ofdm_reception.prefix_correlations(law, series)
    for row, (i, q) in zip(found, series, strict=True):
        expected = []
        for slot in np.split(i + 1j * q, 2):
            symbols = slot.reshape(6, 160)
            bodies = symbols[:, 32:].ravel()
            for number, prefix in enumerate(symbols[:, :32]):
                correlation = np.correlate(bodies, prefix)
                rolled = np.roll(correlation, len(bodies) - number * (len(bodies) // 6))
                expected.append(rolled[127])
        assert_allclose(row[:12] + 1j * row[12:], expected, rtol=1e-10)
        assert np.abs(np.median(expected)) == pytest.approx(
            ofdm_reception.median_size(row[None]), rel=0.01
        )


def test_bit_errors_are_counted_where_bits_are_fixed():
    law = OFDM(channel="awgn", modulation="qpsk", evm_db=-25.0, fixed_bits=3)
    other = OFDM(channel="awgn", modulation="qpsk", evm_db=-25.0)
    real = draw(law, 5, "real")
    assert scored(law, real, draw(law, 20, "fake"))["ofdm_bit_error_rate"] == 0
    bits = 10 * 36 * 2 * 20
    got = scored(law, real, draw(other, 20, "other"))["ofdm_bit_error_rate"]
    assert_allclose(got, 0.5, atol=5 * 0.5 / np.sqrt(bits))
    assert "ofdm_bit_error_rate" not in scored(other, real, real)


def test_half_widths_are_those_of_scipy():
    rng = generator(1, "widths")
    taps = np.zeros((40, 2, 36), complex)
    taps[..., :4] = rng.standard_normal((40, 2, 4, 2)) @ [1, 1j]
    rough = rng.standard_normal((40, 2, 36, 2)) @ [1, 1j]
    for response in (np.fft.fft(taps).astype(complex), rough.astype(complex)):
        got = ofdm_reception.half_widths(response)
        for row, found in zip(response.reshape(-1, 36), got.ravel(), strict=True):
            size = np.abs(np.correlate(row, row, mode="full"))
            assert 35 in find_peaks(size)[0]
            width = peak_widths(size, [35], rel_height=0.5)[0][0]
            assert_allclose(found, 0.5 * width / 512, rtol=1e-9)


def test_responses_that_are_not_there_have_no_width():
    response = np.ones((3, 1, 8), complex)
    response[0, 0, 2] = np.nan
    response[1] = 0
    got = ofdm_reception.half_widths(response)
    assert np.isnan(got[:2]).all()
    assert np.isfinite(got[2]).all()


def test_fading_channels():
    law = OFDM(channel="eva5", evm_db=-30.0, fixed_bits=1)
    real, fake = draw(law, 60, "real"), draw(law, 60, "fake")
    fitted = OFDMReception().fit(real, law)
    values = fitted(fake)
    assert "ofdm_snr_median" not in values
    width = fitted.ideal["ofdm_coherence_bandwidth_mean"]
    spread = fitted.ideal["ofdm_coherence_bandwidth_std"]
    assert_allclose(values["ofdm_coherence_bandwidth_mean"], width, atol=5 * spread / np.sqrt(60))
    flat = OFDM(channel="awgn", evm_db=-30.0, fixed_bits=1)
    assert fitted(draw(flat, 60, "flat"))["ofdm_coherence_bandwidth_mean"] > width + spread / 2
    assert values.keys() == fitted.ideal.keys()


def test_the_constellation_is_that_of_another_modulation():
    law, other = OFDM(modulation="16qam"), OFDM(modulation="qpsk")
    real = draw(law, 40, "real")
    assert scored(law, real, draw(law, 40, "fake"))["ofdm_constellation"] < 0.1
    assert scored(law, real, draw(other, 40, "other"))["ofdm_constellation"] > 0.7
    rows = ofdm_reception.histogram(law, 30, real)
    assert rows.shape == (40, 901)
    assert_allclose(rows.sum(axis=1), 1)
    assert rows[:, -1].max() == 0
    assert_allclose(ofdm_reception.histogram(law, 30, 5 * real)[:, -1].min(), 1, atol=0.5)


def test_the_histogram_is_that_of_numpy():
    law = OFDM(modulation="16qam", evm_db=-10.0)
    series = draw(law, 3, "histogram")
    received = law.demodulate(series)[0].ravel()
    edges = np.linspace(-1.5, 1.5, 13)
    expected = np.histogram2d(received.real, received.imag, bins=[edges, edges])[0].ravel()
    got = ofdm_reception.histogram(law, 12, series)[0]
    assert_allclose(got[:-1] * received.size, expected)
    assert_allclose(got[-1] * received.size, received.size - expected.sum())


def test_silence():
    law = OFDM(channel="eva5")
    real = draw(law, 6, "real")
    values = scored(law, real, np.zeros_like(real))
    assert values["ofdm_evm_missing"] == 1
    assert np.isnan(values["ofdm_evm_median"])
    assert np.isnan(values["ofdm_coherence_bandwidth_mean"])
    assert values["ofdm_prefix_error"] == 1


def test_a_slot_without_pilot_is_left_out():
    law = OFDM(channel="awgn", evm_db=-30.0)
    faded = OFDM(channel="eva5", evm_db=-30.0)
    series = draw(law, 4, "slot")
    half = series.copy()
    half[:, :, 960:] = 0
    assert np.isnan(faded.demodulate(half)).any()
    first = ofdm_reception.error_vector_db(faded, series[:, :, :960])
    assert_allclose(ofdm_reception.error_vector_db(faded, half), first, rtol=1e-9)


def test_constellations_without_a_square_in_common_are_at_1():
    law = OFDM()
    real = draw(law, 4, "apart")
    assert_allclose(scored(law, real, 1000 * real)["ofdm_constellation"], 1, atol=0.01)
    assert_allclose(scored(law, real, 0 * real)["ofdm_constellation"], 1, atol=1e-12)


def test_impaired_mixers_hide_the_noise():
    law = OFDM(gain_imbalance=0.1, phase_imbalance=3.0, frequency_offset=300.0)
    values = scored(law, draw(law, 5, "real"), draw(law, 5, "fake"))
    assert "ofdm_snr_median" not in values
    assert_allclose(values["ofdm_evm_median"], -25, atol=0.5)


def test_other_laws_are_not_concerned():
    series = draw(OFDM(), 4, "other")
    for law in (None, FGN(hurst=0.5)):
        with pytest.raises(UndefinedLaw, match="published for ofdm"):
            OFDMReception().fit(series, law)
    with pytest.raises(UndefinedLaw, match="no symbol"):
        OFDMReception().fit(series[:, :, :100], OFDM())
    with pytest.raises(ValueError, match="bins"):
        OFDMReception(bins=0)


def test_noise_may_differ_from_series_to_series():
    law = Varying(OFDM(), {"evm_db": Uniform(low=-30.0, high=-20.0)})
    values = scored(law, draw(law, 8, "real"), draw(law, 8, "fake"))
    assert -31 < values["ofdm_evm_low"] < values["ofdm_evm_high"] < -19
    law = Varying(OFDM(), {"gain_imbalance": Uniform(low=0.0, high=0.1)})
    with pytest.raises(UndefinedLaw, match="gain_imbalance"):
        OFDMReception().fit(draw(law, 3, "real"), law)


def test_it_goes_through_floor_and_score():
    law = OFDM()
    real, fake = draw(law, 10, "real"), draw(law, 10, "fake")
    floor = draw_floor([OFDMReception()], law, real, partial(generator, 1, "floor"), draws=3)
    rows, skipped = score([OFDMReception()], law, real, fake, floor)
    assert not skipped
    assert np.isfinite(rows["value"]).all()
