"""A classifier of labelled series: multinomial logistic regression on spectra, sizes and signs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.metrics.multitaper import multitaper

Array = NDArray[np.float64]

BANDS = 16
SCORES = ("accuracy", "precision", "recall", "f1", "auroc", "auprc")
PENALTY = 1e-3  # of the mean squared weight, per series


@dataclass(frozen=True)
class Classifier:
    """Multinomial logistic regression on standardised features."""

    labels: NDArray[Any]
    centre: Array
    spread: Array
    weights: Array  # (features + 1, labels)

    def probabilities(self, features: Array) -> Array:
        """Of each label for each row of `features`, shape (n, labels)."""
        return softmax(with_constant((features - self.centre) / self.spread) @ self.weights)

    def told(self, features: Array) -> NDArray[Any]:
        """The likeliest label of each row, (n,)."""
        return self.labels[self.probabilities(features).argmax(axis=1)]


def spectrum_size_and_sign(series: NDArray[Any]) -> Array:
    """Log power in 16 bands equally wide in log frequency, log mean size, log largest size, sign.

    The sign is the mean over the mean size, in [-1, 1], which alone tells a level of 1 from -1. Of
    complex series it is two numbers, and bands are equally wide in frequency, which has signs too.
    """
    frequency, spectra = multitaper(series)
    two_sided = np.iscomplexobj(series)
    spaced = np.linspace if two_sided else np.geomspace
    edges = spaced(frequency[0], frequency[-1], BANDS + 1)
    place = np.clip(np.searchsorted(edges, frequency, side="right") - 1, 0, BANDS - 1)
    used = np.unique(place)
    bands = [spectra[:, place == band].mean(axis=1) for band in used]
    sizes = np.abs(series)
    columns = np.stack([*bands, sizes.mean(axis=1), sizes.max(axis=1)], axis=1)
    mean = series.mean(axis=1) / np.maximum(sizes.mean(axis=1), 1e-300)
    signs = [mean.real, mean.imag] if two_sided else [mean]
    return np.column_stack([np.log(np.maximum(columns, 1e-300)), *signs])


def fit(features: Array, labels: NDArray[Any]) -> Classifier:
    """A classifier of rows of `features`, (n, k), with `labels`, (n,)."""
    from scipy.optimize import minimize

    names, index = np.unique(labels, return_inverse=True)
    if len(labels) != len(features) or len(names) < 2:
        raise UserError(
            f"a classifier needs a label of each series and two labels, got {len(labels)} labels "
            f"of {len(features)} series, {len(names)} different ones"
        )
    centre, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    x = with_constant((features - centre) / spread)
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
    return Classifier(names, centre, spread, best.x.reshape(x.shape[1], len(names)))


def with_constant(x: Array) -> Array:
    """`x` and a column of ones."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def softmax(logits: Array) -> Array:
    """Probabilities from logits, over the last axis."""
    size = np.exp(logits - logits.max(axis=1, keepdims=True))
    return size / size.sum(axis=1, keepdims=True)


def scores(classifier: Classifier, features: Array, labels: NDArray[Any]) -> dict[str, float]:
    """How well `classifier` knows the `labels` of rows of `features`.

    ``accuracy``, and means over labels, weighted by their share, of ``precision`` (0 for a label
    that is never given), ``recall``, ``f1``, ``auroc`` and ``auprc``, each one label against the
    rest. All but the accuracy are NaN if no label to test is among those that were trained.
    """
    probability = classifier.probabilities(features)
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
    accuracy = float((given == labels).mean())
    if not found:
        return dict.fromkeys(SCORES, np.nan) | {"accuracy": accuracy}
    share, *rest = np.array(found).T
    means = (float(share @ column / share.sum()) for column in rest)
    return dict(zip(SCORES, (accuracy, *means), strict=True))


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
