"""The training loop: steps, history, checkpoints."""

import contextlib
import hashlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from rpgan.errors import UserError
from rpgan.spec import plain
from rpgan.training import checkpoint
from rpgan.training.run import Run
from rpgan.training.state import State
from rpgan.training.step import train_step

ROWS = 200  # rows of the history, about
History = list[dict[str, float]]


def train(
    run: Run, tensors: NDArray[np.float32], device: torch.device, unfinished: Path, interval: float
) -> tuple[State, History]:
    """Train `run` on `tensors`, (n, channels, ...), from where the file `unfinished` left it.

    A checkpoint is written every `interval` seconds and when the process is asked to stop. The
    result does not depend on when, or how often, that happened.
    """
    torch.set_num_threads(run.training.threads)
    made_from = {
        "run": plain(run),
        "data": hashlib.sha256(tensors.tobytes()).hexdigest(),
    }
    data = torch.from_numpy(np.array(tensors)).to(device)
    state, history = resume(State(run, device), unfinished, made_from, device)

    steps, log_every = run.training.steps, max(1, run.training.steps // ROWS)
    saved = time.monotonic()
    with stop_signals() as stop, progress(steps, state.step) as bar:
        while state.step < steps:
            terms = train_step(state, data, run)
            bar.update()
            if state.step % log_every == 0 or state.step == steps:
                history.append(row(state.step, terms))
                shown = {name: f"{history[-1][name]:.3g}" for name in terms}
                bar.set_postfix(shown, refresh=False)  # the next line in its own time
            if stop or time.monotonic() - saved >= interval:
                checkpoint.save(
                    unfinished, made_from | {"state": state.state_dict(), "history": history}
                )
                saved = time.monotonic()
            if stop:
                sys.exit(f"stopped at step {state.step} of {steps}; run again to go on from there")
    return state, history


def resume(
    state: State, unfinished: Path, made_from: dict[str, Any], device: torch.device
) -> tuple[State, History]:
    """`state` and history of the checkpoint, if there is one of the same run on the same data."""
    if not unfinished.exists():
        return state, []
    saved = checkpoint.load(unfinished, device)
    if any(saved[key] != made_from[key] for key in made_from):
        return state, []  # settings or data have changed since: start afresh
    state.load_state_dict(saved["state"])
    print(f"resumed at step {state.step}", file=sys.stderr)
    return state, saved["history"]


def row(step: int, terms: dict[str, torch.Tensor]) -> dict[str, float]:
    """One row of the history. Raises UserError when the training has diverged."""
    values = {name: value.item() for name, value in terms.items()}
    if not np.isfinite(list(values.values())).all():
        raise UserError(
            f"the training diverged before step {step}: {values}; lower the learning rate, or look"
            " at the history that led there"
        )
    return {"step": step} | values


@contextlib.contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM instead of dying from them, so that the step can end well."""
    received: list[int] = []
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda n, _: received.append(n)) for number in wanted}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def progress(steps: int, done: int) -> "tqdm[Any]":
    """A line with speed and time left; in a log file, one every half a minute."""
    quiet = 0.5 if sys.stderr.isatty() else 30.0
    return tqdm(total=steps, initial=done, unit="step", mininterval=quiet, file=sys.stderr)
