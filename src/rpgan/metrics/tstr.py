"""Train on synthetic, test on real, and the converse."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw
from rpgan.metrics.channels import by_channel, is_quadrature
from rpgan.metrics.classifier import SCORES, Classifier, fit, scores, spectrum_size_and_sign
from rpgan.metrics.fitted import Fitted, Law, SeriesSet
from rpgan.metrics.labels import Classes, classes, column, told
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class TSTR:
    """Whether a classifier learns from generated series what it would from real ones [1]_.

    Of each column c beside the series, a label or a parameter that differs from one to the next:

    ``c_tstr_accuracy``, ``_precision``, ``_recall``, ``_f1``, ``_auroc``, ``_auprc``
        Scores on the real series of a classifier of the generated ones.
    ``c_trts_accuracy``, and so on
        Scores on the generated series of a classifier of the real ones.

    See `rpgan.metrics.classifier.scores`. The floor is what a second real set would teach: the TRTR
    of the literature. Numbers of more than 32 values are cut into quarters, by the real ones. The
    classifier is a multinomial logistic regression on spectra, sizes and signs, not RGAN's forests
    and convolutional networks, so scores compare with each other and not with published ones.

    References
    ----------
    .. [1] Esteban, Hyland, Raetsch. "Real-valued (medical) time series generation with recurrent
       conditional GANs." arXiv 1706.02633 (2017).
    """

    blind: ClassVar[str] = (
        "what tells no two labels apart; and a lack of variety that leaves the classes in place: "
        "one good series of each, repeated, scores as well"
    )
    reads_beside: ClassVar[bool] = True

    name: Literal["tstr"] = "tstr"

    def fit(self, real: SeriesSet, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined where nothing beside the real series tells them apart."""
        by_column = classes(told(real, law))
        if not by_column:
            raise UndefinedLaw(
                "no column beside the real series has two values, or so few names that they are "
                "labels, for a classifier to learn; of series alone the predictive score is the "
                "train-on-synthetic test"
            )
        statistic = partial(labelled, by_column, is_quadrature(law))
        rows = statistic(real)
        judges = {
            name: Judge.of(rows[:, place], rows[:, len(by_column) :])
            for place, name in enumerate(by_column)
        }
        names = [f"{n}_{kind}_{s}" for n in judges for kind in ("tstr", "trts") for s in SCORES]
        return Fitted(
            statistic,
            partial(compare, judges),
            ideal=dict.fromkeys(names, np.nan),
            reads_beside=True,
        )


def labelled(by_column: dict[str, Classes], quadrature: bool, given: SeriesSet) -> Array:
    """The class of each series in each column, and its features, (n, columns + features)."""
    own = [of_one(column(given, name)) for name, of_one in by_column.items()]
    features = by_channel(spectrum_size_and_sign, quadrature, given.series)
    return np.column_stack([*own, features])


@dataclass(frozen=True)
class Judge:
    """The real series, by the classes of one column and features, and what they teach."""

    labels: Array
    features: Array
    classifier: Classifier

    @classmethod
    def of(cls, labels: Array, features: Array) -> "Judge":
        """With a classifier of these."""
        return cls(labels, features, fit(features, labels))


def compare(judges: dict[str, Judge], rows: Array) -> dict[str, float]:
    """Values of the rows of a generated set, see `labelled`."""
    features = rows[:, len(judges) :]
    values: dict[str, float] = {}
    for place, (name, real) in enumerate(judges.items()):
        labels = rows[:, place]
        of_kind = {
            "tstr": taught(features, labels, real),
            "trts": scores(real.classifier, features, labels),
        }
        for kind, found in of_kind.items():
            values |= {f"{name}_{kind}_{score}": value for score, value in found.items()}
    return values


def taught(features: Array, labels: Array, real: Judge) -> dict[str, float]:
    """Scores on the real series of a classifier of generated ones; NaN if all have one label."""
    if len(np.unique(labels)) < 2:
        return dict.fromkeys(SCORES, np.nan)
    return scores(fit(features, labels), real.features, real.labels)
