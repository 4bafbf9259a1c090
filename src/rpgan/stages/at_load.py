"""Encoding where the tensors are used, by PyTorch: they are never in a file or in host memory."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpgan.representations import Step, chain

CHUNK = 2**22  # samples that a GPU takes at a time: 32 MB, and a dozen times that in between


def encode(
    steps: Sequence[Step],
    states: Sequence[chain.State],
    series: NDArray[np.floating[Any]],
    device: torch.device,
) -> Tensor:
    """Float32 tensors (n, channels, ...) on `device`, those of `chain.encode`.

    Each series goes there once, in single precision, and is encoded in double precision like
    there; the last bits of sines, logarithms and sums are the device's.
    """
    series = np.asarray(series)
    shape = chain.require_encodable(steps, states, series)
    held = [on(state, device) for state in states]
    tensors = torch.empty((len(series), *shape), dtype=torch.float32, device=device)
    samples = chain.BLOCK if device.type == "cpu" else CHUNK
    rows = max(1, samples // math.prod(series.shape[1:]))
    for i in range(0, len(series), rows):
        chunk = torch.from_numpy(np.array(series[i : i + rows], np.float32)).to(device)
        tensors[i : i + rows] = chain.encoded(steps, held, chunk.double())
    return tensors


def on(state: chain.State, device: torch.device) -> dict[str, Any]:
    """What a step learnt, in double precision and in C's order."""
    return {
        name: torch.tensor(np.array(values, np.float64, order="C"), device=device)
        for name, values in state.items()
    }
