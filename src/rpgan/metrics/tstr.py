"""Train on synthetic, test on real: whether a classifier learns from generated series, as in RGAN.

Plain functions: series carry labels only where a user has them. The classifier is multinomial
logistic regression on spectra and sizes, not RGAN's forests and convolutional networks, so scores
compare with each other and not with published ones.

Blind to what tells no two labels apart, and to a lack of variety that leaves the classes in place:
a generator that repeats one good series of each class scores as well as a perfect one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.metrics.multitaper import multitaper

Array = NDArray[np.float64]
Features = Callable[[Array], Array]

BANDS = 16
PENALTY = 1e-3  # of the mean squared weight, per series


@dataclass(frozen=True)
class Classifier:
    """Multinomial logistic regression on standardised features."""

    labels: NDArray[Any]
    features: Features
    centre: Array
    spread: Array
    weights: Array  # (features + 1, labels)

    def probabilities(self, series: Array) -> Array:
        """Of each label for each series, shape (n, labels)."""
        logits = with_constant((self.features(series) - self.centre) / self.spread) @ self.weights
        return softmax(logits)


def tstr(
    real: Array,
    real_labels: NDArray[Any],
    fake: Array,
    fake_labels: NDArray[Any],
    train: Array,
    train_labels: NDArray[Any],
    features: Features | None = None,
) -> dict[str, float]:
    """Scores on `real` series of a classifier of `fake` ones, and of one of real `train` ones.

    Parameters
    ----------
    real, fake, train : (n, length)
        Real series to test on, generated ones, and other real ones.
    real_labels, fake_labels, train_labels : (n,)
    features : maps (n, length) to (n, k), by default `spectrum_and_size`

    Returns
    -------
    ``tstr_...`` and, for reference, ``trtr_...``, see `scores`
    """
    features = features or spectrum_and_size
    return {
        f"{name}_{score}": value
        for name, series, labels in (
            ("tstr", fake, fake_labels),
            ("trtr", train, train_labels),
        )
        for score, value in scores(fit(series, labels, features), real, real_labels).items()
    }


def trts(
    real: Array,
    real_labels: NDArray[Any],
    fake: Array,
    fake_labels: NDArray[Any],
    features: Features | None = None,
) -> dict[str, float]:
    """Scores on `fake` series of a classifier of `real` ones, ``trts_...``, see `scores`.

    Blind to a lack of variety, by its nature: easy series score best.
    """
    found = scores(fit(real, real_labels, features or spectrum_and_size), fake, fake_labels)
    return {f"trts_{score}": value for score, value in found.items()}


def spectrum_and_size(series: Array) -> Array:
    """Log power in 16 bands equally wide in log frequency, log mean size, log largest size."""
    frequency, spectra = multitaper(series)
    edges = np.geomspace(frequency[0], frequency[-1], BANDS + 1)
    place = np.clip(np.searchsorted(edges, frequency, side="right") - 1, 0, BANDS - 1)
    used = np.unique(place)
    bands = [spectra[:, place == band].mean(axis=1) for band in used]
    sizes = np.abs(series)
    columns = np.stack([*bands, sizes.mean(axis=1), sizes.max(axis=1)], axis=1)
    return np.log(np.maximum(columns, 1e-300))


def fit(series: Array, labels: NDArray[Any], features: Features) -> Classifier:
    """A classifier of `series`, (n, length), with `labels`, (n,)."""
    from scipy.optimize import minimize

    names, index = np.unique(labels, return_inverse=True)
    if len(labels) != len(series) or len(names) < 2:
        raise UserError(
            f"a classifier needs a label of each series and two labels, got {len(labels)} labels "
            f"of {len(series)} series, {len(names)} different ones"
        )
    x = features(series)
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    x = with_constant((x - centre) / spread)
    wanted = np.eye(len(names))[index]

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(x.shape[1], len(names))
        logits = x @ weights
        logits -= logits.max(axis=1, keepdims=True)
        log_total = np.log(np.exp(logits).sum(axis=1))
        value = (log_total - (logits * wanted).sum(axis=1)).mean() + PENALTY * flat @ flat / 2
        slope = x.T @ (np.exp(logits - log_total[:, None]) - wanted) / len(x)
        return float(value), slope.ravel() + PENALTY * flat

    start = np.zeros(x.shape[1] * len(names))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return Classifier(names, features, centre, spread, best.x.reshape(x.shape[1], len(names)))


def with_constant(x: Array) -> Array:
    """`x` and a column of ones."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def softmax(logits: Array) -> Array:
    """Probabilities from logits, over the last axis."""
    size = np.exp(logits - logits.max(axis=1, keepdims=True))
    return size / size.sum(axis=1, keepdims=True)


def scores(classifier: Classifier, series: Array, labels: NDArray[Any]) -> dict[str, float]:
    """How well `classifier` knows the `labels` of `series`.

    ``accuracy``, and means over labels, weighted by their share, of ``precision`` (0 for a label
    that is never given), ``recall``, ``f1``, ``auroc`` and ``auprc``, each one label against the
    rest.
    """
    probability = classifier.probabilities(series)
    given = classifier.labels[probability.argmax(axis=1)]
    found = []
    for label, column in zip(classifier.labels, probability.T, strict=True):
        true, told = labels == label, given == label
        if not true.any():
            continue
        hits = float((true & told).sum())
        precision, recall = hits / max(1, told.sum()), hits / true.sum()
        f1 = 2 * hits / (true.sum() + told.sum())
        found.append((true.mean(), precision, recall, f1, auroc(true, column), auprc(true, column)))
    if not found:
        raise UserError("none of the labels to test is among those that were trained")
    share, *rest = np.array(found).T
    names = ("precision", "recall", "f1", "auroc", "auprc")
    means = (float(share @ column / share.sum()) for column in rest)
    return {"accuracy": float((given == labels).mean())} | dict(zip(names, means, strict=True))


def auroc(true: NDArray[np.bool_], score: Array) -> float:
    """Chance that a true one scores above a false one, ties by half; NaN if all are true."""
    from scipy.stats import rankdata

    positive, negative = int(true.sum()), int((~true).sum())
    if not (positive and negative):
        return np.nan
    above = rankdata(score)[true].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


def auprc(true: NDArray[np.bool_], score: Array) -> float:
    """Mean over the true ones of the precision among all that score as high (average precision)."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(true[order])
    last = np.append(np.diff(score[order]) != 0, True)  # ties count together
    recall, precision = hits[last] / hits[-1], hits[last] / (np.flatnonzero(last) + 1)
    return float(np.diff(recall, prepend=0) @ precision)
