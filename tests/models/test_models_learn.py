"""Does every model, made small, learn data of its kind? It must come closer than it began."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch

from rpgan.losses import WGANGP, NonSaturating, SoftLabels
from rpgan.losses.soft_labels import UniformLabels
from rpgan.models import DCGAN1D, DCGAN2D, STFTGAN, FinGAN, SpecGAN, TiFGAN, WaveGAN
from rpgan.processes import FGN, GARCH, GaussianPulse
from rpgan.representations import STFT, Scale, Spectrogram, chain

CPU = torch.device("cpu")
N = 512


@dataclass
class Case:
    """`updates` of the discriminator for each of `steps` of the generator."""

    model: Any
    loss: Any
    process: Any
    length: int
    metric: Any
    steps: int
    share: float  # of the error of the untrained generator; measured over seeds, with a margin
    represented: tuple[Any, ...] = (Scale(kind="global_max_abs"),)
    updates: int = 1
    rate: float = 1e-3
    betas: tuple[tuple[float, float], tuple[float, float]] = field(default=((0.5, 0.9), (0.5, 0.9)))


def mean_error(real, fake):
    """Root mean square difference of the mean item: of a curve, or of a log-spectrogram."""
    return (real.mean(0) - fake.mean(0)).square().mean().sqrt().item()


def spectral_error(real, fake):
    """Root mean square difference of the log of the mean periodogram."""
    real, fake = (torch.fft.rfft(x).abs().square().mean((0, 1)).log()[1:] for x in (real, fake))
    return (real - fake).square().mean().sqrt().item()


def stft_error(real, fake):
    """The same, of the mean square of every inner bin."""
    real, fake = (x.square().sum(1).mean((0, 2)).log()[1:-1] for x in (real, fake))
    return (real - fake).square().mean().sqrt().item()


def marginal_error(real, fake):
    """Kolmogorov and Smirnov's distance of the samples' laws."""
    real, fake = real.ravel().sort().values, fake.ravel().sort().values
    levels = torch.arange(1, len(real) + 1) / len(real)
    found = torch.searchsorted(fake, real, right=True) / len(fake)
    return (found - levels).abs().max().item()


NOISE, RETURNS = FGN(hurst=0.9), GARCH(omega=0.05, alpha=0.2, beta=0.75)
SPECTROGRAM = (Spectrogram(nperseg=16, hop=8, bins=8, frames=8), Scale())
FINGAN = {
    "loss": SoftLabels(real=UniformLabels(low=0.9, high=1.1), fake=UniformLabels(low=0.1, high=0.3)),
    "process": RETURNS, "length": 64, "metric": marginal_error,
    "betas": ((0.5, 0.999), (0.1, 0.999)), "share": 0.8, "steps": 120,
}  # fmt: skip
SMALL: dict[str, Any] = {"channels": 32, "levels": 2}
WAVE: dict[str, Any] = {
    "loss": WGANGP(),
    "process": NOISE,
    "length": 64,
    "metric": spectral_error,
    "updates": 3,
}
IMAGE: dict[str, Any] = {
    "loss": WGANGP(),
    "process": NOISE,
    "length": 64,
    "metric": mean_error,
    "represented": SPECTROGRAM,
}
ADAM = ((0.5, 0.999), (0.5, 0.999))

CASES = {
    "wavegan_original": Case(model=WaveGAN(**SMALL, seed_relu=True, phase_shuffle_per="batch", weight_init="tensorflow"), steps=100, share=0.8, **WAVE),
    "pskgan": Case(model=WaveGAN(**SMALL, receptive_field="progressive", kernel_size=32, seed_relu=True, phase_shuffle=0), steps=100, share=0.5, **WAVE),
    "dilated": Case(model=WaveGAN(**SMALL, receptive_field="dilated", kernel_size=8), steps=100, share=0.9, **WAVE),
    "nearest": Case(model=WaveGAN(**SMALL, upsample="nearest"), steps=100, share=0.8, **WAVE),
    "stftgan_ofdm": Case(model=STFTGAN(**SMALL, kernel_size=4, bias=True, seed_relu=True), steps=60, share=0.5, **{**WAVE, "metric": stft_error, "represented": (STFT(nperseg=16, hop=8), Scale(kind="global_max_abs"))}),
    "specgan": Case(model=SpecGAN(**SMALL), steps=60, share=0.5, updates=3, **IMAGE),
    "tifgan": Case(model=TiFGAN(**SMALL), steps=60, share=0.5, updates=3, **IMAGE),
    "dcgan2d": Case(model=DCGAN2D(channels=16), steps=250, share=0.9, betas=ADAM, **{**IMAGE, "loss": NonSaturating()}),
    "dcgan1d": Case(model=DCGAN1D(channels=64, weight_init="dcgan"), loss=SoftLabels(generator_target="real"), process=GaussianPulse(), length=100, metric=mean_error, steps=200, share=0.8, rate=5e-4, represented=(), betas=ADAM),
    **{f"fingan_{v}": Case(model=FinGAN(variant=v, channels=8), **{**FINGAN, "steps": 250 if v == "cnn" else 120}) for v in ("mlp", "mlp_bn", "cnn", "mlp_cnn", "plus")},
}  # fmt: skip


def tensors(case):
    series = case.process.sample(N, case.length, np.random.default_rng(1))[:, None]
    encoded = chain.encode(case.represented, chain.fit(case.represented, series), series)
    return torch.from_numpy(np.array(encoded, np.float32))


def errors(case, seed=0):
    """Of the untrained generator and of the trained one, both in evaluation mode."""
    torch.manual_seed(seed)
    real = tensors(case)
    G, D = case.model.generator(real.shape[1:]), case.model.discriminator(real.shape[1:])
    Gs, Ds = (
        torch.optim.Adam(network.parameters(), case.rate, betas)
        for network, betas in zip((G, D), case.betas, strict=True)
    )
    fixed = case.model.latents(N, CPU)
    before = sampled(G, fixed)
    for _ in range(case.steps):
        for _ in range(case.updates):
            z = case.model.latents(32, CPU)
            with torch.no_grad():
                fake = G(z)
            step(Ds, D, case.loss.discriminator(D, batch(real), fake))
        step(Gs, G, case.loss.generator(D, batch(real), G(case.model.latents(32, CPU))))
    return case.metric(real, before), case.metric(real, sampled(G, fixed))


def batch(real):
    return real[torch.randint(len(real), (32,))]


def step(optimizer, network, terms):
    total = torch.stack([*terms.values()]).sum()
    gradients = torch.autograd.grad(total, [*network.parameters()], allow_unused=True)
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()


@torch.no_grad()
def sampled(G, z):
    made = G.eval()(z)
    G.train()
    return made


@pytest.mark.parametrize("name", CASES)
def test_a_model_comes_closer_to_its_data(name):
    before, after = errors(CASES[name])
    assert after < CASES[name].share * before


@pytest.mark.slow
def test_dcgan_learns_the_curve():
    """To within 8 % of its height, in 1500 steps of a quarter of the published width."""
    smaller = DCGAN1D(channels=128, weight_init="dcgan")
    betas = ((0.9, 0.999), (0.9, 0.999))
    case = replace(CASES["dcgan1d"], model=smaller, steps=1500, rate=2e-4, betas=betas)
    _, after = errors(case)
    assert after < 0.08 * GaussianPulse().amplitude
