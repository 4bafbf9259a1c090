"""Where another library defines the same thing, it is the same number. Skipped without them."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan.metrics.classifier import auprc, auroc
from rpgan.metrics.parameters import wasserstein
from rpgan.randomness import generator


def library(name: str) -> Any:
    return pytest.importorskip(name)


@pytest.mark.parametrize("decimals", [1, 12])
def test_areas_under_curves_are_those_of_scikit_learn(decimals):
    theirs = library("sklearn.metrics")
    true = generator(1, "true").random(200) < 0.3
    score = np.round(generator(1, "score").random(200) + 0.3 * true, decimals)  # ties, or none
    assert_allclose(auroc(true, score), theirs.roc_auc_score(true, score), rtol=1e-12)
    assert_allclose(auprc(true, score), theirs.average_precision_score(true, score), rtol=1e-12)


def test_the_wasserstein_distance_is_that_of_pot():
    theirs = library("ot")
    sizes = [("a", 70), ("b", 111)]
    a, b = (np.sort(generator(1, "wasserstein", who).exponential(size=n)) for who, n in sizes)
    assert_allclose(wasserstein(a, b), theirs.wasserstein_1d(a, b), rtol=1e-9)
