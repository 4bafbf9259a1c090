import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UserError
from rpgan.metrics.tstr import auprc, auroc, fit, scores, spectrum_and_size, trts, tstr
from rpgan.processes import FGN
from rpgan.randomness import generator


def labelled(*purpose, hursts=(0.3, 0.5, 0.8), n=40, length=256):
    series = [
        FGN(hurst=h).sample(n, length, generator(1, "tstr", *purpose, i))
        for i, h in enumerate(hursts)
    ]
    return np.concatenate(series), np.repeat(["anti", "white", "long"][: len(hursts)], n)


def test_a_good_generator_teaches_as_well_as_the_real_series():
    values = tstr(*labelled("test"), *labelled("fake"), *labelled("train"))
    assert values["trtr_accuracy"] > 0.95
    assert values["tstr_accuracy"] > values["trtr_accuracy"] - 0.05
    assert values["tstr_auroc"] > 0.99
    assert trts(*labelled("test"), *labelled("fake"))["trts_accuracy"] > 0.95


def test_shuffled_labels_teach_nothing():
    series, labels = labelled("fake")
    shuffled = generator(1, "shuffle").permutation(labels)
    values = tstr(*labelled("test"), series, shuffled, *labelled("train"))
    assert values["tstr_accuracy"] < 0.6 < values["trtr_accuracy"]


def test_a_repeated_series_of_each_class_is_not_seen_by_trts():
    series, labels = labelled("fake")
    repeated = series[np.repeat([0, 40, 80], 40)]
    assert trts(*labelled("real"), repeated, labels)["trts_accuracy"] > 0.95


def test_the_fit_is_at_the_maximum():
    series, labels = labelled("fit", hursts=(0.4, 0.6))
    model = fit(series, labels, spectrum_and_size)
    x = (spectrum_and_size(series) - model.centre) / model.spread
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    wanted = labels[:, None] == model.labels
    slope = x.T @ (model.probabilities(series) - wanted) / len(x) + 1e-3 * model.weights
    assert_allclose(slope, 0, atol=1e-4)


def test_areas_by_hand():
    true = np.array([True, False, True, False])
    assert auroc(true, np.array([4.0, 3, 2, 1])) == 0.75
    assert auroc(true, np.zeros(4)) == 0.5
    assert_allclose(auprc(true, np.array([4.0, 3, 2, 1])), (1 + 2 / 3) / 2)
    assert auprc(true, np.zeros(4)) == 0.5  # all at once
    assert np.isnan(auroc(np.ones(3, bool), np.arange(3.0)))


def test_scores_by_hand():
    # A classifier that says "a" below 0 and "b" from 0 on, by the mean.
    def mean(series):
        return series.mean(axis=1, keepdims=True)

    train = np.repeat([-1.0, 1.0], 20)[:, None] * np.ones((40, 3))
    model = fit(train, np.repeat(["a", "b"], 20), mean)
    series = np.array([-2.0, -1, 1, 2])[:, None] * np.ones((4, 3))
    got = scores(model, series, np.array(["a", "b", "b", "b"]))
    assert got["accuracy"] == 0.75
    assert_allclose(got["recall"], 0.25 * 1 + 0.75 * 2 / 3)
    assert_allclose(got["precision"], 0.25 * 1 / 2 + 0.75 * 1)
    assert_allclose(got["f1"], 0.25 * 2 / 3 + 0.75 * 4 / 5)
    assert_allclose(got["auroc"], 1)
    # A label that was never seen in training can only be missed.
    got = scores(model, series, np.array(["c", "b", "b", "b"]))
    assert got["accuracy"] == 0.5


def test_what_no_classifier_can_learn():
    series, labels = labelled("refused")
    with pytest.raises(UserError, match="2 labels of 120 series"):
        fit(series, labels[:2], spectrum_and_size)
    with pytest.raises(UserError, match="1 different"):
        fit(series, np.zeros(120), spectrum_and_size)
    model = fit(series, labels, spectrum_and_size)
    with pytest.raises(UserError, match="none of the labels"):
        scores(model, series, np.full(120, "other"))
