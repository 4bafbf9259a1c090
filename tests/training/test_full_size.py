"""The networks of the paper, at their size: one step of each fits a small machine."""

import importlib.util
import multiprocessing
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks/bench_training.py"


def memory_of_a_step(*args):
    spec = importlib.util.spec_from_file_location("bench_training", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.memory_of_a_step(*args), module.STATED_MIB


@pytest.mark.slow
@pytest.mark.parametrize("model", ["wavegan4096", "stftgan65"])
def test_a_step_takes_no_more_memory_than_the_benchmark_states(model):
    """A process of its own: PyTorch, batches of 128, both networks and their optimisers."""
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        taken, stated = alone.apply(memory_of_a_step, (model, "fgn4096_h0.8", "shipped"))
    assert 0.5 * stated[model] < taken < stated[model]
