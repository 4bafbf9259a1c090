"""Trainings that between them compute all that a step can."""

from dataclasses import replace
from typing import Any

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.losses import (
    DRAGAN,
    LSGAN,
    R3GAN,
    WGAN,
    WGANGP,
    WGANLP,
    FeatureMatching,
    Hinge,
    Minimax,
    NonSaturating,
    SoftLabels,
)
from rpgan.losses.soft_labels import UniformLabels
from rpgan.models import CRNNGAN, PGGAN, RGAN, SPADE, STFTGAN, FlowMatching, TimeGAN, WaveGAN
from rpgan.models.conditions import Class, Number
from rpgan.models.phases import Phase
from rpgan.processes import FGN
from rpgan.representations import STFT, Pad, Scale
from rpgan.sources import ImageFolder, LabelledImages
from rpgan.training.run import Run
from rpgan.training.settings import SGD, Fast, RMSProp, Selection, Training

WAVEFORM, SPECTRA = (Pad(), Scale()), (Pad(), STFT(nperseg=8, hop=4), Scale())
SERIES = Draw(dataset="d", part="train", process=FGN(hurst=0.8), length=32, n=64, seed=1)
SHORT = replace(SERIES, length=4)
IMAGES = replace(SERIES, process=None, length=None, source=ImageFolder(path="x", size=8))
MAPS = replace(IMAGES, source=LabelledImages(path="x", size=8, classes=3))
WAVEGAN, STFTGAN_ = WaveGAN(channels=8, levels=2), STFTGAN(channels=8, levels=2)
PENALISED = WGANGP()
NUMBER = Number(on="given", low=0, high=2)
CLASS = Class(on="given", values=(0, 1, 2))
GROWTH = (Phase(depth=0, fade=0, stable=8), Phase(depth=1, fade=16, stable=8, batch_size=4))


def variant(
    model: Any = WAVEGAN,
    loss: Any = PENALISED,
    by: Any = WAVEFORM,
    draw: Draw = SERIES,
    condition: Any = None,
    **training: Any,
) -> Run:
    """One of 64 random items, in batches of 8; `by` are the steps of the representation."""
    common: dict[str, Any] = {"steps": 30, "batch_size": 8, "ramp_up": 9, "ema_half_life": 3}
    return Run(
        data=Encoding(draw=draw, steps=by),
        label="toy",
        replicate=0,
        seed=3,
        model=model,
        loss=loss,
        training=Training(**(common | training)),
        condition=condition,
    )


def recordable():
    """Trainings whose steps a CUDA graph can hold."""
    sgd, rmsprop = SGD(learning_rate=1e-2, momentum=0.5), RMSProp(learning_rate=1e-3, momentum=0.2)
    two: dict[str, Any] = {"generator": sgd, "discriminator": rmsprop}
    bounded = UniformLabels(low=0.7, high=1.2)
    return {
        "wgan": variant(loss=WGAN(), clip_gradients=0.1, discriminator_updates=2),
        "wgan_gp": variant(loss=WGANGP(drift_weight=0.1), penalty_every=2, discriminator_updates=3),
        "wgan_lp": variant(loss=WGANLP(points="around_data"), generator_updates=2),
        "dragan": variant(loss=DRAGAN(), first="generator"),
        "r3gan": variant(loss=R3GAN()),
        "stft": variant(STFTGAN_, by=SPECTRA),
        "optimizers": variant(**two),
        "soft_labels": variant(loss=SoftLabels(real=bounded, generator_target="real")),
        "waiting": variant(loss=NonSaturating(), wait_below=0.9, **two),
        "selection": variant(selection=Selection(every=3, held_out=16)),
        "told_classes": variant(loss=Hinge(), condition=replace(CLASS, wrong_labels=True)),
        "told_numbers": variant(STFTGAN_, by=SPECTRA, condition=replace(NUMBER, by="auxiliary")),
        "batch_norm": variant(replace(WAVEGAN, batch_norm="both"), Minimax()),
        "rgan": variant(RGAN(hidden_generator=4), draw=SHORT),
        "c_rnn_gan": variant(
            CRNNGAN(hidden=4, dropout=0.0),
            FeatureMatching(compare="pairs"),
            draw=SHORT,
            pretraining=2,
        ),
        "flow": variant(FlowMatching(widths=(4, 8)), None),
    }


def others():
    """Those that graphs cannot hold, and fast ways that are for GPUs, or like there."""
    low = Fast(channels_last=True, polyphase=True, precision="bfloat16")
    growing: dict[str, Any] = {"channels": 16, "most_channels": 8, "latent_dim": 4}
    growing["phases"] = GROWTH
    wrong = replace(CLASS, by="concatenation", wrong_labels=True)
    whole = (Scale(kind="none"),)
    return {
        "rmsprop_waits": variant(loss=NonSaturating(), wait_below=0.9, discriminator=RMSProp()),
        "tf32": variant(loss=LSGAN(), fast=Fast(precision="tf32")),
        "bfloat16": variant(fast=low),
        "stft_bfloat16": variant(STFTGAN_, by=SPECTRA, fast=low),
        "signals": variant(condition=replace(NUMBER, by="signal")),
        "rcgan": variant(RGAN(batch_mean=True), NonSaturating(), draw=SHORT, condition=wrong),
        "dropout": variant(CRNNGAN(hidden=4), FeatureMatching(adversarial_weight=1), draw=SHORT),
        "timegan": variant(
            TimeGAN(embedding_steps=1, supervised_steps=1, hidden=4, layers=2), None, draw=SHORT
        ),
        "pggan": variant(PGGAN(**growing), draw=IMAGES, by=whole, steps=7),
        "spade": variant(SPADE(classes=3, hidden=2, **growing), draw=MAPS, by=whole, steps=7),
    }
