import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from rpgan import series
from rpgan.errors import UserError
from rpgan.spec import as_json, plain
from rpgan.stages.represent import represent
from rpgan.stages.simulate import simulate
from rpgan.training import checkpoint
from rpgan.training.loop import row, train

CPU = torch.device("cpu")


def weights(state):
    return torch.cat([p.ravel() for p in state.G_average.parameters()])


class Killed(Exception):
    pass


def killed_at(step, monkeypatch):
    """Make the loop die after `step` steps, as if the machine had."""
    from rpgan.training import loop

    whole, done = loop.train_step, [0]

    def train_step(*args):
        if done[0] == step:
            raise Killed
        done[0] += 1
        return whole(*args)

    monkeypatch.setattr(loop, "train_step", train_step)


@pytest.fixture(scope="module")
def unbroken(run, tensors, tmp_path_factory):
    return train(run, tensors, CPU, tmp_path_factory.mktemp("unbroken") / "u.pt", 1e9)


@pytest.mark.parametrize("step", [1, 13, 29])
def test_an_interrupted_run_equals_an_unbroken_one(
    run, tensors, unbroken, tmp_path, monkeypatch, step
):
    unfinished = tmp_path / "u.pt"
    with monkeypatch.context() as patch:
        killed_at(step, patch)
        with pytest.raises(Killed):
            train(run, tensors, CPU, unfinished, interval=0)  # a checkpoint after every step
    assert checkpoint.load(unfinished, CPU)["state"]["step"] == step
    state, history = train(run, tensors, CPU, unfinished, 1e9)
    assert (weights(state) == weights(unbroken[0])).all()
    assert history == unbroken[1]


def test_other_settings_or_data_start_afresh(run, tensors, unbroken, tmp_path, monkeypatch):
    unfinished = tmp_path / "u.pt"
    for other, data in ((replace(run, seed=9), tensors), (run, tensors[::-1])):
        with monkeypatch.context() as patch:
            killed_at(5, patch)
            with pytest.raises(Killed):
                train(other, data, CPU, unfinished, interval=0)
        state, _ = train(run, tensors, CPU, unfinished, 1e9)
        assert (weights(state) == weights(unbroken[0])).all()
        unfinished.unlink()


def test_threads_are_those_of_the_settings(run, tensors, unbroken, tmp_path):
    torch.set_num_threads(2)
    state, _ = train(run, tensors, CPU, tmp_path / "u.pt", 1e9)
    assert torch.get_num_threads() == run.training.threads == 1
    assert (weights(state) == weights(unbroken[0])).all()


def test_history_holds_every_term(run, unbroken):
    _, history = unbroken
    assert [r["step"] for r in history] == list(range(1, run.training.steps + 1))
    assert set(history[0]) == {"step", "D/real", "D/fake", "D/gradient_penalty", "G/fake"}


def test_divergence_stops():
    with pytest.raises(UserError, match=r"diverged before step 7.*learning rate"):
        row(7, {"D/real": torch.tensor(float("nan"))})


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "u.pt"
    refused = pytest.raises(UserError, match="another process")
    with checkpoint.held(path), refused, checkpoint.held(path):
        pass
    with checkpoint.held(tmp_path / "u.pt"):
        pass


def test_a_checkpoint_that_is_not_one(tmp_path):
    path = tmp_path / "u.pt"
    checkpoint.save(path, {"a": torch.zeros(1000)})
    whole = path.read_bytes()
    for content in (b"", b"not a checkpoint", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"u\.pt: not a whole file"):
            checkpoint.load(path, CPU)


def test_a_checkpoint_runs_no_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "owned"),)

    torch.save({"a": Evil()}, tmp_path / "u.pt")
    with pytest.raises(UserError):
        checkpoint.load(tmp_path / "u.pt", CPU)
    assert not (tmp_path / "owned").exists()


def command(run, folder):
    names = ("tensors.arrow", "generator.pt", "history.parquet", "unfinished.pt")
    files = [str(folder / name) for name in names]
    options = zip(("--tensors", "--generator", "--history", "--unfinished"), files, strict=True)
    return [
        *[sys.executable, "-m", "rpgan", "train", "--settings", as_json(run), "--interval", "0"],
        *[part for option in options for part in option],
    ]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_from_outside(run, tmp_path, number):
    """The whole verb, killed while it trains and started again, writes the same bytes."""
    long = replace(run, training=replace(run.training, steps=200))
    for name in ("killed", "unbroken"):
        (tmp_path / name).mkdir()
        simulate(long.data.draw, tmp_path / name / "series.arrow")
        represent(long.data, tmp_path / name / "series.arrow", tmp_path / name / "tensors.arrow")
    unfinished = tmp_path / "killed" / "unfinished.pt"
    process = subprocess.Popen(command(long, tmp_path / "killed"), stderr=subprocess.DEVNULL)
    while not unfinished.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait() != 0
    assert unfinished.exists()
    assert not (tmp_path / "killed" / "generator.pt").exists()

    again = subprocess.run(
        command(long, tmp_path / "killed"), capture_output=True, text=True, check=True
    )
    assert "resumed at step" in again.stderr
    subprocess.run(command(long, tmp_path / "unbroken"), capture_output=True, check=True)
    for name in ("generator.pt", "history.parquet"):
        a, b = (tmp_path / which / name for which in ("killed", "unbroken"))
        assert a.read_bytes() == b.read_bytes()
    assert not unfinished.exists()


def test_foreign_tensors_are_refused(run, tmp_path):
    other = replace(run.data, draw=replace(run.data.draw, n=65))
    simulate(other.draw, tmp_path / "series.arrow")
    represent(other, tmp_path / "series.arrow", tmp_path / "tensors.arrow")
    done = subprocess.run(command(run, tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("rpgan: ")
    assert "(draw.n is 65, wanted 64); delete it and run again" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_settings_survive_the_command_line(run):
    from rpgan.settings import build
    from rpgan.training.run import Run

    assert build(Run, json.loads(as_json(run))) == run
    assert json.loads(json.dumps(plain(run))) == plain(run)
    assert series.KEY == b"rpgan"
