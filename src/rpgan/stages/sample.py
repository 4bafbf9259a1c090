"""Series from a trained generator, and from the same network before its first step."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from rpgan import randomness, series
from rpgan.files import require_made_from
from rpgan.representations import chain
from rpgan.spec import plain
from rpgan.training import checkpoint
from rpgan.training.fast import Fast
from rpgan.training.run import Run
from rpgan.training.state import first_generator

BATCH = 256  # part of the result: each batch of latents has its own random stream


def sample(
    run: Run,
    n: int,
    generator: Path,
    trained: Path,
    untrained: Path,
    device: torch.device,
    seed: int | None = None,
    at_once: int = BATCH,
) -> None:
    """Write `n` series of the generator, and `n` of its untrained self, in physical units.

    Another `seed` than that of `run` draws other latents, of the law that it was trained with.
    `at_once` is how many of them the generator takes in at a time, at most 256. Memory holds the
    float32 series of one file, and one batch on its way there.
    """
    torch.set_num_threads(run.training.threads)
    saved = checkpoint.load(generator, device)
    require_made_from(generator, saved.get("run"), plain(run))
    G = first_generator(run, device, Fast(run.training, device))
    fitted = [{key: a.cpu().numpy() for key, a in step.items()} for step in saved["state"]]
    for target, weights in ((untrained, G.state_dict()), (trained, saved["G"])):
        G.load_state_dict(weights)
        made = (
            chain.decode(run.data.steps, fitted, batch.astype(np.float64))
            for batch in batches(run, G, n, device, seed, at_once)
        )
        series.write(target, gathered(made, n), made_from(run, n, target is trained, seed))


def gathered(batches: Iterator[NDArray[np.float64]], n: int) -> NDArray[np.float32]:
    """`batches` one after the other in float32, shape (n, ...)."""
    first = next(batches)
    out = np.empty((n, *first.shape[1:]), np.float32)
    out[: len(first)] = first
    done = len(first)
    for batch in batches:
        out[done : done + len(batch)] = batch
        done += len(batch)
    return out


def tensors(run: Run, G: nn.Module, n: int, device: torch.device) -> NDArray[np.float64]:
    """G(z) for `n` latents, shape (n, channels, ...)."""
    return np.concatenate(list(batches(run, G, n, device))).astype(np.float64)


def batches(
    run: Run,
    G: nn.Module,
    n: int,
    device: torch.device,
    seed: int | None = None,
    at_once: int = BATCH,
) -> Iterator[NDArray[np.float32]]:
    """G(z) for `n` latents, shapes (up to BATCH, channels, ...); z does not depend on `at_once`."""
    key = run.key if seed is None else (seed, *run.key[1:])
    G.eval()
    starts = range(0, n, BATCH)
    for first in tqdm(starts, unit="batch", file=sys.stderr, delay=3, leave=False):
        torch.manual_seed(randomness.integer(*key, "sample", first // BATCH))
        z = run.latents(BATCH, device)[: n - first]
        with torch.no_grad():
            yield np.concatenate([G(part).float().cpu().numpy() for part in z.split(at_once)])


def made_from(run: Run, n: int, trained: bool, seed: int | None = None) -> dict[str, object]:
    """What a file of generated series was made from."""
    made: dict[str, object] = {"run": plain(run), "n": n, "trained": trained}
    return made if seed is None else made | {"seed": seed}
