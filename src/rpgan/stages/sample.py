"""Series from a trained generator, and from the same networks before their first step."""

import sys
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
from rpgan.training.run import Run
from rpgan.training.state import State

BATCH = 256  # part of the result: each batch of latents has its own random stream


def sample(
    run: Run, n: int, generator: Path, trained: Path, untrained: Path, device: torch.device
) -> None:
    """Write `n` series of the generator, and `n` of its untrained self, in physical units."""
    torch.set_num_threads(run.training.threads)
    saved = checkpoint.load(generator, device)
    require_made_from(generator, saved.get("run"), plain(run))
    start = State(run, device)
    fitted = [{key: a.cpu().numpy() for key, a in step.items()} for step in saved["state"]]
    for target, weights in ((untrained, start.G.state_dict()), (trained, saved["G"])):
        start.G.load_state_dict(weights)
        decoded = chain.decode(run.data.steps, fitted, tensors(run, start.G, n, device))
        series.write(target, decoded, made_from(run, n, target is trained))


@torch.no_grad()
def tensors(run: Run, G: nn.Module, n: int, device: torch.device) -> NDArray[np.float64]:
    """G(z) for `n` latents, shape (n, channels, ...)."""
    batches = []
    starts = range(0, n, BATCH)
    for first in tqdm(starts, unit="batch", file=sys.stderr, delay=3, leave=False):
        torch.manual_seed(randomness.integer(*run.key, "sample", first // BATCH))
        z = run.model.latents(BATCH, device)[: n - first]
        batches.append(G(z).float().cpu().numpy())
    return np.concatenate(batches).astype(np.float64)


def made_from(run: Run, n: int, trained: bool) -> dict[str, object]:
    """What a file of generated series was made from."""
    return {"run": plain(run), "n": n, "trained": trained}
