from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UndefinedLaw
from rpgan.metrics import TSTR, SeriesSet, draw_floor, score
from rpgan.metrics.classifier import SCORES
from rpgan.metrics.labels import classes_of
from rpgan.processes import FGN
from rpgan.processes.parameter_laws import Uniform
from rpgan.processes.varying import Varying
from rpgan.randomness import generator

NAMES = [f"label_{kind}_{name}" for kind in ("tstr", "trts") for name in SCORES]


def labelled(*purpose, hursts=(0.3, 0.5, 0.8), n=40, length=256):
    series = [
        FGN(hurst=h).sample(n, length, generator(1, "tstr", *purpose, i))
        for i, h in enumerate(hursts)
    ]
    labels = np.repeat(["anti", "white", "long"][: len(hursts)], n)
    return SeriesSet(np.concatenate(series), {"label": labels})


REAL, FAKE = labelled("real"), labelled("fake")
FITTED = TSTR().fit(REAL, None)


def test_a_good_generator_teaches_as_well_as_the_real_series():
    values = FITTED(FAKE)
    assert list(values) == list(FITTED.ideal) == NAMES
    assert values["label_tstr_accuracy"] > 0.95
    assert values["label_tstr_auroc"] > 0.99
    assert values["label_trts_accuracy"] > 0.95


def test_shuffled_labels_teach_nothing():
    shuffled = generator(1, "shuffle").permutation(FAKE.beside["label"])
    values = FITTED(SeriesSet(FAKE.series, {"label": shuffled}))
    # By chance 1/3, with a standard deviation of sqrt(2 / 9 / 120) = 0.043 on either set.
    assert values["label_tstr_accuracy"] < 0.6
    assert_allclose(values["label_trts_accuracy"], 1 / 3, atol=5 * 0.043)


def test_repeats_of_a_series_of_each_class_teach_less_but_are_known_as_well():
    repeated = FAKE.take(np.repeat([0, 40, 80], 40))
    values = FITTED(repeated)
    assert values["label_trts_accuracy"] > 0.95
    assert values["label_tstr_auprc"] < FITTED(FAKE)["label_tstr_auprc"]


def test_which_is_trained_on_and_which_is_tested_on():
    """Only series of two labels are generated: none of the third is ever told, nor tested."""
    values = FITTED(FAKE.take(np.arange(80)))
    assert values["label_tstr_accuracy"] < 0.7
    assert values["label_trts_accuracy"] > 0.95


def test_a_generator_of_one_label_teaches_nothing():
    values = FITTED(FAKE.take(np.arange(40)))
    assert all(np.isnan(values[f"label_tstr_{name}"]) for name in SCORES)
    assert values["label_trts_accuracy"] > 0.9


def test_a_label_that_no_real_series_has_is_always_missed():
    other = np.where(FAKE.beside["label"] == "long", "new", FAKE.beside["label"])
    assert FITTED(SeriesSet(FAKE.series, {"label": other}))["label_trts_accuracy"] <= 2 / 3


def test_channels_and_recorded_data_go_through_floor_and_score():
    def channels(given):
        return SeriesSet(given.series.reshape(-1, 2, 128), given.beside)

    real, fake = channels(REAL), channels(FAKE)
    floor = draw_floor([TSTR()], None, real, partial(generator, 1, "floor"), draws=4)
    rows, skipped = score([TSTR()], None, real, fake, floor)
    rows = rows.set_index("metric")
    assert skipped == {}
    assert list(rows.index) == [*NAMES, "not_finite"]
    assert rows.loc["label_tstr_accuracy", ["value", "floor"]].min() > 0.8
    assert np.isfinite(rows.loc[NAMES, ["low", "high", "floor_low"]].to_numpy()).all()


def test_a_parameter_that_varies_is_cut_into_quarters():
    law = Varying(FGN(hurst=0.5), {"hurst": Uniform(low=0.1, high=0.9)})
    real, fake = (SeriesSet(*law.draw(120, 128, generator(1, "varying", w))) for w in "rf")
    floor = draw_floor([TSTR()], law, real, partial(generator, 1, "floor"), draws=5)
    rows = score([TSTR()], law, real, fake, floor)[0].set_index("metric")
    of_one = rows.loc["hurst_tstr_accuracy"]
    assert 0.5 < of_one["value"] < 1
    assert abs(of_one["excess"]) < 0.2
    assert of_one["draws"] == 5
    other = SeriesSet(fake.series, {"hurst": fake.beside["hurst"][::-1]})
    lost = score([TSTR()], law, real, other, floor)[0].set_index("metric")
    assert lost.loc["hurst_tstr_accuracy", "value"] < 0.45
    assert lost.loc["hurst_tstr_accuracy", "p_value"] == 1 / 6


def test_classes_of_columns():
    few = classes_of(np.array([3, 1, 3, 7]))
    assert few
    assert few(np.array([7, 1, 2, 9])).tolist() == [2, 0, -1, -1]
    single = classes_of(np.array([0.1, 0.3, 0.7]))
    assert single
    assert single(np.array([0.7, 0.1], np.float32)).tolist() == [2, 0]
    many = classes_of(np.arange(100.0))
    assert many
    assert many(np.array([-1.0, 30, 60, 99, 1000])).tolist() == [0, 1, 2, 3, 3]
    assert classes_of(np.zeros(5)) is None
    assert classes_of(np.array([f"file {i}" for i in range(100)])) is None


@pytest.mark.parametrize(
    ("real", "law", "reason"),
    [
        (REAL, FGN(hurst=0.7), "no parameter that differs from series to series"),
        (SeriesSet(REAL.series), None, "nothing is known beside the real series"),
        (SeriesSet(REAL.series, {"recording": np.arange(120)}), None, "nothing is known beside"),
        (SeriesSet(REAL.series, {"label": np.zeros(120)}), None, "the predictive score is"),
        (SeriesSet(np.zeros((120, 1, 8, 8)), REAL.beside), None, "are images"),
    ],
)
def test_it_is_undefined_with_a_reason(real, law, reason):
    with pytest.raises(UndefinedLaw, match=reason):
        TSTR().fit(real, law)


def test_a_generator_that_was_not_asked_for_labels_is_not_scored_by_them():
    floor = draw_floor([TSTR()], None, REAL, partial(generator, 1, "floor"), draws=2)
    rows, skipped = score([TSTR()], None, REAL, FAKE.series, floor, untrained=FAKE)
    assert rows["metric"].tolist() == ["not_finite"]
    assert "no column 'label' is beside the generated series" in skipped["tstr"]
