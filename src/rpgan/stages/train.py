"""Train one pair of networks."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from rpgan import series, tables
from rpgan.spec import plain
from rpgan.training import checkpoint
from rpgan.training.loop import train as train_run
from rpgan.training.run import Run


def train(
    run: Run,
    source: Path,
    generator: Path,
    history: Path,
    unfinished: Path,
    device: torch.device,
    interval: float,
) -> None:
    """Train `run` on the tensors of `source`; write the averaged generator and the history.

    `generator` holds all that sampling needs: weights, the settings, and the fitted state of the
    representation. `unfinished` is the checkpoint, written every `interval` seconds, and gone at
    the end.
    """
    tensors = series.read(source, plain(run.data))
    print(f"training {name(run)} on {device}", file=sys.stderr)
    with checkpoint.held(unfinished):
        state, rows = train_run(run, tensors, device, unfinished, interval)
        fitted = [
            {key: torch.from_numpy(np.asarray(a, np.float64)) for key, a in step.items()}
            for step in series.read_state(source)
        ]
        contents = {"run": plain(run), "state": fitted, "G": state.G_average.state_dict()}
        checkpoint.save(generator, contents)
        tables.write(history, pd.DataFrame(rows), plain(run))
        unfinished.unlink(missing_ok=True)


def name(run: Run) -> str:
    """Words for one run: dataset, model, replicate."""
    return f"{run.data.draw.dataset} / {run.label} / {run.replicate}"
