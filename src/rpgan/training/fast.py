"""Faster ways to do the same step, each where the machine has it."""

import contextlib
import shutil
import sys
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from rpgan.errors import UserError
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.settings import Training

WARM_UP = 3  # steps before one is recorded as a graph: libraries choose their kernels in them

Terms = dict[str, Tensor]


class Fast:
    """The settings `Training.fast`, as far as `device` can follow them."""

    def __init__(self, training: Training, device: torch.device, ranks: Ranks = ALONE):
        wanted, cuda = training.fast, device.type == "cuda"
        self.device = device
        self.bfloat16 = wanted.precision == "bfloat16" and available(
            "bfloat16",
            not cuda or torch.cuda.is_bf16_supported(including_emulation=False),
            "this GPU has none",
        )
        self.tf32 = wanted.precision == "tf32" and available("tf32", cuda, "only GPUs have it")
        self.channels_last, self.polyphase = wanted.channels_last, wanted.polyphase
        self.compile = wanted.compile and available(
            "compile", cuda or bool(shutil.which("g++")), "there is no C++ compiler"
        )
        self.cuda_graph = wanted.cuda_graph and available(
            "cuda_graph",
            cuda and ranks.count == 1,
            "it is for one process on a GPU",
        )
        self.compiled: dict[Callable[..., Any], Callable[..., Any]] = {}
        if cuda:  # PyTorch's default is TensorFloat-32 in convolutions
            torch.backends.cuda.matmul.allow_tf32 = self.tf32
            torch.backends.cudnn.allow_tf32 = self.tf32

    def arrange(self, network: nn.Module) -> nn.Module:
        """Lay `network` out in memory; its weights, and what they are called, stay the same.

        This comes before its optimiser: what it is made of may rule a graph out.
        """
        self.cuda_graph = self.cuda_graph and available(
            "cuda_graph",
            not any(isinstance(part, nn.RNNBase) and part.dropout for part in network.modules()),
            "cuDNN's recurrent layers fetch the seed of their dropout from the GPU",
        )
        if self.channels_last:
            network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if self.polyphase:
            for module in network.modules():
                if hasattr(module, "polyphase"):
                    module.polyphase = True  # type: ignore[assignment]
        return network

    def lay_out(self, data: Tensor) -> Tensor:
        if self.channels_last and data.ndim == 4:
            return data.contiguous(memory_format=torch.channels_last)
        return data

    def precision(self) -> AbstractContextManager[Any]:
        """What convolutions and products of the networks are computed in."""
        if not self.bfloat16:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def function(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """`f` itself, or compiled: then with the derivatives that it takes."""
        if not self.compile:
            return f
        if f not in self.compiled:
            import torch._dynamo.config
            import torch._inductor.config

            torch._dynamo.config.trace_autograd_ops = True
            torch._inductor.config.fallback_random = True  # the same numbers as without
            self.compiled[f] = torch.compile(f, dynamic=False)
        return self.compiled[f]

    def step(self, kind: Hashable, work: Callable[[], Terms]) -> Terms:
        """Do `work`, or replay the graph of it. Two calls of the same `kind` do the same."""
        return self.graphs(kind, work) if self.cuda_graph else work()

    @cached_property
    def graphs(self) -> "Graphs":
        return Graphs()


class Graphs:
    """Work recorded once as a CUDA graph, and replayed: its many launches become one.

    The random numbers of a replay are those of the generator's seed at that time.
    """

    def __init__(self) -> None:
        self.seen: dict[Hashable, int] = {}
        self.recorded: dict[Hashable, tuple[Any, Terms]] = {}
        self.aside = torch.cuda.Stream()

    def __call__(self, kind: Hashable, work: Callable[[], Terms]) -> Terms:
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.seen[kind] <= WARM_UP:
            return self.beside(work)
        if kind not in self.recorded:
            self.recorded[kind] = record(work)
        graph, terms = self.recorded[kind]
        graph.replay()
        return {name: value.clone() for name, value in terms.items()}

    def beside(self, work: Callable[[], Terms]) -> Terms:
        """Recording needs a stream of its own to have been used before."""
        self.aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.aside):
            terms = work()
        torch.cuda.current_stream().wait_stream(self.aside)
        return terms


def record(work: Callable[[], Terms]) -> tuple[Any, Terms]:
    """The graph of `work`, and its terms, which each replay writes anew; nothing is computed yet.

    Raises UserError if that fails, after which nothing else works on the GPU either.
    """
    graph = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(graph):
            terms = work()
    except RuntimeError as error:
        first = error.__context__ or error  # PyTorch's own, of the end of recording, follows it
        if isinstance(first, torch.OutOfMemoryError):
            raise first from None
        reason = str(first).splitlines()[0][:120]
        raise UserError(
            f"the step could not be recorded as a CUDA graph ({reason}); leave out fast.cuda_graph"
        ) from None
    return graph, terms


def available(what: str, there: bool, why: str) -> bool:
    if not there:
        print(f"fast.{what} is not used: {why}", file=sys.stderr)
    return there
