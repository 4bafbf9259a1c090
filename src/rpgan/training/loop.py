"""The training loop: steps, history, checkpoints."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from rpgan.errors import UserError
from rpgan.files import difference
from rpgan.spec import plain
from rpgan.training import checkpoint, ways
from rpgan.training.data import Data
from rpgan.training.history import SECONDS, History, Row, require_finite
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.resumable import Resumable
from rpgan.training.run import Run
from rpgan.training.watcher import Watcher, due


def train(
    run: Run,
    data: Data,
    unfinished: Path,
    interval: float,
    ranks: Ranks = ALONE,
    watchers: Sequence[Watcher] = (),
) -> tuple[Resumable, list[Row]]:
    """Train `run` on the device that holds `data`, from where the file `unfinished` left it.

    A checkpoint is written every `interval` seconds and when the process is asked to stop. The
    result does not depend on when, or how often, that happened. Of several processes the first
    writes; all read.
    """
    torch.set_num_threads(run.training.threads)
    device, train_step = data.device, ways.step_of(run)
    made_from = {"run": plain(run), "data": data.digest()}
    state, rows = resume(ways.begun(run, device, ranks), unfinished, made_from, device)
    require_same_step(state.step, ranks)
    history, steps = History(run, device, rows, state.step), run.training.steps
    watchers = watchers if ranks.rank == 0 else ()
    for watcher in watchers:
        watcher.begin(state.step)

    def fetch() -> None:
        rows = history.fetch()
        bar.set_postfix(history.losses(), refresh=False)  # the next line in its own time
        for watcher in watchers:
            watcher.rows(rows)

    def save() -> None:
        fetch()
        require_finite(state.step, {name: value.item() for name, value in state.terms.items()})
        if ranks.rank == 0:
            contents = made_from | {"state": state.state_dict(), "history": history.rows}
            checkpoint.save(unfinished, contents, keep_last=True)

    saved = time.monotonic()
    with stop_signals() as received, progress(steps, state.step, ranks) as bar:
        while state.step < steps:
            terms = train_step(state, data, run, ranks)
            bar.update()
            if history.due(state.step):
                history.add(state.step, terms, ranks)
            if time.monotonic() - history.fetched >= SECONDS:
                fetch()
            if due(state.step, steps):
                for watcher in watchers:
                    watcher.look(state.step, state.sampler)
            stop = asked_to_stop(received, history.due(state.step), ranks)
            if stop or time.monotonic() - saved >= interval:
                save()
                saved = time.monotonic()
            if stop:
                sys.exit(f"stopped at step {state.step} of {steps}; run again to go on from there")
        fetch()
    for watcher in watchers:
        watcher.close()
    return state, history.rows


def resume(
    state: Resumable, unfinished: Path, made_from: dict[str, Any], device: torch.device
) -> tuple[Resumable, list[Row]]:
    """`state` and history of the checkpoint, if there is one.

    Raises UserError, and leaves it as it is, if it is of another run or of other data.
    """
    saved = checkpoint.newest(unfinished, device)
    if saved is None:
        return state, []
    if any(saved[key] != made_from[key] for key in made_from):
        same = saved["run"] == made_from["run"]
        why = "its data are others" if same else difference(saved["run"], made_from["run"])
        raise UserError(
            f"{unfinished}: checkpoint of another training ({why}); take the change back to go on"
            f" with that, or delete it and {checkpoint.previous(unfinished).name} to begin anew"
        )
    state.load_state_dict(saved["state"])
    print(f"resumed at step {state.step}", file=sys.stderr)
    return state, saved["history"]


def require_same_step(step: int, ranks: Ranks) -> None:
    """Refuse processes that found different checkpoints."""
    mean = torch.tensor([float(step)], device=ranks.device)
    ranks.average([mean])
    if mean.item() != step:
        raise UserError(
            f"process {ranks.rank} found a checkpoint of step {step}, another did not; keep the"
            " unfinished training where all processes see it"
        )


def asked_to_stop(received: list[int], agree: bool, ranks: Ranks) -> bool:
    """Whether to stop now. Several processes stop together, at a step at which they `agree`."""
    if ranks.count == 1:
        return bool(received)
    if not agree:
        return False
    asked = torch.tensor([float(bool(received))], device=ranks.device)
    ranks.average([asked])
    return bool(asked.item())


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


def progress(steps: int, done: int, ranks: Ranks) -> "tqdm[Any]":
    """A line with speed and time left; in a log file, one every half a minute."""
    quiet = 0.5 if sys.stderr.isatty() else 30.0
    return tqdm(
        total=steps,
        initial=done,
        unit="step",
        mininterval=quiet,
        file=sys.stderr,
        disable=ranks.rank > 0,
    )
