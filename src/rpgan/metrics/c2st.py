"""Classifier two-sample test: can generated series be told from real ones?"""

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.features import standardised
from rpgan.metrics.fitted import Fitted, Law
from rpgan.spec import spec

Array = NDArray[np.float64]


STEPS, ENOUGH = 50, 1e-6  # nats that are left to gain
ROWS = 192  # 192 * 33^2 multiplications are left to one thread


@spec
class C2ST:
    """Logistic regression on the features [1]_, see `rpgan.metrics.features`, cross-validated.

    ``c2st_auc``
        Chance that a generated series looks more generated than a real one does.
    ``c2st_accuracy``
        Mean of the shares of real and of generated series that are taken for what they are.

    Both are 1/2 if the sets cannot be told apart, and 1 if they always can. No series is judged by
    a regression that has seen it. Under the null the accuracy on n series would have a standard
    deviation of 1 / (2 sqrt(n)) were they judged by one regression; folds share what they learn
    from, so the floor, not that formula, decides.

    Parameters
    ----------
    folds : int >= 2
        Parts that series are dealt into; each is judged by what the others teach.
    ridge : float > 0
        Weight of the squared coefficients, as if of so many series.

    References
    ----------
    .. [1] Lopez-Paz, Oquab. "Revisiting classifier two-sample tests." ICLR 2017.
    """

    blind: ClassVar[str] = (
        "what leaves the mean of every feature alone, as a linear classifier does not see spread, "
        "and all that no feature sees"
    )

    folds: int = 5
    ridge: float = 1.0
    name: Literal["c2st"] = "c2st"

    def __post_init__(self) -> None:
        if not self.folds >= 2:
            raise ValueError(f"folds must be at least 2, got {self.folds}")
        if not self.ridge > 0:
            raise ValueError(f"ridge must be positive, got {self.ridge}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for fewer real series than folds, and constant ones."""
        if len(real) < self.folds:
            raise UndefinedLaw(f"{len(real)} real series are too few for {self.folds} folds")
        statistic = standardised(real)
        target = statistic(real)
        ideal = {"c2st_auc": 0.5, "c2st_accuracy": 0.5}
        return Fitted(
            statistic, partial(self.compare, target), ideal, partial(self.deleted, target)
        )

    def compare(self, real: Array, fake: Array) -> dict[str, float]:
        """Values of the features `fake`, (n, k)."""
        fold = self.dealt(len(fake))
        return values(*self.judged(real, fake, fold, self.learnt(real, fake, fold)))

    def deleted(self, real: Array, fake: Array, groups: int) -> list[dict[str, float]]:
        """See `Fitted`: each series in the fold where it was.

        The regressions on what is left are those on all and one step of Newton's.
        """
        fold, group = self.dealt(len(fake)), np.arange(len(fake)) % groups
        whole = self.learnt(real, fake, fold)
        found = []
        for g in range(groups):
            left, kept = fake[group != g], fold[group != g]
            nearly = self.learnt(real, left, kept, whole, steps=1)
            found.append(values(*self.judged(real, left, kept, nearly)))
        return found

    def dealt(self, n: int) -> NDArray[np.intp]:
        """The fold of each of `n` series."""
        return np.arange(n) % self.folds

    def learnt(
        self,
        real: Array,
        fake: Array,
        fold_of_fake: NDArray[np.intp],
        start: Array | None = None,
        steps: int = STEPS,
    ) -> Array:
        """Coefficients of the regressions on all folds but one, the intercept last."""
        rows = np.concatenate([real, fake])
        label = np.repeat([0.0, 1.0], [len(real), len(fake)])
        weight = np.where(label > 0, len(rows) / (2 * len(fake)), len(rows) / (2 * len(real)))
        fold = np.concatenate([self.dealt(len(real)), fold_of_fake])
        begin = np.zeros((self.folds, rows.shape[1] + 1)) if start is None else start
        found = []
        for held_out, beta in enumerate(begin):
            seen = fold != held_out
            found.append(logistic(rows[seen], label[seen], weight[seen], self.ridge, beta, steps))
        return np.array(found)

    def judged(
        self, real: Array, fake: Array, fold_of_fake: NDArray[np.intp], learnt: Array
    ) -> tuple[Array, Array]:
        """How generated each real and each generated row looks: log odds, by the other folds."""
        of_real, of_fake = learnt[self.dealt(len(real))], learnt[fold_of_fake]
        return log_odds(real, of_real), log_odds(fake, of_fake)


def log_odds(rows: Array, coefficients: Array) -> Array:
    """Of each row by its own coefficients, (n, k + 1)."""
    return np.einsum("nk,nk->n", rows, coefficients[:, :-1]) + coefficients[:, -1]


def logistic(
    rows: Array, label: Array, weight: Array, ridge: float, start: Array, steps: int = STEPS
) -> Array:
    """Coefficients of the weighted ridge logistic regression, the intercept last, (k + 1,).

    By Newton's method, a step halved until the loss falls: the loss is convex, and 33 coefficients
    are few.
    """
    from scipy.special import expit

    design = np.column_stack([rows, np.ones(len(rows))])
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-9  # the intercept is as good as free

    def loss(beta: Array) -> float:
        odds = times(design, beta)
        return float(weight @ (np.logaddexp(0, odds) - label * odds) + penalty @ beta**2 / 2)

    beta, reached = start, loss(start)
    for _ in range(steps):
        chance = expit(times(design, beta))
        gradient = times(design.T, weight * (chance - label)) + penalty * beta
        curvature = products(design, weight * chance * (1 - chance)) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        size, new = 1.0, loss(beta - step)
        while new > reached and size > 1e-6:
            size /= 2
            new = loss(beta - size * step)
        if not reached - new > ENOUGH:
            break
        beta, reached = beta - size * step, new
    return beta


def times(matrix: Array, vector: Array) -> Array:
    """Their product, without the threads of BLAS: on a busy machine these wait for each other."""
    return np.einsum("ij,j->i", matrix, vector)


def products(design: Array, weight: Array) -> Array:
    """Weighted sum of the outer products of rows, (k, k): in parts too small for threads."""
    total = np.zeros((design.shape[1], design.shape[1]))
    for start in range(0, len(design), ROWS):
        part = design[start : start + ROWS]
        total += (part.T * weight[start : start + ROWS]) @ part
    return total


def values(of_real: Array, of_fake: Array) -> dict[str, float]:
    """Values of the log odds of real and of generated series."""
    ordered = np.sort(of_real)
    below = ordered.searchsorted(of_fake, side="left") / len(ordered)
    not_above = ordered.searchsorted(of_fake, side="right") / len(ordered)
    right = np.mean(of_fake > 0) + np.mean(of_fake == 0) / 2
    left = np.mean(of_real < 0) + np.mean(of_real == 0) / 2
    return {
        "c2st_auc": float(np.mean(below + not_above) / 2),
        "c2st_accuracy": float((right + left) / 2),
    }
