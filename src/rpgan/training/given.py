"""Terms that a condition adds to the losses."""

from dataclasses import replace
from typing import Any

from torch import Tensor

from rpgan.models.conditional import Auxiliary, told
from rpgan.training.fast import Terms


def discriminator_terms(
    D: Any, loss: Any, real: Tensor, fake: Tensor, given: Tensor | None
) -> Terms:
    """Of what real and generated items are both told.

    ``given_real`` and ``given_fake``: errors of the auxiliary estimates. ``wrong_label``: what real
    items cost as generated ones would, with labels that are not theirs.
    """
    if given is None:
        return {}
    if isinstance(D, Auxiliary):
        return {"given_real": D.error(real, given), "given_fake": D.error(fake, given)}
    if D.condition.wrong_labels:
        return {"wrong_label": as_generated(loss, told(D, D.condition.wrong(given))(real))}
    return {}


def generator_terms(D: Any, fake: Tensor, given: Tensor | None) -> Terms:
    """``given``: the error of the auxiliary estimates, of generated items."""
    return {"given": D.error(fake, given)} if given is not None and isinstance(D, Auxiliary) else {}


def as_generated(loss: Any, scores: Tensor) -> Tensor:
    """What items of these scores cost a discriminator if they are not real."""
    penalised = hasattr(loss, "penalty_weight")
    loss = replace(loss, penalty_weight=0.0) if penalised else loss
    return loss.discriminator(lambda score: score, scores, scores)["fake"]
