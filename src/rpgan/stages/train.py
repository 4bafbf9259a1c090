"""Train one pair of networks."""

import contextlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from rpgan import series, tables
from rpgan.errors import UserError
from rpgan.models import Fitted
from rpgan.spec import plain
from rpgan.training import checkpoint
from rpgan.training.data import Data
from rpgan.training.fit import fit
from rpgan.training.history import Row
from rpgan.training.loop import train as train_run
from rpgan.training.ranks import joined
from rpgan.training.run import Run
from rpgan.training.state import parameters


def train(
    run: Run,
    source: Path,
    generator: Path,
    history: Path,
    unfinished: Path,
    device: torch.device,
    interval: float,
    tensorboard: Path | None = None,
) -> None:
    """Train or fit `run` on the tensors of `source`; write the averaged generator and the history.

    `generator` holds all that sampling needs: weights, the settings, and the fitted state of the
    representation. `unfinished` is the checkpoint, written every `interval` seconds, and gone at
    the end; the one before it stays beside it until then. Curves for TensorBoard go to the folder
    `tensorboard`.
    """
    tensors = series.read(source, plain(run.data))
    with joined(run.training.processes, device) as (ranks, device), contextlib.ExitStack() as stack:
        if ranks.rank == 0:
            stack.enter_context(checkpoint.held(unfinished))
            print(f"training {name(run)} on {device}: {sizes(run)}", file=sys.stderr)
        try:
            data = Data.on(device, tensors)
            if isinstance(run.model, Fitted):
                G, rows = fit(run, data)
            else:
                state, rows = train_run(run, data, unfinished, interval, ranks, tensorboard)
                G = state.sampler
        except torch.cuda.OutOfMemoryError:
            raise UserError(
                f"{device} has too little memory for batches of {run.training.batch_size};"
                " lower training.batch_size, or share them by training.processes"
            ) from None
        if ranks.rank == 0:
            write(run, G, rows, source, generator, history)
            checkpoint.remove(unfinished)


def write(
    run: Run, G: nn.Module, rows: list[Row], source: Path, generator: Path, history: Path
) -> None:
    fitted = [
        {key: torch.from_numpy(np.asarray(a, np.float64)) for key, a in step.items()}
        for step in series.read_state(source)
    ]
    contents = {"run": plain(run), "state": fitted, "G": G.state_dict()}
    checkpoint.save(generator, contents)
    tables.write(history, pd.DataFrame(rows), plain(run))


def name(run: Run) -> str:
    """Words for one run: dataset, model, replicate."""
    return f"{run.data.draw.dataset} / {run.label} / {run.replicate}"


def sizes(run: Run) -> str:
    """How many parameters the two networks have."""
    model = run.model
    if isinstance(model, Fitted):
        return f"{model.name} is fitted at once"
    with torch.device("meta"):
        G, D = parameters(run.generator()), parameters(run.discriminator())
    return f"generator of {G:,} parameters, discriminator of {D:,}"
