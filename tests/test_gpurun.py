"""Which device a job may use. The devices are pretended: only their numbers matter here."""

import os
import subprocess
import sys
import time

import pytest

from rpgan import gpurun

JOB = "import os,time; a=time.time(); time.sleep(.3); print(os.environ['CUDA_VISIBLE_DEVICES'],a,time.time())"


def start(n, tmp_path, *command, devices="0,1"):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": devices, "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-m", "rpgan.gpurun", "-n", str(n), "--", *command]
    return subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def output(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_never_two_jobs_on_one_device(tmp_path):
    jobs = [start(n, tmp_path, sys.executable, "-c", JOB) for n in (1, 1, 2, 1)]
    used = [line.split() for line in map(output, jobs)]
    spans = [(d, float(a), float(b)) for devices, a, b in used for d in devices.split(",")]
    assert len(spans) == 5
    for i, (device, begin, end) in enumerate(spans):
        for other, other_begin, other_end in spans[:i]:
            assert device != other or end <= other_begin or other_end <= begin


def test_more_devices_than_there_are(tmp_path):
    process = start(3, tmp_path, "true")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "3 GPUs wanted, 2 here; lower --resources gpu" in err


def test_without_a_gpu_the_command_runs_as_it_is(tmp_path):
    assert output(start(0, tmp_path, "echo", "done", devices="")) == "done\n"


def test_the_exit_status_is_the_command_s(tmp_path):
    process = start(1, tmp_path, sys.executable, "-c", "raise SystemExit(7)")
    process.communicate(timeout=60)
    assert process.returncode == 7


def begun(job, tmp_path, devices="0"):
    """That job, when it runs."""
    started = tmp_path / "started"
    process = start(1, tmp_path, "sh", "-c", f"touch {started}; {job}", devices=devices)
    while not started.exists():
        time.sleep(0.05)
    return process


def test_an_orphan_keeps_its_device(tmp_path):
    """A killed job leaves a part of it running: nobody else may have the device meanwhile."""
    ended = tmp_path / "ended"
    first = begun(f"(sleep 2; touch {ended}) & wait", tmp_path)
    first.kill()
    output(start(1, tmp_path, "test", "-e", str(ended), devices="0"))
    first.communicate(timeout=60)


def test_a_signal_reaches_the_command(tmp_path):
    """So that a training that is asked to stop can write its checkpoint."""
    saved = tmp_path / "saved"
    job = begun(f"trap 'touch {saved}; exit 3' TERM; while :; do sleep .1; done", tmp_path)
    job.terminate()
    job.communicate(timeout=60)
    assert job.returncode == 3
    assert saved.exists()


@pytest.mark.parametrize(
    ("command", "message"),
    [((), "wanted a command to run"), (("no-such-command",), "no-such-command: No such file")],
)
def test_what_is_no_command(tmp_path, command, message):
    process = start(0, tmp_path, *command)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert message in err
    assert "Traceback" not in err


def test_pool(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a, GPU-b")
    assert gpurun.pool() == ["GPU-a", "GPU-b"]
    for nothing in ("", "-1", "NoDevFiles"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", nothing)
        assert gpurun.pool() == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,-1,0")
    assert gpurun.pool() == ["1"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    listed = subprocess.CompletedProcess([], 0, "GPU 0: A\nGPU 1: B\n  MIG 1g\n", "")
    monkeypatch.setattr(gpurun.subprocess, "run", lambda *a, **k: listed)
    assert gpurun.pool() == ["0", "1"]

    def absent(*args, **kwargs):
        raise FileNotFoundError

    monkeypatch.setattr(gpurun.subprocess, "run", absent)
    assert gpurun.pool() == []


@pytest.mark.parametrize("n", [1, 2])
def test_take_holds_what_it_says(tmp_path, n):
    for wanted in (n, 2):
        held = gpurun.take(wanted, ["0", "1"], tmp_path)
        assert list(held) == ["0", "1"][:wanted]
        for lock in held.values():
            lock.close()
