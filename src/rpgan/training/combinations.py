"""Settings that do not go together, refused before anything is computed."""

from typing import Any

from rpgan.models import Fitted, Progressive, WithOwnLosses
from rpgan.models.conditions import Condition
from rpgan.training.settings import Training

WASSERSTEIN = ("wgan", "wgan_gp", "wgan_lp")
NO_ZERO = (*WASSERSTEIN, "r3gan")  # losses of differences of scores alone
NEGATIVE = (*WASSERSTEIN, "minimax", "hinge")  # losses that can be


def require_condition(model: Any, loss: Any, condition: Condition) -> None:
    """Raise ValueError if `model` and `loss` cannot learn under a condition."""
    if isinstance(model, Fitted | WithOwnLosses):
        raise ValueError(
            f"{model.name} takes no condition, because it has a training of its own; leave"
            " condition out"
        )
    if condition.wrong_labels and loss is not None and loss.name in NO_ZERO:
        raise ValueError(
            f"wrong_labels needs a loss in which a score by itself says how real an item is, not"
            f" {loss.name}, in which only differences count; choose another loss"
        )


def require_extras(model: Any, loss: Any, training: Training, n: int) -> None:
    """Raise ValueError if pretraining, waiting or selection is not for this model, loss or set."""
    asked = {
        "pretraining": training.pretraining > 0,
        "wait_below": training.wait_below > 0,
        "selection": training.selection is not None,
    }
    own = isinstance(model, WithOwnLosses | Progressive)
    for name in (name for name, given in asked.items() if given and own):
        raise ValueError(f"{name} is not for {model.name}; leave it out")
    if training.pretraining and not getattr(model, "predicts", False):
        raise ValueError(
            f"pretraining needs a generator that hears its last output, which {model.name} does"
            " not; leave it out"
        )
    if training.wait_below and loss is not None and loss.name in NEGATIVE:
        raise ValueError(
            f"wait_below compares losses that are positive, and those of {loss.name} need not be;"
            " leave it out or choose another loss"
        )
    selection = training.selection
    if selection and n - selection.held_out < training.batch_size:
        raise ValueError(
            f"selection holds out {selection.held_out} of {n} items, which leaves fewer than a"
            f" batch of {training.batch_size}; lower held_out or batch_size, or raise n_train"
        )
