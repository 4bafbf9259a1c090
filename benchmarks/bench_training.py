"""Time of a training step, against a plain loop as it is published, and the floor of arithmetic.

    python benchmarks/bench_training.py [--device cuda] [--full] [--threads N] [--compile]
    python benchmarks/bench_training.py --machine

Of the two models of the default grid, or with --full of the paper's; WGAN-GP. One iteration is one
update of the discriminator and its share of the generator's. The plain loop has the same networks
and losses, a DataLoader, latents from NumPy, a backward call for each term, PyTorch's default Adam,
and a loss on the screen at each iteration. The floor is what the products and convolutions of an
iteration, as PyTorch counts them, would take at the rate at which this device multiplies matrices,
measured in the same rounds, in float32 or bfloat16. Rounds alternate between all rows; times are
the medians of rounds, of the processor's own clock where one thread works, so that neighbours
disturb less. Memory is the peak of one row: what the GPU held, or a process of its own that takes
one step on the CPU, PyTorch itself included.

--machine compares what all cores of an idle machine get done, in iterations a second: one plain
loop with a thread for each core, as PyTorch starts it; plain loops side by side, one thread each;
and trainings of the default grid side by side, one thread each, as the workflow starts them.
"""

import argparse
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.flop_counter import flop_registry

from rpgan import params
from rpgan.training.data import Data
from rpgan.training.run import Run
from rpgan.training.settings import Fast
from rpgan.training.state import State
from rpgan.training.step import train_step

SHIPPED = Path(__file__).parents[1] / "params.yaml"
SMALL = {"wavegan": "fgn_h0.8", "stftgan": "fgn_h0.8"}
FULL = {"wavegan4096": "fgn4096_h0.8", "stftgan65": "fgn4096_h0.8"}
STATED_MIB = {"wavegan4096": 2300, "stftgan65": 1800}  # at most for one step on the CPU
SECONDS = 10.0  # that --machine measures each row
N = 1024  # training series: what a step takes does not depend on it

Work = Callable[[], int]  # does some iterations, says how many


def main() -> None:
    raw = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--compile", action="store_true", help="also compiled: minutes to start")
    parser.add_argument("--machine", action="store_true", help="all cores of this machine, at work")
    args = parser.parse_args()
    device = torch.device(args.device)
    torch.set_num_threads(args.threads)
    where = (
        torch.cuda.get_device_name() if device.type == "cuda" else f"{args.threads} CPU thread(s)"
    )
    if args.machine:
        for model, dataset in SMALL.items():
            whole_machine(model, dataset)
        return
    print(f"{where}, PyTorch {torch.__version__}")
    for model, dataset in (FULL if args.full else SMALL).items():
        bench(model, dataset, device, args.rounds, args.compile)


def bench(model: str, dataset: str, device: torch.device, rounds: int, compiled: bool) -> None:
    run = params.load(SHIPPED).run(dataset, model, 0)
    torch.manual_seed(0)
    data = torch.randn(N, *run.data.shape()) / 3
    fasts = ways(device, compiled)
    rows: dict[str, Work] = {"plain loop": plain_loop(run, data, device)}
    rows |= {name: engine(run, data, device, fast) for name, fast in fasts.items()}
    memory = {name: peak_memory(model, dataset, name, work, device) for name, work in rows.items()}
    times = alternating(rows, device, rounds)
    flops = arithmetic(run, data, device)
    rates = {kind: matmul_rate(device, kind) for kind in (torch.float32, torch.bfloat16)}

    updates = run.training.discriminator_updates
    print(f"\n{model}, batch {run.training.batch_size}, {updates} : 1; {flops / 1e9:.2f} GFLOP an")
    print(
        f"iteration; matrices multiply at {rates[torch.float32] / 1e9:,.0f} GFLOP/s in float32,",
        end="",
    )
    print(f" {rates[torch.bfloat16] / 1e9:,.0f} in bfloat16")
    print(f"{'':<28}{'ms':>9}{'times as fast':>15}{'share of floor':>16}{'peak MiB':>10}")
    for name in rows:
        low = name in fasts and fasts[name].precision == "bfloat16"
        floor = flops / rates[torch.bfloat16 if low else torch.float32]
        faster, share = times["plain loop"] / times[name], floor / times[name]
        print(
            f"{name:<28}{1e3 * times[name]:>9.2f}{faster:>15.2f}{share:>16.0%}{memory[name]:>10}",
            flush=True,
        )


