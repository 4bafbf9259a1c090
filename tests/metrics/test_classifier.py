import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.errors import UserError
from rpgan.metrics.classifier import auprc, auroc, fit, scores, spectrum_size_and_sign
from rpgan.processes import FGN
from rpgan.randomness import generator


def labelled(*purpose, hursts=(0.3, 0.5, 0.8), n=40, length=256):
    series = [
        FGN(hurst=h).sample(n, length, generator(1, "tstr", *purpose, i))
        for i, h in enumerate(hursts)
    ]
    names = np.repeat(["anti", "white", "long"][: len(hursts)], n)
    return spectrum_size_and_sign(np.concatenate(series)), names


def test_the_fit_is_at_the_maximum():
    features, labels = labelled("fit", hursts=(0.4, 0.6))
    model = fit(features, labels)
    x = (features - model.centre) / model.spread
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    wanted = labels[:, None] == model.labels
    slope = x.T @ (model.probabilities(features) - wanted) / len(x) + 1e-3 * model.weights
    assert_allclose(slope, 0, atol=1e-4)


def test_it_knows_series_that_it_has_not_seen():
    got = scores(fit(*labelled("train")), *labelled("test"))
    assert got["accuracy"] > 0.95
    assert got["auroc"] > 0.99


@pytest.mark.parametrize("direction", [1, -1, 1j, -1j])
def test_it_tells_a_level_from_its_negative(direction):
    """White noise about one level or the other, of one spectrum and one law of sizes."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((200, 64))
    if np.iscomplexobj(direction):
        noise = noise + 1j * rng.standard_normal((200, 64))
    sign = np.repeat([1, -1], 100)
    features = spectrum_size_and_sign(noise + direction * sign[:, None])
    some, others = np.arange(0, 200, 2), np.arange(1, 200, 2)
    assert scores(fit(features[some], sign[some]), features[others], sign[others])["accuracy"] == 1


def test_complex_series_have_power_on_either_side():
    """A turn to the left is none to the right, in 16 bands, of any phase."""
    rng = np.random.default_rng(0)
    phase = 2 * np.pi * (0.1 * np.arange(128) + rng.uniform(size=(100, 1)))
    sign = np.repeat([1, -1], 50)
    noise = 0.1 * (rng.standard_normal((100, 128)) + 1j * rng.standard_normal((100, 128)))
    features = spectrum_size_and_sign(np.exp(1j * sign[:, None] * phase) + noise)
    assert features.shape == (100, 16 + 2 + 2)
    loudest = features[:, :16].argmax(axis=1)
    assert (loudest[:50] == 9).all(), "0.1 cycles a sample, in bands 1/16 wide from -1/2"
    assert (loudest[50:] == 6).all()


def test_silence_has_features():
    assert np.isfinite(spectrum_size_and_sign(np.zeros((2, 64)))).all()


def test_areas_by_hand():
    true = np.array([True, False, True, False])
    assert auroc(true, np.array([4.0, 3, 2, 1])) == 0.75
    assert auroc(true, np.zeros(4)) == 0.5
    assert_allclose(auprc(true, np.array([4.0, 3, 2, 1])), (1 + 2 / 3) / 2)
    assert auprc(true, np.zeros(4)) == 0.5  # all at once
    assert np.isnan(auroc(np.ones(3, bool), np.arange(3.0)))


def test_scores_by_hand():
    # A classifier that says "a" below 0 and "b" from 0 on.
    model = fit(np.repeat([-1.0, 1.0], 20)[:, None], np.repeat(["a", "b"], 20))
    features = np.array([-2.0, -1, 1, 2])[:, None]
    assert model.told(features).tolist() == ["a", "a", "b", "b"]
    got = scores(model, features, np.array(["a", "b", "b", "b"]))
    assert got["accuracy"] == 0.75
    assert_allclose(got["recall"], 0.25 * 1 + 0.75 * 2 / 3)
    assert_allclose(got["precision"], 0.25 * 1 / 2 + 0.75 * 1)
    assert_allclose(got["f1"], 0.25 * 2 / 3 + 0.75 * 4 / 5)
    assert_allclose(got["auroc"], 1)
    # A label that was never seen in training can only be missed.
    got = scores(model, features, np.array(["c", "b", "b", "b"]))
    assert got["accuracy"] == 0.5


def test_labels_that_were_never_seen_have_no_scores_but_accuracy_0():
    got = scores(fit(*labelled("train")), labelled("test")[0], np.full(120, "other"))
    assert got.pop("accuracy") == 0
    assert np.isnan(list(got.values())).all()


def test_what_no_classifier_can_learn():
    features, labels = labelled("refused")
    with pytest.raises(UserError, match="2 labels of 120 series"):
        fit(features, labels[:2])
    with pytest.raises(UserError, match="1 different"):
        fit(features, np.zeros(120))
