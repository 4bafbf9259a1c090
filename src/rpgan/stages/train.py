"""Train one pair of networks."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from rpgan import series, tables
from rpgan.errors import UserError
from rpgan.models import Fitted, FlowMatching, TimeGAN
from rpgan.series import State
from rpgan.spec import plain
from rpgan.stages import at_load
from rpgan.training import checkpoint
from rpgan.training.data import Data
from rpgan.training.fit import fit
from rpgan.training.history import Row
from rpgan.training.loop import train as train_run
from rpgan.training.ranks import joined
from rpgan.training.run import Run
from rpgan.training.state import parameters
from rpgan.training.watcher import Watcher


def train(
    run: Run,
    source: Path,
    generator: Path,
    history: Path,
    unfinished: Path,
    device: torch.device,
    interval: float,
    tensorboard: Path | None = None,
    previews: Path | None = None,
    fitted: Path | None = None,
) -> None:
    """Train or fit `run` on the tensors of `source`; write the averaged generator and the history.

    With `fitted`, which holds what the representation learnt, `source` holds series, and they are
    encoded on the device. `generator` holds all that sampling needs: weights, the settings, the
    fitted state of the representation, and the values that the networks were told, if any.
    `unfinished` is the checkpoint, written every `interval` seconds, and gone at the end; the one
    before it stays beside it until then. Curves and pictures for TensorBoard go to the folder
    `tensorboard`, and the same pictures as PNG files to `previews`.
    """
    load, values = loading(run, source, fitted), given(run, source)
    learnt = series.read_state(fitted or source)
    with joined(run.training.processes, device) as (ranks, device), contextlib.ExitStack() as stack:
        if ranks.rank == 0:
            stack.enter_context(checkpoint.held(unfinished))
            print(f"training {run.title} on {device}: {sizes(run)}", file=sys.stderr)
        try:
            codes = None if run.condition is None else run.condition.encode(values)
            data = run.shown(load(device, codes))
            if isinstance(run.model, Fitted):
                G, rows = fit(run, data)
            else:
                watchers = watching(run, learnt, data, tensorboard, previews)
                state, rows = train_run(run, data, unfinished, interval, ranks, watchers)
                G = state.sampler
        except torch.cuda.OutOfMemoryError:
            raise UserError(
                f"{device} has too little memory for batches of {run.training.batch_size};"
                " lower training.batch_size, or share them by training.processes"
            ) from None
        if ranks.rank == 0:
            write(run, G, rows, learnt, values, generator, history)
            checkpoint.remove(unfinished)


def loading(run: Run, source: Path, fitted: Path | None) -> Callable[..., Data]:
    """What puts the training set on a device, with the codes of what is given of each item."""
    if fitted is None:
        tensors = series.read(source, plain(run.data))
        return lambda device, codes: Data.on(device, tensors, codes)
    real, steps = series.read(source, plain(run.data.draw)), run.data.steps
    learnt = series.read_state(fitted, plain(run.data))

    def load(device: torch.device, codes: NDArray[Any] | None) -> Data:
        items = at_load.encode(steps, learnt, real, device)
        return Data(items, None if codes is None else torch.from_numpy(codes).to(device))

    return load


def given(run: Run, source: Path) -> NDArray[Any]:
    """The values beside the tensors that the networks are told; none without a condition."""
    if run.condition is None:
        return np.empty(0)
    beside = series.read_beside(source)
    if run.condition.on not in beside:
        raise UserError(
            f"{source}: wanted a column {run.condition.on!r}, found"
            f" {', '.join(beside) or 'the tensors alone'}; models.{run.label} has a condition on it"
        )
    return np.array(beside[run.condition.on])


def write(
    run: Run,
    G: nn.Module,
    rows: list[Row],
    learnt: State,
    values: NDArray[Any],
    generator: Path,
    history: Path,
) -> None:
    fitted = [
        {key: torch.from_numpy(np.asarray(a, np.float64)) for key, a in step.items()}
        for step in learnt
    ]
    contents = {"run": plain(run), "state": fitted, "G": G.state_dict()}
    if run.condition is not None:
        contents["given"] = torch.from_numpy(values)
    checkpoint.save(generator, contents)
    tables.write(history, pd.DataFrame(rows), plain(run))


def watching(
    run: Run, learnt: State, data: Data, tensorboard: Path | None, previews: Path | None
) -> list[Watcher]:
    """Those who look on, each in the folder it was given."""
    if not (tensorboard or previews):
        return []
    from rpgan.stages.previews import Pictures, Previews, TensorBoard  # they need matplotlib

    shown = Previews(run, learnt, data)
    return [
        *([TensorBoard(tensorboard, shown)] if tensorboard else []),
        *([Pictures(previews, shown)] if previews else []),
    ]


def sizes(run: Run) -> str:
    """How many parameters the networks have."""
    model = run.model
    if isinstance(model, Fitted):
        return f"{model.name} is fitted at once"
    with torch.device("meta"):
        G = f"generator of {parameters(run.generator()):,} parameters"
        if isinstance(model, FlowMatching):
            return f"{G}, without a discriminator"
        D = f"discriminator of {parameters(run.discriminator()):,}"
        if isinstance(model, TimeGAN):
            return f"{G}, {D}, embedder of {parameters(model.embedder(run.shape)):,}"
    return f"{G}, {D}"
