"""Models that are fitted to the training set at once, instead of trained step by step."""

import time

import torch
from torch import nn

from rpgan.models import Fitted
from rpgan.training.data import Data
from rpgan.training.history import Row, gpus, peak_memory
from rpgan.training.run import Run


def fit(run: Run, data: Data) -> tuple[nn.Module, list[Row]]:
    """The generator of `run` fitted to `data`, on its device, and a history of one row."""
    if not isinstance(run.model, Fitted):
        raise TypeError(f"{run.model.name} is trained, not fitted")
    torch.set_num_threads(run.training.threads)
    began, device = time.monotonic(), data.device
    G = run.model.generator(run.shape).to(device)
    terms = G.fit(data.items)
    seconds = time.monotonic() - began
    measured = {
        "seconds": seconds,
        "gpu_seconds": gpus(run.training, device) * seconds,
        "samples_per_second": len(data.items) / seconds,
        "peak_memory_mib": peak_memory(device) / 2**20,
    }
    return G, [{"step": 1.0} | terms | measured]
