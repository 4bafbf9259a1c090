"""Settings that do not go together, refused before anything is computed."""

from typing import Any

from rpgan.models import Fitted, Progressive, WithOwnLosses
from rpgan.models.conditions import Condition
from rpgan.models.phases import Phase
from rpgan.training.own_losses import require_settings
from rpgan.training.schedule import largest_batch
from rpgan.training.settings import Training

AT_ONCE = Training(steps=1, batch_size=1)  # of a model that is fitted: nothing of it applies

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


def require_loss(model: Any, loss: Any, training: Training) -> None:
    """Raise ValueError if `loss` is missing, or it or `training` means nothing to `model`."""
    if isinstance(model, Fitted):
        if loss is not None or training != AT_ONCE:
            raise ValueError(
                f"{model.name} is fitted at once, by one process; leave out loss and training"
            )
    elif isinstance(model, WithOwnLosses):
        if loss is not None:
            raise ValueError(f"{model.name} has losses of its own; leave out loss")
        require_settings(model, training)
    elif loss is None:
        raise ValueError(f"loss is missing; {model.name} needs one")


def require_batch(phases: tuple[Phase, ...], training: Training, n: int) -> None:
    """Raise ValueError if a batch is larger than the training set, which has `n` series."""
    batch_size = largest_batch(phases, training)
    if batch_size > n:
        raise ValueError(
            f"batch_size must be at most the {n} series of the training set, got {batch_size};"
            " lower it or raise n_train"
        )


def require_penalty(model: Any, loss: Any, training: Training) -> None:
    """Raise ValueError if there is no penalty to take at times, or batches would mix it."""
    if loss is None:
        return
    penalised = getattr(loss, "penalty_weight", 0) > 0
    if training.penalty_every > 1 and not penalised:
        raise ValueError(
            f"penalty_every needs a loss with a penalty, and {loss.name} has none; leave it out or"
            " choose another loss"
        )
    if penalised and getattr(model, "batch_statistics", False):
        raise ValueError(
            f"the penalty of {loss.name} is on each series by itself, which batch normalisation of"
            " the discriminator mixes; turn that off or choose another loss"
        )
