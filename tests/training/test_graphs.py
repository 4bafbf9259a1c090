"""Steps replayed from a CUDA graph are those of the plain step: here, of a graph that is pretended.

It records what PyTorch is asked to compute, each operation with its operands, and computes that
again at each replay, from whatever those operands hold by then. So a number that was Python's when
the graph was recorded, such as a learning rate, stays what it was, as in a graph on a GPU.
"""

import contextlib
from dataclasses import replace
from importlib import import_module

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from variants import others, recordable

from rpgan.errors import UserError
from rpgan.training import fast, ways
from rpgan.training.data import Data
from rpgan.training.ranks import ALONE
from rpgan.training.settings import Fast
from rpgan.training.state import State

CPU = torch.device("cpu")
STEPS = 9
ALONE_ON_A_GPU = "it is for one process on a GPU"


class Graph(TorchDispatchMode):
    """What is computed within it, which leaves no trace, to be computed at each `replay`."""

    def __enter__(self):
        self.operations, self.before, self.made = [], {}, set()
        self.seed = torch.get_rng_state()
        return super().__enter__()

    def __exit__(self, *raised):
        super().__exit__(*raised)
        torch.set_rng_state(self.seed)
        for tensor, old in self.before.values():
            tensor.detach().copy_(old)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        for tensor in tensors((args, kwargs)):
            if id(tensor) not in self.made | self.before.keys():
                self.before[id(tensor)] = tensor, tensor.detach().clone()
        made = func(*args, **kwargs)
        self.made |= {id(tensor) for tensor in tensors(made)}
        self.operations.append((func, args, kwargs, made))
        return made

    @torch.no_grad()
    def replay(self):
        for func, args, kwargs, made in self.operations:
            for old, new in zip(tensors(made), tensors(func(*args, **kwargs)), strict=True):
                if old.data_ptr() != new.data_ptr():
                    old.detach().copy_(new)


def tensors(tree):
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


@pytest.fixture
def pretended(monkeypatch):
    """Graphs on the CPU: those that were recorded."""

    class Stream:
        def wait_stream(self, other):
            pass

    recorded = []

    def graph(made):
        recorded.append(made)
        return made

    really = fast.available
    on_a_gpu = lambda what, there, why: really(what, there or why == ALONE_ON_A_GPU, why)  # noqa: E731
    monkeypatch.setattr(fast, "available", on_a_gpu)
    rmsprop = import_module("torch.optim.rmsprop")  # which wants a GPU
    monkeypatch.setattr(rmsprop, "_get_capturable_supported_devices", lambda: ["cpu"])
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)  # its LSTM is not one operation
    for name, pretence in {
        "CUDAGraph": Graph,
        "graph": graph,
        "Stream": Stream,
        "current_stream": Stream,
        "stream": lambda stream: contextlib.nullcontext(),
    }.items():
        monkeypatch.setattr(torch.cuda, name, pretence)
    return recorded


def data_of(run):
    torch.manual_seed(0)
    codes = None if run.condition is None else torch.rand(64, run.condition.count)
    return run.shown(Data(torch.randn(64, *run.data.shape()) / 3, codes))


def begun(run, graph=True):
    run = replace(run, training=replace(run.training, fast=Fast(cuda_graph=graph)))
    return run, ways.begun(run, CPU, ALONE)


def trained(run, steps=STEPS):
    """A training that has done so many, and what each of them returned."""
    run, state = begun(run)
    data, step = data_of(run), ways.step_of(run)
    return state, [step(state, data, run, ALONE) for _ in range(steps)]


def learnt(state):
    """All that changes, but for the optimisers' settings."""
    return tensors([p for part in state.parts().values() for p in without_settings(part)])


def without_settings(part):
    found = part.state_dict()
    return found.pop("state", found).values()


@pytest.mark.parametrize("name", recordable())
def test_a_graph_takes_the_same_steps(name, pretended, monkeypatch):
    """To the last bit: networks, averages, optimisers, and what is logged."""
    run = recordable()[name]
    graphed, again = trained(run)
    monkeypatch.setattr(fast, "WARM_UP", STEPS)
    plain, seen = trained(run)
    assert len(pretended) == (2 if run.training.penalty_every > 1 else 1)
    for one, other in zip(learnt(plain), learnt(graphed), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(seen, again, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("name", ["wgan_gp", "optimizers"])
def test_a_training_of_the_cpu_goes_on_as_a_graph(name, pretended):
    """A checkpoint may have come from a machine without one, and go back there."""
    run = recordable()[name]
    whole, _ = trained(run)
    recorded = len(pretended)
    (_, first), (_, then), (_, last) = begun(run, False), begun(run), begun(run, False)
    data, step = data_of(run), ways.step_of(run)
    for state, other, end in ((first, then, 1), (then, last, 8), (last, None, STEPS)):
        while state.step < end:
            step(state, data, run, ALONE)
        if other is not None:
            other.load_state_dict(state.state_dict())
    assert len(pretended) > recorded
    for one, other in zip(learnt(whole), learnt(last), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)  # rates are rounded there


def test_dropout_of_cudnn_is_not_recorded(pretended, capsys):
    _, state = begun(others()["dropout"])
    assert isinstance(state, State)
    assert not state.fast.cuda_graph
    assert capsys.readouterr().err == (
        "fast.cuda_graph is not used: cuDNN's recurrent layers fetch the seed of their dropout"
        " from the GPU\n"
    )
    assert isinstance(state.G_optimizer.param_groups[0]["lr"], float)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_what_cannot_be_recorded(error, pretended, monkeypatch):
    """PyTorch's end of the recording fails too, and says nothing of why."""

    class Failing(Graph):
        def __exit__(self, *raised):
            super().__exit__(*raised)
            raise RuntimeError("operation failed due to a previous error during capture")

    def work():
        raise error("the first error\nand a stack")

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Failing)
    wanted = error if error is torch.OutOfMemoryError else UserError
    with pytest.raises(wanted, match="the first error") as raised:
        fast.record(work)
    if wanted is UserError:
        assert "(the first error); leave out fast.cuda_graph" in str(raised.value)
