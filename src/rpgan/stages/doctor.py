"""Is everything here, and does a network learn on this machine?"""

import importlib.metadata
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from rpgan import __version__, gpurun
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import WGANGP
from rpgan.metrics.psd_distance import PSDDistance
from rpgan.models import WaveGAN
from rpgan.processes import FGN
from rpgan.representations import Pad, Scale, chain
from rpgan.stages.sample import tensors
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training
from rpgan.training.state import State

PACKAGES = [
    *["numpy", "scipy", "pandas", "pyarrow", "pydantic", "torch"],
    *["matplotlib", "snakemake", "dvc"],  # not needed to train
]
PASS = 0.5  # share of the untrained networks' spectral distance that training must go below


def doctor() -> None:
    """Print versions and devices, train the smallest model on each device, and give a verdict."""
    print(f"rpgan {__version__}, Python {platform.python_version()}, {platform.platform()}")
    for package in PACKAGES:
        print(f"  {package:<11} {version(package)}")
    devices = [torch.device("cpu")]
    print(f"CPU: {len(os.sched_getaffinity(0))} of {os.cpu_count()} cores usable")
    for number in range(torch.cuda.device_count()):
        devices.append(torch.device("cuda", number))
        properties = torch.cuda.get_device_properties(number)
        print(f"GPU {number}: {properties.name}, {properties.total_memory / 2**30:.0f} GiB")
    if len(devices) == 1:
        seen = len(gpurun.pool())
        print("GPU: none" + (f" for PyTorch, though the driver lists {seen}" if seen else ""))
    verdicts = [learns(device) for device in devices]
    if not all(verdicts):
        raise UserError("the smallest model did not learn; results of this machine are suspect")


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def learns(device: torch.device) -> bool:
    """Whether the smallest WaveGAN learns the spectrum of persistent noise on `device`."""
    run = smallest_run()
    real = run.data.draw.series()
    fitted = chain.fit(run.data.steps, real)
    encoded = chain.encode(run.data.steps, fitted, real)
    distance = PSDDistance().fit(np.asarray(real, np.float64), run.data.draw.law)

    def spectral_distance(G: torch.nn.Module) -> float:
        fake = chain.decode(run.data.steps, fitted, tensors(run, G, 256, device))
        return distance(np.asarray(fake, np.float64))["psd_distance"]

    before, start = spectral_distance(State(run, device).G), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        state, _ = train(run, Data.on(device, encoded), Path(folder) / "u.pt", interval=1e9)
    seconds, after = time.monotonic() - start, spectral_distance(state.sampler)
    good = after < PASS * before
    print(
        f"{device}: {run.training.steps} steps in {seconds:.1f} s; spectral distance {before:.2f}"
        f" -> {after:.2f}, wanted below {PASS * before:.2f}: {'ok' if good else 'FAILED'}",
    )
    sys.stdout.flush()
    return good


def smallest_run() -> Run:
    """A few seconds of training on one CPU core."""
    adam = Adam(learning_rate=1e-3, betas=(0.5, 0.9))
    draw = Draw(dataset="doctor", part="train", process=FGN(hurst=0.8), length=64, n=1024, seed=1)
    return Run(
        data=Encoding(draw=draw, steps=(Pad(), Scale())),
        label="smallest",
        replicate=0,
        seed=1,
        model=WaveGAN(channels=32, levels=2),
        loss=WGANGP(),
        training=Training(
            steps=150,
            batch_size=32,
            discriminator_updates=3,
            generator=adam,
            discriminator=adam,
            ema_half_life=10,
        ),
    )
