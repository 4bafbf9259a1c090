from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import linregress, spearmanr

from rpgan.errors import UndefinedLaw, UserError
from rpgan.metrics import Asked, SeriesSet, draw_floor, score
from rpgan.processes import FGN, BandNoise
from rpgan.processes.parameter_laws import Choice, Uniform
from rpgan.processes.varying import Varying
from rpgan.randomness import generator

LAW = Varying(FGN(hurst=0.5), {"hurst": Uniform(low=0.2, high=0.8)})
N, LENGTH = 200, 256


def drawn(law, *purpose, n=N):
    return SeriesSet(*law.draw(n, LENGTH, generator(3, "asked", *purpose)))


REAL, FAKE = drawn(LAW, "real"), drawn(LAW, "fake")
FITTED = Asked().fit(REAL, LAW)


@pytest.fixture(scope="module")
def floor():
    return draw_floor([Asked()], LAW, REAL, partial(generator, 3, "floor"), draws=19)


def table(given, floor):
    return score([Asked()], LAW, REAL, given, floor)[0].set_index("metric")


def asked_for(hurst):
    return SeriesSet(FAKE.series, {"hurst": hurst})


def test_values_are_those_of_the_textbook():
    values = FITTED(FAKE)
    asked, found = FAKE.beside["hurst"], FGN(hurst=0.5).estimate(FAKE.series)["hurst"]
    assert list(values) == list(FITTED.ideal)
    line: Any = linregress(asked, found)
    ranks: Any = spearmanr(asked, found)
    assert_allclose(values["hurst_asked_slope"], line.slope)
    assert_allclose(values["hurst_asked_rank"], ranks.statistic)
    assert_allclose(values["hurst_asked_bias"], np.mean(found - asked))
    assert_allclose(values["hurst_asked_rmse"], np.sqrt(np.mean((found - asked) ** 2)))
    assert values["hurst_asked_missing"] == 0


def test_the_law_itself_is_at_its_floor(floor):
    rows = table(FAKE, floor)
    # Whittle's estimate has a deviation of sqrt(6 / (pi^2 256)) or so from one series.
    bound = np.sqrt(6 / (np.pi**2 * LENGTH))
    assert_allclose(rows["value"]["hurst_asked_rmse"], bound, rtol=0.35)
    assert_allclose(rows["value"]["hurst_asked_slope"], 1, atol=5 * bound / 0.173 / np.sqrt(N))
    inside = rows["value"].between(rows["floor_low"], rows["floor_high"])
    assert inside.sum() >= 5
    assert (rows["low"].to_numpy() <= rows["high"].to_numpy()).all()


def test_a_generator_that_does_not_listen(floor):
    rows = table(asked_for(generator(4).permutation(FAKE.beside["hurst"])), floor)
    p_value = rows["p_value"].to_dict()
    for name in ("slope", "rmse", "rank"):
        assert p_value[f"hurst_asked_{name}"] == 1 / 20
    assert_allclose(rows["value"]["hurst_asked_slope"], 0, atol=5 / np.sqrt(N))
    assert_allclose(rows["value"]["hurst_asked_rank"], 0, atol=5 / np.sqrt(N))
    assert p_value["hurst_asked_bias"] > 1 / 20, "the same values in another order"


def test_a_generator_that_is_always_off(floor):
    rows = table(asked_for(FAKE.beside["hurst"] - 0.05), floor)
    assert rows["p_value"].to_dict()["hurst_asked_bias"] == 1 / 20
    assert_allclose(rows["excess"]["hurst_asked_bias"], 0.05, atol=0.02)
    half = table(asked_for(2 * FAKE.beside["hurst"]), floor)
    assert_allclose(half["value"]["hurst_asked_slope"], 0.5, atol=0.1)


def test_one_value_for_all_has_no_slope():
    values = FITTED(asked_for(np.full(N, 0.7)))
    assert np.isnan([values["hurst_asked_slope"], values["hurst_asked_rank"]]).all()
    assert np.isfinite([values["hurst_asked_bias"], values["hurst_asked_rmse"]]).all()


class Deaf(FGN):
    """A law whose estimator fails on loud series."""

    def estimate(self, series):
        hurst = super().estimate(series)["hurst"]
        return {"hurst": np.where(np.abs(series).max(axis=1) > 50, np.nan, hurst)}


def test_series_without_an_estimate_are_counted():
    fitted = Asked().fit(REAL, Varying(Deaf(hurst=0.5), LAW.laws))
    loud = FAKE.series.copy()
    loud[:50] *= 100
    values = fitted(SeriesSet(loud, FAKE.beside))
    assert values["hurst_asked_missing"] == 0.25
    rest = FITTED(FAKE.take(np.arange(50, N)))
    assert_allclose(values["hurst_asked_rmse"], rest["hurst_asked_rmse"])
    values = fitted(SeriesSet(100 * FAKE.series, FAKE.beside))
    assert values["hurst_asked_missing"] == 1
    assert np.isnan(values["hurst_asked_bias"])


def test_a_class_is_judged_by_a_classifier_of_real_series():
    law = Varying(BandNoise(band=0), {"band": Choice(values=(1, 4, 6))})
    real, fake = drawn(law, "band", "real", n=90), drawn(law, "band", "fake", n=90)
    fitted = Asked().fit(real, law)
    assert list(fitted.ideal) == ["band_asked_accuracy"]
    assert fitted(fake)["band_asked_accuracy"] > 0.95
    others = SeriesSet(fake.series, {"band": np.roll(fake.beside["band"], 1)})
    same = np.mean(fake.beside["band"] == others.beside["band"])
    assert_allclose(fitted(others)["band_asked_accuracy"], same, atol=0.05)


def test_labels_of_recordings():
    real, fake = (
        SeriesSet(
            np.concatenate([FGN(hurst=h / 10).sample(40, 128, generator(3, w, h)) for h in (2, 8)]),
            {"label": np.repeat(["rough", "smooth"], 40), "window": np.arange(80)},
        )
        for w in ("real", "fake")
    )
    values = Asked().fit(real, None)(fake)
    assert values["label_asked_accuracy"] > 0.95


@pytest.mark.parametrize(
    ("real", "law", "reason"),
    [
        (REAL, FGN(hurst=0.7), "no parameter that differs from series to series"),
        (SeriesSet(REAL.series), LAW, "nothing is known beside the real series"),
        (
            SeriesSet(REAL.series, {"file": np.array([f"{i}.wav" for i in range(N)])}),
            None,
            r"beside the real series \(file\) is neither a parameter",
        ),
    ],
)
def test_it_is_undefined_with_a_reason(real, law, reason):
    with pytest.raises(UndefinedLaw, match=reason):
        Asked().fit(real, law)


def test_series_of_a_generator_that_was_not_asked(floor):
    rows, skipped = score([Asked()], LAW, REAL, FAKE.series, floor)
    assert rows["metric"].tolist() == ["not_finite"]
    assert "no column 'hurst' is beside the generated series" in skipped["asked"]


def test_a_column_of_another_length_is_refused(floor):
    with pytest.raises(
        UserError, match=r"the column hurst must have one value for each of the 200"
    ):
        score([Asked()], LAW, REAL, asked_for(np.zeros(7)), floor)
