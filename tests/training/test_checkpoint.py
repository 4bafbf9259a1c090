import errno
import io
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from rpgan.errors import UserError
from rpgan.training import checkpoint
from rpgan.training.data import Data
from rpgan.training.history import MEASURED
from rpgan.training.loop import train

CPU = torch.device("cpu")
CONTENTS = {"a": torch.arange(1000.0), "b": {"c": [1, 2.5, "x", None]}, "d": torch.ones(2, 3).T}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "u.pt"


def test_what_was_saved_comes_back(path):
    checkpoint.save(path, CONTENTS)
    found = checkpoint.load(path, CPU)
    assert found.keys() == CONTENTS.keys()
    assert (found["a"] == CONTENTS["a"]).all()
    assert (found["d"] == CONTENTS["d"]).all()
    assert found["b"] == CONTENTS["b"]


def test_a_file_that_is_not_one(path):
    checkpoint.save(path, CONTENTS)
    whole = path.read_bytes()
    for content in (b"", b"not a checkpoint", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"u\.pt: not a whole file"):
            checkpoint.load(path, CPU)


def test_a_flipped_bit_is_seen(path):
    checkpoint.save(path, CONTENTS)
    whole = bytearray(path.read_bytes())
    whole[whole.index(CONTENTS["a"].numpy().tobytes()[:400]) + 201] ^= 1
    path.write_bytes(whole)
    with pytest.raises(UserError, match=r"do not match its checksum|not a whole file"):
        checkpoint.load(path, CPU)


@pytest.mark.parametrize(
    "other",
    [
        CONTENTS | {"a": CONTENTS["a"] + torch.eye(1000)[3]},
        CONTENTS | {"a": CONTENTS["a"].int()},
        CONTENTS | {"a": CONTENTS["a"].reshape(10, 100)},
        CONTENTS | {"b": {"c": [1, 2.5, "y", None]}},
        CONTENTS | {"b": {"e": [1, 2.5, "x", None]}},
        CONTENTS | {"d": torch.ones(3, 2) * 2},
    ],
)
def test_the_checksum_is_of_everything(other):
    assert checkpoint.checksum(other) != checkpoint.checksum(CONTENTS)


def test_a_file_of_another_version(path):
    torch.save(CONTENTS | {"format": 99, "checksum": ""}, path)
    with pytest.raises(UserError, match="another version of rpgan"):
        checkpoint.load(path, CPU)
    torch.save({"run": 1}, path)  # the first version knew no formats
    for read in (checkpoint.load, checkpoint.newest):
        with pytest.raises(UserError, match="another version of rpgan"):
            read(path, CPU)


def test_a_checkpoint_runs_no_code(path, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"a": Evil()}, path)
    with pytest.raises(UserError):
        checkpoint.load(path, CPU)
    assert not (tmp_path / "owned").exists()


def test_the_one_before_stays(path):
    for number in range(3):
        checkpoint.save(path, {"number": number}, keep_last=True)
    assert checkpoint.load(path, CPU) == {"number": 2}
    assert checkpoint.load(checkpoint.previous(path), CPU) == {"number": 1}
    checkpoint.remove(path)
    assert not list(path.parent.iterdir())


def test_a_damaged_one_falls_back_to_the_one_before(path, capsys):
    for number in range(2):
        checkpoint.save(path, {"number": number}, keep_last=True)
    path.write_bytes(b"damaged")
    assert checkpoint.newest(path, CPU) == {"number": 0}
    said = capsys.readouterr().err
    assert "warning: " in said
    assert "going on from" in said
    assert len(said.splitlines()) == 1
    path.unlink()
    assert checkpoint.newest(path, CPU) == {"number": 0}, "killed between two renames"
    checkpoint.previous(path).write_bytes(b"damaged too")
    path.write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"previous\.pt: not a whole file"):
        checkpoint.newest(path, CPU)


