"""Whether a recurrent network learns from generated series to predict real ones."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.trained import check, check_series, mean_of_runs
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class PredictiveScore:
    """TimeGAN's error of one-step prediction of real pieces, learnt on generated ones [1]_.

    ``predictive_score``
        Mean absolute error of the last channel, predicted by a GRU from the others one step before,
        of a single channel from itself; in units of the range of the real channel, the mean over
        trainings. What is least depends on the law, so hold it against the floor.

    Its low and high are over trainings. See `rpgan.judges.predictive_scores`. It needs torch, and
    minutes for each set.

    Parameters
    ----------
    window : int >= 2
        Samples of a piece; longer dependence is not seen.
    hidden : int >= 1, optional
        Units. None, as published, is half as many as there are channels, and at least one.
    steps, batch : int >= 1
        Of each training.
    runs : int >= 2
        Trainings.
    floor_draws : int >= 2
        Fresh draws of the floor, if the battery has more: each takes as many trainings.

    References
    ----------
    .. [1] Yoon, Jarrett, van der Schaar. "Time-series generative adversarial networks." NeurIPS
       2019.
    """

    blind: ClassVar[str] = (
        "all but the conditional median of the next sample: constant series come close to it where "
        "little can be predicted; dependence over more than a piece"
    )

    window: int = 24
    hidden: int | None = None
    steps: int = 5000
    batch: int = 128
    runs: int = 10
    floor_draws: int = 19
    name: Literal["predictive_score"] = "predictive_score"

    def __post_init__(self) -> None:
        check(self)

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for images, and series shorter than a piece."""
        check_series(real, self.window)
        return mean_of_runs(self.name, np.nan, self.scores, self, real, self.floor_draws)

    def scores(self, real: Array, fake: Array) -> Array:
        """One per training, (runs,)."""
        from rpgan.judges import ScoreSettings, predictive_scores

        settings = ScoreSettings(
            window=self.window,
            hidden=self.hidden,
            predictive_steps=self.steps,
            batch=self.batch,
        )
        return predictive_scores(real, fake, 0, self.runs, settings)
