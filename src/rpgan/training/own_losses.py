"""Which settings of training mean something to a model that brings its own losses."""

from dataclasses import replace
from typing import Any

from rpgan.models import FlowMatching, TimeGAN, WithOwnLosses
from rpgan.training.optimizers import Adam
from rpgan.training.settings import Fast, Training

COMMON: dict[str, Any] = {"discriminator_updates": 1, "first": "discriminator", "penalty_every": 1}
ALONE = COMMON | {"generator_updates": 1, "discriminator": Adam()}


def require_settings(model: WithOwnLosses, training: Training) -> None:
    """Raise ValueError for settings that `model` would not heed."""
    for name, value in (ALONE if isinstance(model, FlowMatching) else COMMON).items():
        if getattr(training, name) != value:
            raise ValueError(f"{name} means nothing to {model.name}; leave it out")
    if isinstance(model, TimeGAN):
        require_joint_phase(model, training)
        require_plain(model, training.fast)


def require_joint_phase(model: TimeGAN, training: Training) -> None:
    first = model.embedding_steps + model.supervised_steps
    if training.steps <= first:
        raise ValueError(
            f"steps must be more than the {first} of embedding_steps and supervised_steps, after"
            f" which the generator learns, got {training.steps}"
        )


def require_plain(model: TimeGAN, fast: Fast) -> None:
    if fast.precision == "bfloat16" or replace(fast, precision="float32") != Fast():
        raise ValueError(
            f"{model.name} has no fast way but precision: tf32; leave out the others of fast"
        )