def test_a_damaged_checkpoint_loses_one_interval_and_no_bit(run, tensors, path, monkeypatch):
    from rpgan.training import ways

    state, history = train(run, Data.on(CPU, tensors), path, 1e9)
    whole = ways.train_step

    def train_step(state, *args):
        if state.step == 20:
            raise KeyboardInterrupt
        return whole(state, *args)

    with monkeypatch.context() as patch:
        patch.setattr(ways, "train_step", train_step)
        with pytest.raises(KeyboardInterrupt):
            train(run, Data.on(CPU, tensors), path, 0)
    path.write_bytes(path.read_bytes()[:-1000])
    again, rows = train(run, Data.on(CPU, tensors), path, 1e9)
    assert same(state.state_dict(), again.state_dict())
    assert unmeasured(rows) == unmeasured(history)


def test_leftovers_of_a_kill_are_swept(path):
    left = path.with_name(f".{path.name}.12345.tmp")
    left.write_bytes(b"half a checkpoint")
    with checkpoint.held(path):
        assert not left.exists()


FULL_DISK = """
import resource, signal, sys, torch
from pathlib import Path
from rpgan.errors import UserError
from rpgan.training import checkpoint
path = Path(sys.argv[1])
checkpoint.save(path, {"number": 1}, keep_last=True)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    checkpoint.save(path, {"a": torch.zeros(100_000)}, keep_last=True)
except UserError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_is_one_line_and_the_last_checkpoint_whole(path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no space on the disk for 0.4 MiB (File too large)" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert checkpoint.load(path, CPU) == {"number": 1}
    assert [file.name for file in path.parent.iterdir()] == ["u.pt"]


def test_no_space_left(path, monkeypatch):
    checkpoint.save(path, {"number": 1})

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint, "write_through", full)
    with pytest.raises(UserError, match=r"no space on the disk.*what was saved before is whole"):
        checkpoint.save(path, {"number": 2}, keep_last=True)
    assert checkpoint.load(path, CPU) == {"number": 1}


def same(one, other):
    return checkpoint.checksum(one) == checkpoint.checksum(other)


def unmeasured(rows):
    return [{k: value for k, value in row.items() if k not in MEASURED} for row in rows]


def trained(run, tensors, path, out):
    sys.stderr = io.StringIO()
    os.fsync = lambda f: None  # it guards against a power cut
    state, rows = train(run, Data.on(CPU, tensors), path, interval=0)
    torch.save({"state": checkpoint.checksum(state.state_dict()), "rows": unmeasured(rows)}, out)


def test_killed_ten_times_at_random(run, tensors, path, tmp_path):
    """SIGKILL at any moment, also while a checkpoint is written: nothing that counts is lost."""
    long = replace(run, training=replace(run.training, steps=160))
    state, rows = train(long, Data.on(CPU, tensors), tmp_path / "unbroken.pt", 1e9)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rpgan.training.loop", "torch._dynamo", "pytest"])
    chance, kills, steps = random.Random(0), 0, [0]
    out = tmp_path / "out.pt"
    while not out.exists():
        process = context.Process(target=trained, args=(long, tensors, path, out))
        process.start()
        before = path.stat().st_mtime_ns if path.exists() else 0
        while kills < 10 and process.is_alive() and not newer(path, before):
            time.sleep(0.001)
        if kills < 10:
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
            kills += 1
        process.join()
        if kills <= 10 and process.exitcode == -signal.SIGKILL:
            found = checkpoint.newest(path, CPU)
            assert found is not None
            steps.append(found["state"]["step"])
    assert kills == 10
    assert steps == sorted(steps)
    assert len(set(steps)) > 5
    found = torch.load(out)
    assert found["state"] == checkpoint.checksum(state.state_dict())
    assert found["rows"] == unmeasured(rows)


def newer(path, before):
    return path.exists() and path.stat().st_mtime_ns > before


def test_a_file_for_which_the_device_has_no_memory_is_not_damaged(tmp_path, monkeypatch):
    path = tmp_path / "unfinished.pt"
    checkpoint.save(path, {"step": 1})
    checkpoint.save(path, {"step": 2}, keep_last=True)

    def too_large(*args, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patched:
        patched.setattr(torch, "load", too_large)
        with pytest.raises(torch.OutOfMemoryError):
            checkpoint.newest(path, CPU)
    assert checkpoint.newest(path, CPU) == {"step": 2}
