"""Recurrent networks that judge series: TimeGAN's, trained to discriminate and to predict.

Plain functions of arrays. They need torch, which `rpgan.metrics` loads with them only when it is
asked for these scores. A score is the mean of several runs, whose spread says how much of it is
chance.
"""

import threading
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rpgan.errors import UserError
from rpgan.spec import spec

Array = NDArray[np.floating]

LOCK = threading.Lock()  # torch has one generator and one number of threads for all


@spec
class ScoreSettings:
    """How the networks are trained; the defaults are those of the published code [1]_.

    Parameters
    ----------
    window : int
        Samples of a piece. TimeGAN cuts all data so, as recurrent networks of the size of these
        neither train on thousands of steps nor remember them: longer dependence is not seen.
    hidden : int, optional
        Units. None, as published, is half as many as there are channels, and at least one.
    discriminative_steps, predictive_steps : int
    batch : int
    test_share : float
        Of the series, not of their pieces, in the discriminative score. (The published predictive
        score is on all real series, none of which it trains on.)

    References
    ----------
    .. [1] Yoon, Jarrett, van der Schaar. "Time-series generative adversarial networks." NeurIPS
       2019.
    """

    window: int = 24
    hidden: int | None = None
    discriminative_steps: int = 2000
    predictive_steps: int = 5000
    batch: int = 128
    test_share: float = 0.2


class Recurrent(nn.Module):
    """A GRU and a linear map to one number."""

    def __init__(self, inputs: int, hidden: int):
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """One number after each step, shape (n, steps)."""
        return self.head(self.gru(x)[0])[:, :, 0]


def discriminative_scores(
    real: Array,
    fake: Array,
    seed: int,
    runs: int = 10,
    settings: ScoreSettings | None = None,
) -> NDArray[np.float64]:
    """|accuracy - 1/2| of a GRU that tells real from generated pieces, of each run, (runs,).

    0 is a perfect generator, or a network too weak to see its faults: with one channel it has one
    unit as published, which after 2000 steps may still call all pieces the same. Its accuracy is
    on series that it did not train on.

    Parameters
    ----------
    real, fake : (n, length) or (n, channels, length)
    seed : of all random numbers; the result is a function of it, on one machine
    """
    settings = settings or ScoreSettings()
    sets = scaled_sets(real, fake, settings)

    def one(generator: np.random.Generator) -> float:
        held_out = [split(series, settings, generator) for series in sets]
        train = [pieces(part, settings.window) for part, _ in held_out]
        test = [pieces(part, settings.window) for _, part in held_out]
        channels = train[0].shape[2]
        network = Recurrent(channels, units(channels, settings))

        def loss() -> Tensor:
            batches = [batch_of(x, settings, generator) for x in train]
            real, fake = network(torch.cat(batches))[:, -1].split([len(x) for x in batches])
            return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()

        train_for(settings.discriminative_steps, network, loss)
        with torch.no_grad():
            told = [network(x)[:, -1] > 0 for x in test]
        right = int(told[0].sum()) + int((~told[1]).sum())
        return abs(right / (len(told[0]) + len(told[1])) - 0.5)

    return repeated(one, seed, runs)


def predictive_scores(
    real: Array,
    fake: Array,
    seed: int,
    runs: int = 10,
    settings: ScoreSettings | None = None,
) -> NDArray[np.float64]:
    """Mean absolute error of one-step prediction of real pieces, learnt on generated ones, (runs,).

    Of the last channel, from the others one step before; of a single channel from itself. In units
    of the range of the real channel. Compare with the score of a second real set: it is not 0, and
    a generator of constant series may come close to it where little can be predicted.

    Parameters
    ----------
    real, fake : (n, length) or (n, channels, length)
    seed : of all random numbers; the result is a function of it, on one machine
    """
    settings = settings or ScoreSettings()
    sets = scaled_sets(real, fake, settings)
    test, train = (pieces(series, settings.window) for series in sets)

    def one(generator: np.random.Generator) -> float:
        channels = train.shape[2]
        network = Recurrent(max(1, channels - 1), units(channels, settings))

        def error(x: Tensor) -> Tensor:
            given = x[:, :-1, : max(1, channels - 1)]
            return (torch.sigmoid(network(given)) - x[:, 1:, -1]).abs().mean()

        train_for(
            settings.predictive_steps,
            network,
            lambda: error(batch_of(train, settings, generator)),
        )
        with torch.no_grad():
            return float(error(test))

    return repeated(one, seed, runs)


def repeated(
    one: Callable[[np.random.Generator], float], seed: int, runs: int
) -> NDArray[np.float64]:
    """The score of each run, on one thread: networks of this size gain nothing from more.

    Torch's own generator and number of threads are left as they were.
    """
    with LOCK:
        found, threads = np.empty(runs), torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for run, sequence in enumerate(np.random.SeedSequence(seed).spawn(runs)):
                generator = np.random.Generator(np.random.SFC64(sequence))
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(int(generator.integers(2**62)))
                    found[run] = one(generator)
        finally:
            torch.set_num_threads(threads)
    return found


def train_for(steps: int, network: nn.Module, loss: Callable[[], Tensor]) -> None:
    """So many steps of Adam, with the defaults of TensorFlow."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def as_channels(series: Array) -> Array:
    """Shape (n, channels, length)."""
    return series[:, None] if series.ndim == 2 else series


def limits(real: Array) -> tuple[Array, Array]:
    """Least and largest sample of each channel of the real set, shape (channels, 1)."""
    channels = as_channels(real)
    return channels.min(axis=(0, 2))[:, None], channels.max(axis=(0, 2))[:, None]


def scaled(series: Array, low: Array, high: Array) -> NDArray[np.float32]:
    """Each channel with the real range as [0, 1], shape (n, length, channels)."""
    span = np.where(high > low, high - low, 1)
    return np.moveaxis((as_channels(series) - low) / span, 1, 2).astype(np.float32)


def scaled_sets(
    real: Array, fake: Array, settings: ScoreSettings
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both sets, `scaled`; UserError if they cannot be compared."""
    if real.shape[1:] != fake.shape[1:]:
        raise UserError(
            f"real and generated series must be alike, got shapes {real.shape[1:]} and "
            f"{fake.shape[1:]}: cut the longer ones"
        )
    if real.shape[-1] < settings.window or min(len(real), len(fake)) < 2:
        raise UserError(
            f"two series of at least window = {settings.window} samples are needed, got "
            f"{min(len(real), len(fake))} of {real.shape[-1]}: generate more, or longer ones"
        )
    low, high = limits(real)
    return scaled(real, low, high), scaled(fake, low, high)


def units(channels: int, settings: ScoreSettings) -> int:
    """Of the recurrent layer."""
    return settings.hidden or max(1, channels // 2)


def split(
    series: NDArray[np.float32], settings: ScoreSettings, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Series to train on and others to test on, at random."""
    order = generator.permutation(len(series))
    held_out = min(len(series) - 1, max(1, round(settings.test_share * len(series))))
    return series[order[held_out:]], series[order[:held_out]]


def pieces(series: NDArray[np.float32], window: int) -> Tensor:
    """Pieces of each series one after another, shape (pieces, window, channels)."""
    n, length, channels = series.shape
    count = length // window
    cut = series[:, : count * window].reshape(n * count, window, channels)
    return torch.from_numpy(np.ascontiguousarray(cut))


def batch_of(x: Tensor, settings: ScoreSettings, generator: np.random.Generator) -> Tensor:
    """Pieces at random, none of them twice."""
    size = min(settings.batch, len(x))
    return x[torch.from_numpy(generator.choice(len(x), size, replace=False, shuffle=False))]
