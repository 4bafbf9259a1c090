"""Whether a recurrent network can tell generated series from real ones."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rpgan.metrics.fitted import Fitted, Law
from rpgan.metrics.trained import check, check_series, mean_of_runs
from rpgan.spec import spec

Array = NDArray[np.float64]


@spec
class DiscriminativeScore:
    """TimeGAN's |accuracy - 1/2| of a GRU that tells real from generated pieces [1]_.

    ``discriminative_score``
        The mean over trainings. Ideally 0, which may as well be a network too weak to see faults:
        with one channel it has one unit as published.

    Its low and high are over trainings, each with its own networks and held-out series. See
    `rpgan.judges.discriminative_scores`. It needs torch, and minutes for each set.

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
    test_share : float in (0, 1)
        Of the series, not of their pieces, that networks are tested on.

    References
    ----------
    .. [1] Yoon, Jarrett, van der Schaar. "Time-series generative adversarial networks." NeurIPS
       2019.
    """

    blind: ClassVar[str] = (
        "dependence over more than a piece, and what a GRU with few units does not learn in its "
        "steps: of one channel nearly all but the marginal"
    )

    window: int = 24
    hidden: int | None = None
    steps: int = 2000
    batch: int = 128
    test_share: float = 0.2
    runs: int = 10
    floor_draws: int = 19
    name: Literal["discriminative_score"] = "discriminative_score"

    def __post_init__(self) -> None:
        check(self)
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share must lie in (0, 1), got {self.test_share}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for images, and series shorter than a piece."""
        check_series(real, self.window)
        return mean_of_runs(self.name, 0.0, self.scores, self, real, self.floor_draws)

    def scores(self, real: Array, fake: Array) -> Array:
        """One per training, (runs,)."""
        from rpgan.judges import ScoreSettings, discriminative_scores

        settings = ScoreSettings(
            window=self.window,
            hidden=self.hidden,
            discriminative_steps=self.steps,
            batch=self.batch,
            test_share=self.test_share,
        )
        return discriminative_scores(real, fake, 0, self.runs, settings)
