"""Adversarial losses, one file each.

`discriminator(D, real, fake)` and `generator(D, real, fake)` return named terms: their sum is
minimised, and they are what is logged. D gives scores of (n, ...) items, shape (n,) or (n, steps);
its first call in either is on real or generated items or both, real ones first (`scores`). If its
scores depend on what else is in their batch it says so with a true `batch_statistics`. A loss with
a penalty has a `penalty_weight`, and none of its terms where that is 0; one that bounds the weights
has a `clip_weights(D)`.
"""

from typing import Annotated

from pydantic import Field

from rpgan.losses.dragan import DRAGAN
from rpgan.losses.feature_matching import FeatureMatching
from rpgan.losses.hinge import Hinge
from rpgan.losses.lsgan import LSGAN
from rpgan.losses.minimax import Minimax
from rpgan.losses.non_saturating import NonSaturating
from rpgan.losses.r3gan import R3GAN
from rpgan.losses.soft_labels import SoftLabels
from rpgan.losses.wgan import WGAN
from rpgan.losses.wgan_gp import WGANGP
from rpgan.losses.wgan_lp import WGANLP

AnyLoss = (
    Minimax
    | NonSaturating
    | SoftLabels
    | LSGAN
    | Hinge
    | WGAN
    | WGANGP
    | WGANLP
    | DRAGAN
    | R3GAN
    | FeatureMatching
)
Loss = Annotated[AnyLoss, Field(discriminator="name")]

__all__ = [
    "DRAGAN",
    "LSGAN",
    "R3GAN",
    "WGAN",
    "WGANGP",
    "WGANLP",
    "FeatureMatching",
    "Hinge",
    "Loss",
    "Minimax",
    "NonSaturating",
    "SoftLabels",
]
