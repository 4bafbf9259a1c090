"""On a GPU no step of any training waits for the host, nor mixes what lies here and there."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from variants import others, recordable

from rpgan.spec import plain

ABOUT_THE_PRETENCE = (
    "Accessing the data pointer of FakeTensor",
    "PyTorch was compiled without cuDNN",
)
WARNINGS = [
    f"-W{action}" for action in ("error", *(f"ignore:{text}" for text in ABOUT_THE_PRETENCE))
]
PRETENDED = Path(__file__).parent / "pretended_gpu"
pytestmark = pytest.mark.skipif(
    not shutil.which("g++") or torch.backends.cuda.is_built(),
    reason="it takes a compiler, and PyTorch without CUDA",
)


def graphed(run):
    return replace(
        run, training=replace(run.training, fast=replace(run.training.fast, cuda_graph=True))
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    built = tmp_path_factory.mktemp("pretended") / "cuda.so"
    pytorch = Path(torch.__file__).parent
    command = ["g++", "-std=c++20", "-shared", "-fPIC", f"-I{pytorch}/include", f"-L{pytorch}/lib"]
    files = [PRETENDED / "cuda.cpp", "-o", built]
    subprocess.run(
        [*command, *files, "-lc10", "-ltorch_cpu", f"-Wl,-rpath,{pytorch}/lib"], check=True
    )
    return built


def steps_of(runs, library):
    done = subprocess.run(
        [sys.executable, *WARNINGS, PRETENDED / "steps.py"],
        env=os.environ | {"LD_PRELOAD": str(library)},
        input=json.dumps({name: plain(run) for name, run in runs.items()}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


RUNS = {f"{name}, graph": graphed(run) for name, run in recordable().items()} | others()


@pytest.fixture(scope="module")
def found(library):
    return steps_of(RUNS, library)


@pytest.mark.parametrize("name", RUNS)
def test_steps_stay_on_the_device(name, found):
    assert found[name] == []


def test_what_touches_the_host_is_seen(found):
    seen = [line.split(": ")[1] for line in found["control"]]
    copied, waited, mixed, counted = seen
    assert copied == "aten._to_copy.default"
    assert waited == "aten._local_scalar_dense.default"
    assert mixed == "aten.add.Tensor"
    assert counted == "aten.index.Tensor"