def ways(device: torch.device, compiled: bool) -> dict[str, Fast]:
    """What to measure beside the plain loop."""
    found = {
        "step": Fast(),
        "polyphase": Fast(polyphase=True),
        "channels last": Fast(channels_last=True),
        "polyphase, channels last": Fast(polyphase=True, channels_last=True),
        "bfloat16": Fast(precision="bfloat16"),
        "bfloat16, polyphase, c. l.": Fast(
            precision="bfloat16", polyphase=True, channels_last=True
        ),
    }
    if device.type == "cuda":
        graphs = {f"{name}, graph": replace(fast, cuda_graph=True) for name, fast in found.items()}
        found |= {"tf32, graph": Fast(precision="tf32", cuda_graph=True)} | graphs
    if compiled:
        found["compiled"] = Fast(compile=True)
        found["compiled, polyphase"] = Fast(compile=True, polyphase=True)
        low = Fast(compile=True, precision="bfloat16", polyphase=True, channels_last=True)
        found["compiled, bfloat16"] = low
        if device.type == "cuda":
            found["compiled, bfloat16, graph"] = replace(low, cuda_graph=True)
    return found


def engine(run: Run, data: Tensor, device: torch.device, fast: Fast) -> Work:
    run = replace(run, training=replace(run.training, fast=fast))
    state, shown = State(run, device), Data(data.to(device))

    def work() -> int:
        train_step(state, shown, run)
        return run.training.discriminator_updates

    return work


def plain_loop(run: Run, data: Tensor, device: torch.device) -> Work:
    """As GANs are published: no claim to be slow on purpose, and none of the shipped fast paths."""
    run = replace(run, training=replace(run.training, fast=Fast()))
    state, training = State(run, device), run.training
    G, D, n = state.G, state.D, training.batch_size
    adams = [
        torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
        for network, settings in ((G, training.generator), (D, training.discriminator))
    ]
    loader = DataLoader(TensorDataset(data), batch_size=n, shuffle=True, drop_last=True)
    rng = np.random.default_rng(0)
    batches = iter(loader)

    def next_batch() -> Tensor:
        nonlocal batches
        try:
            return next(batches)[0].to(device)
        except StopIteration:
            batches = iter(loader)
            return next(batches)[0].to(device)

    def work() -> int:
        for i in range(training.discriminator_updates):
            real = next_batch()
            z = torch.from_numpy(rng.uniform(-1, 1, (n, 100)).astype(np.float32)).to(device)
            adams[1].zero_grad()
            on_real = D(real).mean()
            (-on_real).backward()
            fake = G(z)
            on_fake = D(fake.detach()).mean()
            on_fake.backward()
            t = torch.rand(n, *[1] * (real.ndim - 1), device=device)
            x = (t * real + (1 - t) * fake.detach()).requires_grad_()
            score = D(x)
            (grad,) = torch.autograd.grad(
                score, x, grad_outputs=torch.ones_like(score), create_graph=True
            )
            penalty = 10 * ((grad.reshape(n, -1).norm(2, dim=1) - 1) ** 2).mean()
            penalty.backward()
            adams[1].step()
            f"{on_real.item()} {on_fake.item()} {penalty.item()}"
            if i == 0:
                adams[0].zero_grad()
                z = torch.from_numpy(rng.uniform(-1, 1, (n, 100)).astype(np.float32)).to(device)
                loss = -D(G(z)).mean()
                loss.backward()
                adams[0].step()
                f"{loss.item()}"
        return training.discriminator_updates

    return work


