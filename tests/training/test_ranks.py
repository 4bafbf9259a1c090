import multiprocessing
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch
from test_loop import prepared
from torch.testing import assert_close

from rpgan.errors import UserError
from rpgan.losses import DRAGAN, R3GAN, WGANGP, Hinge
from rpgan.models import DCGAN1D
from rpgan.representations import Scale
from rpgan.spec import as_json
from rpgan.training import ranks as module
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.ranks import Ranks, joined
from rpgan.training.settings import SGD
from rpgan.training.state import State
from rpgan.training.step import train_step

CPU = torch.device("cpu")


def weights(network):
    return torch.cat([p.detach().ravel() for p in network.parameters()])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def in_two_processes(work, *args, timeout=120.0, seconds=60.0):
    """`work(*args)` as ranks 0 and 1: their exit codes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rpgan.training.loop", "torch._dynamo", "pytest"])
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    common |= {"RPGAN_TIMEOUT": str(seconds)}
    processes = []
    for rank in range(2):
        own = common | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
        processes.append(context.Process(target=as_rank, args=(own, work, args)))
        processes[-1].start()
    for process in processes:
        process.join(timeout)
        if process.is_alive():
            process.kill()
            process.join()
    return [process.exitcode for process in processes]


def as_rank(environment, work, args):
    os.environ.update(environment)
    torch.set_num_threads(1)
    with joined(2, CPU) as (ranks, device):
        work(ranks, device, *args)


def steps_of_a_rank(ranks, device, run, data, steps, out):
    state = State(run, device, ranks)
    terms = [train_step(state, data, run, ranks) for _ in range(steps)][-1]
    values = torch.stack(list(terms.values()))
    ranks.average([values])
    torch.save(
        [state.state_dict(), dict(zip(terms, values, strict=True))], out / f"{ranks.rank}.pt"
    )


LOSSES = {"wgan_gp": WGANGP(), "r3gan": R3GAN(), "dragan_paper": DRAGAN(points="paper")}


@pytest.mark.parametrize("name", LOSSES)
def test_two_processes_have_the_gradients_of_one(run, tensors, tmp_path, name):
    """With SGD from rest, what weights moved by is a gradient.

    Mean over 16 or 2 x 8 items in float32: a few 1e-7 of the largest terms of the sum.
    """
    plain = SGD(learning_rate=1.0)
    training = replace(run.training, generator=plain, discriminator=plain, discriminator_updates=1)
    one = replace(run, loss=LOSSES[name], training=training)
    two = replace(one, training=replace(training, processes=2))
    data = Data.on(CPU, tensors)
    alone, start, found = State(one, CPU), State(one, CPU), State(one, CPU)
    terms = train_step(alone, data, one)
    assert in_two_processes(steps_of_a_rank, two, data, 1, tmp_path) == [0, 0]
    for rank in range(2):
        saved, averaged = torch.load(tmp_path / f"{rank}.pt")
        found.load_state_dict(saved)
        for who, most in (("D", 1e-5), ("G", 1e-4)):  # G's is through the new D
            gradient = weights(getattr(alone, who)) - weights(getattr(start, who))
            apart = weights(getattr(found, who)) - weights(getattr(alone, who))
            assert gradient.norm() > 0.01
            assert apart.norm() < most * gradient.norm()
        assert averaged.keys() == terms.keys()
        for term, value in averaged.items():
            assert_close(value, terms[term], rtol=1e-4, atol=1e-5)


def test_ranks_stay_bit_identical(run, tensors, tmp_path):
    two = replace(run, training=replace(run.training, processes=2))
    assert in_two_processes(steps_of_a_rank, two, Data.on(CPU, tensors), 20, tmp_path) == [0, 0]
    one, other = (torch.load(tmp_path / f"{rank}.pt")[0] for rank in range(2))
    for part in ("G", "D", "G_average"):
        for name in one[part]:
            assert torch.equal(one[part][name], other[part][name]), (part, name)
    state = State(run, CPU)
    for _ in range(20):
        train_step(state, Data.on(CPU, tensors), run)
    alone = weights(state.G)
    state.G.load_state_dict(one["G"])
    start = weights(State(run, CPU).G)
    assert (weights(state.G) - alone).norm() < 0.1 * (alone - start).norm()  # 20 steps of Adam


def test_ranks_share_what_batches_leave_in_a_network(run, tmp_path):
    """Each rank normalises by its own part of the batch, and both keep the mean of what they saw."""
    encoding = replace(run.data, draw=replace(run.data.draw, length=28), steps=(Scale(),))
    training = replace(run.training, processes=2, ema_half_life=0)
    model = DCGAN1D(channels=32, levels=2)
    two = replace(run, data=encoding, model=model, loss=Hinge(), training=training)
    data = Data(torch.randn(64, 1, 28, generator=torch.Generator().manual_seed(1)))
    assert in_two_processes(steps_of_a_rank, two, data, 3, tmp_path) == [0, 0]
    one, other = (torch.load(tmp_path / f"{rank}.pt")[0] for rank in range(2))
    kept = [name for name in one["G"] if "running" in name]
    assert kept
    start = State(two, CPU).G.state_dict()
    for name in kept:
        assert torch.equal(one["G"][name], other["G"][name])
        assert torch.equal(one["G_average"][name], one["G"][name])
        assert (one["G"][name] != start[name]).any()


def dies_at_step_three(ranks, device, run, tensors, folder):
    from rpgan.training import ways

    whole = ways.train_step

    def train_step(state, *args):
        if ranks.rank == 1 and state.step == 3:
            (folder / "last").touch()
            os._exit(9)
        return whole(state, *args)

    ways.train_step = train_step
    expect_the_loss_of_another(run, tensors, device, ranks, folder)


def hangs_at_step_three(ranks, device, run, tensors, folder):
    """Until the other gives up."""
    from rpgan.training import ways

    whole, last = ways.train_step, time.monotonic() + 50

    def train_step(state, *args):
        if ranks.rank == 1 and state.step == 3:
            (folder / "last").touch()
            while not (folder / "said").exists() and time.monotonic() < last:
                time.sleep(0.05)
            os._exit(9)
        return whole(state, *args)

    ways.train_step = train_step
    expect_the_loss_of_another(run, tensors, device, ranks, folder)


def expect_the_loss_of_another(run, tensors, device, ranks, folder):
    try:
        train(run, Data.on(device, tensors), folder / "u.pt", 0, ranks)
    except UserError as error:
        (folder / "said").write_text(str(error))
        os._exit(2)


@pytest.mark.parametrize(("work", "seconds"), [(dies_at_step_three, 60), (hangs_at_step_three, 6)])
def test_a_dead_or_silent_process_ends_the_others(run, tensors, tmp_path, work, seconds):
    two = replace(run, training=replace(run.training, processes=2))
    codes = in_two_processes(work, two, tensors, tmp_path, seconds=seconds)
    assert codes == [2, 9]
    alone = (tmp_path / "said").stat().st_mtime - (tmp_path / "last").stat().st_mtime
    assert alone < 30, "death is noticed at once, silence after the 6 seconds"
    said = (tmp_path / "said").read_text()
    assert said.startswith("process 0 lost another of the 2 processes (")
    assert said.endswith("run again to go on from the last checkpoint")
    assert "\n" not in said


def test_random_numbers_are_rows_of_the_whole_batch():
    def draws():
        return {
            "rand": lambda n: torch.rand(n, 3),
            "shape": lambda n: torch.randn((n, 2, 2)),
            "size": lambda n: torch.rand(torch.Size([n, 3]), device=CPU),
            "randint": lambda n: torch.randint(-2, 3, (n, 1)),
            "below": lambda n: torch.randint(50, (n,)),
        }

    for name, draw in draws().items():
        for parts in (1, 2, 3):  # of real, of generated items
            torch.manual_seed(5)
            whole = draw(12 * parts)
            for rank in range(3):
                torch.manual_seed(5)
                with Ranks(rank, 3).drawing(4):
                    own = draw(4 * parts)
                rows = [12 * part + 4 * rank + i for part in range(parts) for i in range(4)]
                assert torch.equal(own, whole[rows]), name


def test_what_is_one_for_all_items_is_the_same_in_all_processes():
    for shape in ((1, 3), ()):
        torch.manual_seed(5)
        whole = torch.rand(shape)
        for rank in range(3):
            torch.manual_seed(5)
            with Ranks(rank, 3).drawing(4):
                assert torch.equal(torch.rand(shape), whole)


def test_alone_nothing_is_changed():
    torch.manual_seed(1)
    with Ranks().drawing(7):
        a = torch.rand(3)
    torch.manual_seed(1)
    assert torch.equal(a, torch.rand(3))
    values = torch.ones(2)
    Ranks().average([values])
    assert values.tolist() == [1, 1]


def test_as_many_processes_as_the_settings_say(run, monkeypatch):
    with pytest.raises(UserError, match=r"processes is 2, but 1 run; start them with torchrun"):
        joined(2, CPU).__enter__()
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(UserError, match="processes is 2, but 4 run"):
        joined(2, CPU).__enter__()
    with pytest.raises(ValueError, match="multiple of processes, 3"):
        replace(run.training, processes=3)


def test_more_gpus_than_there_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UserError, match=r"process 1 .* there are 1; lower training\.processes"):
        module.own_device(torch.device("cuda"), 1)
    assert module.own_device(CPU, 5) == CPU


@pytest.mark.slow
def test_the_verb_under_torchrun(run, tmp_path):
    two = replace(run, training=replace(run.training, processes=2))
    folder = prepared(two, tmp_path)
    files = {
        "tensors": "tensors.arrow",
        "generator": "g.pt",
        "history": "h.parquet",
        "unfinished": "u.pt",
    }
    options = [part for k, name in files.items() for part in (f"--{k}", str(folder / name))]
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*start, "-m", "rpgan", "train", "--settings", as_json(two), *options, "--device", "cpu"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.count("training d / toy / 0") == 1
    assert (folder / "g.pt").exists()
    assert (folder / "h.parquet").exists()


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="fewer than two GPUs")
def test_two_gpus_under_torchrun(run, tmp_path):
    two = replace(run, training=replace(run.training, processes=2))
    folder = prepared(two, tmp_path)
    files = {
        "tensors": "tensors.arrow",
        "generator": "g.pt",
        "history": "h.parquet",
        "unfinished": "u.pt",
    }
    options = [part for k, name in files.items() for part in (f"--{k}", str(folder / name))]
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [*start, "-m", "rpgan", "train", "--settings", as_json(two), *options, "--device", "cuda"],
        check=True,
    )
