"""Several processes that share every batch, started by torchrun.

All hold the same networks and draw the same random numbers, of which each takes the rows of its own
items; gradients are averaged by hand. So the result is that of one process, up to rounding. (What
a loss computes from a whole batch, such as a standard deviation, is of a process's own share.)
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.overrides import TorchFunctionMode

from rpgan.errors import UserError

TIMEOUT = 300.0  # seconds that a process may keep the others waiting
DRAWS = {torch.rand, torch.randn, torch.randint}
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Ranks:
    """This process is number `rank` of `count`, and works on `device`."""

    rank: int = 0
    count: int = 1
    device: torch.device = CPU

    def drawing(self, share: int) -> AbstractContextManager[Any]:
        """Within it random numbers are this process's of those that one process would draw.

        `share` is this process's part of a batch, in items.
        """
        if self.count == 1:
            return contextlib.nullcontext()
        return RowsOfTheWholeBatch(self, share)

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace `tensors`, of any shapes, by their means over all processes."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([t.reshape(-1) for t in tensors])
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:
            reason = str(error).splitlines()[0][:100]
            raise UserError(
                f"process {self.rank} lost another of the {self.count} processes ({reason}); see"
                " above what stopped it, and run again to go on from the last checkpoint"
            ) from None
        flat /= self.count
        for t, mean in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            t.copy_(mean.view_as(t))


ALONE = Ranks()


class RowsOfTheWholeBatch(TorchFunctionMode):
    """Draws for `count` times the rows that are asked for, and keeps those of this process.

    What has 2 share rows, say, is of real and of generated items, one after the other, and so in
    the whole batch: this process has its rows of each half. What is not of so many rows, such as
    one number for all items, is the same in all processes.
    """

    def __init__(self, ranks: Ranks, share: int):
        super().__init__()
        self.ranks, self.share = ranks, share

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func not in DRAWS:
            return func(*args, **kwargs)
        place = next((i for i, a in enumerate(args) if isinstance(a, tuple | list)), None)
        if place is None:  # torch.rand(3, 4)
            args, place = (tuple(args),), 0
        shape = args[place]
        if not shape or shape[0] % self.share:
            return func(*args, **kwargs)
        parts = shape[0] // self.share
        whole = (shape[0] * self.ranks.count, *shape[1:])
        drawn = func(*args[:place], whole, *args[place + 1 :], **kwargs)
        return drawn.unflatten(0, (parts, self.ranks.count, -1))[:, self.ranks.rank].flatten(0, 1)


@contextlib.contextmanager
def joined(processes: int, device: torch.device) -> Iterator[tuple[Ranks, torch.device]]:
    """This process among the `processes` of the run, and its device.

    Raises UserError if there are not as many, or fewer GPUs than the processes here.
    """
    found = int(os.environ.get("WORLD_SIZE", 1))
    if found != processes:
        raise UserError(
            f"training.processes is {processes}, but {found} run; start them with torchrun"
            f" --standalone --nproc-per-node {processes} -m rpgan train ..., or change processes"
        )
    if processes == 1:
        yield ALONE, device
        return
    device = own_device(device, int(os.environ.get("LOCAL_RANK", 0)))
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=timedelta(seconds=timeout()))
    try:
        yield Ranks(dist.get_rank(), processes, device), device
    finally:
        dist.destroy_process_group()


def timeout() -> float:
    return float(os.environ.get("RPGAN_TIMEOUT", TIMEOUT))


def own_device(device: torch.device, local_rank: int) -> torch.device:
    """The GPU of this process, if it is to have one."""
    if device.type != "cuda":
        return device
    here = torch.cuda.device_count()
    if local_rank >= here:
        raise UserError(
            f"process {local_rank} of this machine needs a GPU of its own, and there are {here};"
            " lower training.processes or use --device cpu"
        )
    own = torch.device("cuda", local_rank)
    torch.cuda.set_device(own)
    return own
