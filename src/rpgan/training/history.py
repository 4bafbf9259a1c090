"""What was seen of a training: one row every so many steps."""

import math
import resource
import time

import torch
from torch import Tensor

from rpgan.errors import UserError
from rpgan.models import FlowMatching
from rpgan.training.fast import Terms
from rpgan.training.ranks import Ranks
from rpgan.training.run import Run
from rpgan.training.settings import Training

ROWS = 200  # about
SECONDS = 0.5  # that numbers may wait on the device
# These differ from time to time.
MEASURED = ("seconds", "gpu_seconds", "samples_per_second", "peak_memory_mib")

Row = dict[str, float]


class History:
    """Rows, some still on the device: none makes the processor wait for it.

    A row holds the latest value of every term of the losses, ``D/...`` and ``G/...``; the mean
    scores and the norms of the gradients at that step; the learning rates; and what was measured:
    seconds of training, those of all its GPUs together, samples per second, and the most memory it
    has taken so far.
    """

    def __init__(self, run: Run, device: torch.device, rows: list[Row], done: int):
        self.run, self.device, self.rows = run, device, rows
        self.waiting: list[tuple[Row, list[str], Tensor]] = []
        self.every = max(1, run.training.steps // ROWS)
        self.fetched = self.began = time.monotonic()
        self.before = {name: rows[-1][name] if rows else 0.0 for name in MEASURED[:2]}
        self.done = done
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def due(self, step: int) -> bool:
        return step % self.every == 0 or step == self.run.training.steps

    def add(self, step: int, terms: Terms, ranks: Ranks) -> None:
        """A row of what `train_step` returned; over several processes, of the means."""
        values = torch.stack([value.float() for value in terms.values()])
        ranks.average([values])
        if step == self.run.training.steps and self.device.type == "cuda":
            torch.cuda.synchronize(self.device)  # what is still to do there is part of the time
        self.waiting.append((self.measured(step), list(terms), values))

    def measured(self, step: int) -> Row:
        training, now = self.run.training, time.monotonic() - self.began
        seen = self.run.images(step) - self.run.images(self.done)
        learners = {"G": training.generator, "D": training.discriminator}
        if isinstance(self.run.model, FlowMatching):
            del learners["D"]
        rates = {
            f"learning_rate_{who}": training.learning_rate(optimizer, step - 1)
            for who, optimizer in learners.items()
        }
        return {
            "step": step,
            **rates,
            "seconds": self.before["seconds"] + now,
            "gpu_seconds": self.before["gpu_seconds"] + gpus(training, self.device) * now,
            "samples_per_second": seen / now if now else 0.0,
            "peak_memory_mib": peak_memory(self.device) / 2**20,
        }

    def fetch(self) -> list[Row]:
        """The rows that waited on the device. Raises UserError if the training has diverged."""
        self.fetched = time.monotonic()
        if not self.waiting:
            return []
        waiting, self.waiting = self.waiting, []
        fetched = iter(torch.cat([values for _, _, values in waiting]).tolist())
        for known, names, _ in waiting:
            terms = {name: next(fetched) for name in names}
            require_finite(int(known["step"]), terms)
            last = {name: known.pop(name) for name in MEASURED}
            self.rows.append({"step": known.pop("step")} | terms | known | last)
        return self.rows[-len(waiting) :]

    def losses(self) -> dict[str, str]:
        """The latest terms, for the progress line."""
        latest = self.rows[-1] if self.rows else {}
        shown = {k: v for k, v in latest.items() if "/" in k or k in ("lod", "kimg")}
        return {name: f"{value:.3g}" for name, value in shown.items()}


def require_finite(step: int, terms: Row) -> None:
    lost = [f"{name} is {value}" for name, value in terms.items() if not math.isfinite(value)]
    if lost:
        raise UserError(
            f"the training diverged before step {step} ({', '.join(lost)}); lower the learning"
            " rates; --tensorboard shows what led there"
        )


def gpus(training: Training, device: torch.device) -> int:
    """How many work on a run."""
    return training.processes if device.type == "cuda" else 0


def peak_memory(device: torch.device) -> int:
    """The most bytes this process has taken, on the GPU that it uses or else of main memory."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB
