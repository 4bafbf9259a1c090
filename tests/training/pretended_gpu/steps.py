"""Take steps of trainings on a GPU that is pretended: ``python steps.py < {name: settings}``

The library of `cuda.cpp` is to be loaded before, by LD_PRELOAD.

Nothing is computed there, but PyTorch follows where each tensor lies. Prints, as JSON and for each
training, the operations of its steps, and of rows of its history, that touch the host: copies, mixes
of devices, and whatever makes the host wait. `control` has one of each.
"""

import contextlib
import json
import sys
import traceback

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode, unset_fake_temporarily
from torch.optim import Optimizer
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from rpgan import settings
from rpgan.models import TimeGAN
from rpgan.models.spade import Generator as MapGenerator
from rpgan.training import optimizers, ways
from rpgan.training.data import Data
from rpgan.training.flow_matching import FlowState
from rpgan.training.history import History
from rpgan.training.ranks import ALONE
from rpgan.training.run import Run
from rpgan.training.state import State

CUDA = torch.device("cuda", 0)
STEPS = 4  # one more than a graph is recorded after


class Stream:
    recording = False

    def wait_stream(self, other):
        pass

    def is_capturing(self):
        return Stream.recording


class Graph:
    def replay(self):
        pass


@contextlib.contextmanager
def recording(graph):
    Stream.recording = True
    yield
    Stream.recording = False


AS_WITH_A_GPU = {
    "is_available": lambda: True,
    "is_bf16_supported": lambda including_emulation=True: True,
    "current_device": lambda: 0,
    "manual_seed_all": lambda seed: None,
    "reset_peak_memory_stats": lambda device: None,
    "max_memory_allocated": lambda device: 0,
    "current_stream": Stream,
    "stream": lambda stream: contextlib.nullcontext(),
    "Stream": Stream,
    "CUDAGraph": Graph,
    "graph": recording,
}


class Host(TorchDispatchMode):
    """Notes what touches the host."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs, made = kwargs or {}, None
        try:
            made = func(*args, **kwargs)
        except Exception as error:
            self.note(func, str(error))
            raise
        devices = {t.device for t in tree_leaves((args, kwargs, made)) if torch.is_tensor(t)}
        if len(devices) > 1:
            self.note(func, f"on {' and '.join(sorted(map(str, devices)))}")
        return made

    def note(self, func, what):
        ours = [f for f in traceback.extract_stack() if "/rpgan/" in f.filename]
        where = f"{ours[-1].filename.split('/rpgan/')[1]}:{ours[-1].lineno}" if ours else ""
        entry = f"{where}: {func}: {what}"
        if entry not in self.found:
            self.found.append(entry)


def of_nothing(build, mode):
    """What `build` builds, with weights that are not computed."""

    def built(*args, **kwargs):
        with unset_fake_temporarily():
            network = build(*args, **kwargs)
        return converted(network, mode.from_tensor)

    return built


def converted(network, convert):
    """`network` with each parameter and buffer converted: PyTorch would swap them, and cannot."""
    for module in network.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                new = convert(parameter.detach())
                module._parameters[name] = nn.Parameter(new, parameter.requires_grad)
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = convert(buffer)
        if isinstance(module, nn.RNNBase):
            module._init_flat_weights()
    return network


def to(network, device=None, memory_format=None):
    def moved(tensor):
        if memory_format is not None and tensor.ndim != 4:
            return tensor
        return tensor.to(device=device or tensor.device, memory_format=memory_format)

    return converted(network, moved)


def pretend(mode):
    """That there is a GPU. What has no meaning there is left out."""
    really = torch.tensor

    def tensor(data, device="cpu", **kwargs):
        with unset_fake_temporarily():
            made = really(data, **kwargs)
        return mode.from_tensor(made).to(device)

    networks = (
        (Run, "generator"),
        (Run, "discriminator"),
        (TimeGAN, "embedder"),
        (TimeGAN, "discriminator"),
    )
    for owner, name, pretence in (
        *((torch.cuda, name, pretence) for name, pretence in AS_WITH_A_GPU.items()),
        *((kind, name, of_nothing(getattr(kind, name), mode)) for kind, name in networks),
        (torch.accelerator, "current_accelerator", lambda check_available: CUDA),
        (torch.accelerator, "current_stream", Stream),
        (torch, "tensor", tensor),
        (nn.Module, "to", to),
        (torch, "_fused_adam_", nothing),  # PyTorch does not follow these two
        (torch, "_fused_sgd_", nothing),
        (optimizers, "tensor_rate", lambda rate, network: rate),  # see `put_rates_there`
        (MapGenerator, "take_maps", nothing),  # once, before the first step
    ):
        setattr(owner, name, pretence)


def nothing(*args, **kwargs):
    pass


def touching_the_host(run):
    given = None if run.condition is None else torch.rand(64, run.condition.count, device=CUDA)
    data = run.shown(Data(torch.randn(64, *run.data.shape(), device=CUDA), given))
    state, step = ways.begun(run, CUDA, ALONE), ways.step_of(run)
    if isinstance(state, State | FlowState) and state.fast.cuda_graph:
        put_rates_there(state)
    history = History(run, CUDA, [], 0)
    with Host() as host:
        for _ in range(STEPS):
            try:
                terms = step(state, data, run, ALONE)
            except RuntimeError as error:
                return [*host.found, str(error)]
            history.add(state.step, terms, ALONE)
    return host.found


def touches():
    x = torch.ones(3, device=CUDA)
    with Host() as host:
        for touch in (x.cpu, x.sum().item, lambda: x + torch.ones(3), lambda: x[x > 0]):
            with contextlib.suppress(RuntimeError):
                touch()
    return host.found


def put_rates_there(state):
    """After the optimisers were made, which look whether a rate is positive."""
    for part in state.parts().values():
        if isinstance(part, Optimizer):
            for group in part.param_groups:
                group["lr"] = torch.tensor(group["lr"], device=CUDA)


def main():
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        pretend(mode)
        found = {"control": touches()}
        for name, given in json.load(sys.stdin).items():
            run = settings.build(Run, given)
            found[name] = touching_the_host(run)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
