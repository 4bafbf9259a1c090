from dataclasses import replace
from typing import Any, cast

import pytest

from rpgan.errors import UserError
from rpgan.losses import Hinge, Loss
from rpgan.settings import build
from rpgan.training.run import Run
from rpgan.training.settings import SGD, Adam, RMSProp, Training


def test_an_optimizer_without_a_name_is_adam():
    given = {"steps": 1, "batch_size": 1, "generator": {"learning_rate": 0.1, "betas": [0, 0.5]}}
    training = build(Training, given | {"discriminator": {"name": "sgd", "learning_rate": 0.2}})
    assert training.generator == Adam(learning_rate=0.1, betas=(0.0, 0.5))
    assert training.discriminator == SGD(learning_rate=0.2)
    given["generator"] = {"name": "rmsprop"}
    assert build(Training, given).generator == RMSProp(learning_rate=5e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generator": {"name": "lion"}}, "unknown name 'lion'; allowed: 'adam', 'sgd', 'rmsprop'"),
        ({"generator": {"name": "sgd", "betas": [0, 1]}}, "betas: unknown setting; allowed here"),
        ({"generator": {"learning_rate": 0}}, "learning_rate must be positive, got 0"),
        ({"discriminator": {"betas": [0, 1]}}, r"betas must lie in \[0, 1\)"),
        ({"generator": {"name": "rmsprop", "smoothing": 1}}, r"smoothing must lie in \[0, 1\)"),
        ({"fast": {"precision": "float16"}}, "precision"),
        ({"fast": {"speed": 9}}, "unknown setting; allowed here: precision, channels_last"),
        ({"ramp_up": -1}, "ramp_up must be at least 0, got -1"),
        ({"penalty_every": 0}, "penalty_every must be at least 1, got 0"),
        ({"ema_ramp_up": 0}, "ema_ramp_up must be positive, got 0"),
        ({"processes": 3}, "batch_size must be a multiple of processes, 3, .* got 16"),
        ({"first": "both"}, "first"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(UserError, match=message):
        build(Training, {"steps": 1, "batch_size": 16} | settings, "training")


def test_an_unknown_loss():
    with pytest.raises(
        UserError, match=r"unknown name 'gan'; allowed: 'minimax', 'non_saturating'"
    ):
        build(cast(Any, Loss), {"name": "gan"}, "loss")
    with pytest.raises(UserError, match="wanted settings with a `name`"):
        build(cast(Any, Loss), {"penalty_weight": 1}, "loss")


def test_a_batch_larger_than_the_data(run):
    with pytest.raises(UserError, match=r"on datasets.d: batch_size must be at most the 64 series"):
        replace(run, training=replace(run.training, batch_size=65))


def test_a_lazy_penalty_needs_one(run):
    lazy = replace(run.training, penalty_every=4)
    assert isinstance(replace(run, training=lazy), Run)
    with pytest.raises(UserError, match="needs a loss with a penalty, and hinge has none"):
        replace(run, training=lazy, loss=Hinge())


def test_a_penalty_and_batch_normalisation_do_not_go_together(run, monkeypatch):
    monkeypatch.setattr(type(run.model), "batch_statistics", True, raising=False)
    assert replace(run, loss=Hinge())
    with pytest.raises(
        UserError, match=r"wgan_gp is on each series by itself.*choose another loss"
    ):
        replace(run)
