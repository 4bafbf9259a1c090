"""Become a command on free GPUs of this machine: ``python -m rpgan.gpurun -n 1 -- COMMAND ...``

A workflow engine counts GPUs but does not say which one a job may use. Here one lock file stands
for each device; the kernel drops the locks when the command ends, however it ends. All workflows
of a user on one machine share them. Inside a batch job the pool is what the scheduler gave.
"""

import argparse
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from itertools import takewhile
from pathlib import Path
from typing import IO

POLL = 0.5  # seconds
NONE = ("", "-1", "NoDevFiles")  # what users and schedulers write for no GPU


def pool() -> list[str]:
    """Devices of this machine, or of this batch job."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:  # the driver heeds none after one that cannot be
        devices = (device.strip() for device in given.split(","))
        return list(takewhile(lambda device: device not in NONE, devices))
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    lines = [line for line in listed.stdout.splitlines() if line.startswith("GPU ")]
    return [str(number) for number in range(len(lines))]


def take(n: int, devices: list[str], folder: Path) -> dict[str, IO[str]]:
    """Wait until `n` of the devices are free, and lock them: {device: lock file}.

    All or none: two jobs that want two each must not hold one each and wait for ever.
    """
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        held: dict[str, IO[str]] = {}
        for device in devices:
            lock = (folder / f"{device}.lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            held[device] = lock
            if len(held) == n:
                return held
        for lock in held.values():
            lock.close()
        time.sleep(POLL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="rpgan.gpurun", description=__doc__)
    parser.add_argument("-n", type=int, default=1, help="how many GPUs (0: none)")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        parser.error("wanted a command to run")
    devices, environment, held = pool() if args.n else [], dict(os.environ), {}
    if args.n > len(devices):
        sys.exit(f"gpurun: {args.n} GPUs wanted, {len(devices)} here; lower --resources gpu")
    if args.n:
        held = take(args.n, devices, Path(tempfile.gettempdir()) / f"rpgan-gpu-{os.getuid()}")
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(held)
    for lock in held.values():  # they go with the process: so do signals, and its exit status
        os.set_inheritable(lock.fileno(), True)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        sys.exit(f"gpurun: {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