def alternating(rows: dict[str, Work], device: torch.device, rounds: int) -> dict[str, float]:
    """Seconds of one iteration: medians over rounds of about a quarter of a second."""
    seen: dict[str, list[float]] = {name: [] for name in rows}
    clock = clock_of(device)
    for _ in range(rounds):
        for name, work in rows.items():
            began, done = clock(), 0
            while clock() - began < 0.25:
                done += work()
                synchronise(device)
            seen[name].append((clock() - began) / done)
    return {name: float(np.median(values)) for name, values in seen.items()}


def arithmetic(run: Run, data: Tensor, device: torch.device) -> float:
    """Floating-point operations of products and convolutions in one iteration."""
    work = engine(run, data, device, Fast())
    with Operations() as operations:
        updates = work()
    return operations.total / updates


class Operations(TorchDispatchMode):
    """Counts them; PyTorch's own counter refuses derivatives of derivatives."""

    total = 0.0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if count := flop_registry.get(func._overloadpacket):
            self.total += count(*args, **(kwargs or {}), out_val=out)
        return out


def matmul_rate(device: torch.device, kind: torch.dtype) -> float:
    """Floating-point operations a second of a large product of matrices."""
    size = 8192 if device.type == "cuda" else 1024
    a = torch.randn(size, size, device=device, dtype=kind)
    seconds, clock = [], clock_of(device)
    for _ in range(8):
        began = clock()
        torch.mm(a, a)
        synchronise(device)
        seconds.append(clock() - began)
    return 2 * size**3 / min(seconds)


def peak_memory(model: str, dataset: str, name: str, work: Work, device: torch.device) -> str:
    """MiB that the GPU, or a process of its own, held at most in a few steps; warms up too."""
    if device.type != "cuda":
        work()
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            return f"{alone.apply(memory_of_a_step, (model, dataset, name)):.0f}"
    torch.cuda.reset_peak_memory_stats(device)
    for _ in range(5):
        work()
    return f"{torch.cuda.max_memory_allocated(device) / 2**20:.0f}"


def memory_of_a_step(model: str, dataset: str, name: str) -> float:
    """MiB that this process held at most, after one step on the CPU."""
    torch.set_num_threads(1)
    row(model, dataset, name)()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB


def row(model: str, dataset: str, name: str) -> Work:
    """The work of one row of the table, on the CPU."""
    run, cpu = params.load(SHIPPED).run(dataset, model, 0), torch.device("cpu")
    torch.manual_seed(0)
    data = torch.randn(N, *run.data.shape()) / 3
    if name == "plain loop":
        return plain_loop(run, data, cpu)
    fast = run.training.fast if name == "shipped" else ways(cpu, compiled=True)[name]
    return engine(run, data, cpu, fast)


def whole_machine(model: str, dataset: str) -> None:
    """Iterations a second of all cores, for each way of keeping them busy."""
    cores = len(os.sched_getaffinity(0))
    found = {
        "one plain loop, all threads": rate(model, dataset, "plain loop", 1, cores),
        "plain loops side by side": rate(model, dataset, "plain loop", cores, 1),
        "default grid": rate(model, dataset, "shipped", cores, 1),
    }
    print(f"\n{model}, {cores} cores\n{'':<28}{'iterations/s':>13}{'times as many':>15}")
    for name, value in found.items():
        print(f"{name:<28}{value:>13.1f}{value / next(iter(found.values())):>15.2f}", flush=True)


def rate(model: str, dataset: str, name: str, processes: int, threads: int) -> float:
    """Iterations a second that `processes` at a time do together, with `threads` each."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(processes), context.Queue()
    args = (model, dataset, name, threads, ready, done)
    workers = [context.Process(target=busy, args=args) for _ in range(processes)]
    for worker in workers:
        worker.start()
    total = sum(done.get() for _ in workers)
    for worker in workers:
        worker.join()
    return total


def busy(model: str, dataset: str, name: str, threads: int, ready: Any, done: Any) -> None:
    torch.set_num_threads(threads)
    work = row(model, dataset, name)
    work()
    ready.wait()
    began, iterations = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        iterations += work()
    done.put(iterations / (time.perf_counter() - began))


def clock_of(device: torch.device) -> Callable[[], float]:
    alone = device.type == "cpu" and torch.get_num_threads() == 1
    return time.process_time if alone else time.perf_counter


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
