import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pandas as pd
import pytest
import torch

from rpgan import series
from rpgan.errors import UserError
from rpgan.spec import as_json, plain
from rpgan.stages.represent import represent
from rpgan.stages.simulate import simulate
from rpgan.stages.train import train as stage
from rpgan.training import checkpoint
from rpgan.training.data import Data
from rpgan.training.history import MEASURED, History, require_finite
from rpgan.training.loop import train
from rpgan.training.ranks import ALONE
from rpgan.training.state import State

CPU = torch.device("cpu")


def weights(state):
    return torch.cat([p.ravel() for p in state.sampler.parameters()])


def unmeasured(rows):
    """Rows without the columns that differ from time to time."""
    return [{k: value for k, value in row.items() if k not in MEASURED} for row in rows]


class Killed(Exception):
    pass


def killed_at(step, monkeypatch):
    """Make the loop die after `step` steps, as if the machine had."""
    from rpgan.training import ways

    whole, done = ways.train_step, [0]

    def train_step(*args):
        if done[0] == step:
            raise Killed
        done[0] += 1
        return whole(*args)

    monkeypatch.setattr(ways, "train_step", train_step)


@pytest.fixture(scope="module")
def unbroken(run, tensors, tmp_path_factory):
    return train(run, Data.on(CPU, tensors), tmp_path_factory.mktemp("unbroken") / "u.pt", 1e9)


@pytest.mark.parametrize("step", [1, 13, 29])
def test_an_interrupted_run_equals_an_unbroken_one(
    run, tensors, unbroken, tmp_path, monkeypatch, step
):
    unfinished = tmp_path / "u.pt"
    with monkeypatch.context() as patch:
        killed_at(step, patch)
        with pytest.raises(Killed):
            train(
                run, Data.on(CPU, tensors), unfinished, interval=0
            )  # a checkpoint after every step
    assert checkpoint.load(unfinished, CPU)["state"]["step"] == step
    state, history = train(run, Data.on(CPU, tensors), unfinished, 1e9)
    assert (weights(state) == weights(unbroken[0])).all()
    assert unmeasured(history) == unmeasured(unbroken[1])


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"seed": 9}, r"seed is 9, wanted 3"),
        ({"data": -1}, "its data are others"),
    ],
)
def test_other_settings_or_data_are_refused(other, why, run, tensors, tmp_path, monkeypatch):
    """What was done before the change is still there, for who takes it back."""
    unfinished, data = tmp_path / "u.pt", Data.on(CPU, tensors)
    killed = replace(run, **other) if "seed" in other else run
    with monkeypatch.context() as patch:
        killed_at(5, patch)
        with pytest.raises(Killed):
            train(killed, data if "seed" in other else Data.on(CPU, tensors[::-1]), unfinished, 0)
    before = unfinished.read_bytes()
    with pytest.raises(UserError, match=rf"u\.pt: checkpoint of another .*{why}.*delete"):
        train(run, data, unfinished, 0)
    assert unfinished.read_bytes() == before


def test_threads_are_those_of_the_settings(run, tensors, unbroken, tmp_path):
    torch.set_num_threads(2)
    state, _ = train(run, Data.on(CPU, tensors), tmp_path / "u.pt", 1e9)
    assert torch.get_num_threads() == run.training.threads == 1
    assert (weights(state) == weights(unbroken[0])).all()


def test_history_holds_every_term(run, unbroken):
    _, history = unbroken
    assert [r["step"] for r in history] == list(range(1, run.training.steps + 1))
    assert list(history[0]) == [
        *("step", "D/real", "D/fake", "D/gradient_penalty", "score_real", "score_fake"),
        *("D_gradient_norm", "G/fake", "G_gradient_norm", "learning_rate_G", "learning_rate_D"),
        *MEASURED,
    ]


def test_what_is_measured(run, unbroken):
    _, history = unbroken
    seconds = [row["seconds"] for row in history]
    assert seconds == sorted(seconds)
    assert 0 < seconds[-1] < 60
    last = history[-1]
    seen = run.training.steps * run.training.discriminator_updates * run.training.batch_size
    assert last["samples_per_second"] == pytest.approx(seen / last["seconds"])
    assert 50 < last["peak_memory_mib"] < 20_000


def test_divergence_stops(run, tensors, tmp_path):
    with pytest.raises(UserError, match=r"diverged before step 7.*learning rate"):
        require_finite(7, {"D/real": float("nan")})
    wild = replace(run.training.generator, learning_rate=1e30)
    training = replace(run.training, generator=wild, discriminator=wild)
    with pytest.raises(UserError, match=r"diverged before step .*D/real"):
        train(replace(run, training=training), Data.on(CPU, tensors), tmp_path / "u.pt", interval=0)
    assert not (tmp_path / "u.pt").exists(), "numbers that are none are not worth keeping"


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "u.pt"
    refused = pytest.raises(UserError, match="another process")
    with checkpoint.held(path), refused, checkpoint.held(path):
        pass
    with checkpoint.held(tmp_path / "u.pt"):
        pass


def command(run, folder, interval=1e9):
    names = ("tensors.arrow", "generator.pt", "history.parquet", "unfinished.pt")
    files = [str(folder / name) for name in names]
    options = zip(("--tensors", "--generator", "--history", "--unfinished"), files, strict=True)
    return [
        *[sys.executable, "-m", "rpgan", "train", "--settings", as_json(run)],
        *["--interval", str(interval), *(part for option in options for part in option)],
    ]


def prepared(run, folder):
    folder.mkdir(exist_ok=True)
    simulate(run.data.draw, folder / "series.arrow")
    represent(run.data, folder / "series.arrow", folder / "tensors.arrow")
    return folder


def test_the_verb_stops_when_asked_and_goes_on(run, tmp_path):
    long = replace(run, training=replace(run.training, steps=200))
    whole, stopped = (prepared(long, tmp_path / name) for name in ("whole", "stopped"))
    process = subprocess.Popen(command(long, stopped, 0), stderr=subprocess.PIPE, text=True)
    while not (stopped / "unfinished.pt").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    assert process.returncode == 1
    assert "of 200; run again to go on from there" in said
    assert "Traceback" not in said
    assert not (stopped / "generator.pt").exists()

    files = ("tensors.arrow", "generator.pt", "history.parquet", "unfinished.pt")
    for folder in (stopped, whole):
        stage(long, *(folder / name for name in files), device=CPU, interval=1e9)
    assert (stopped / "generator.pt").read_bytes() == (whole / "generator.pt").read_bytes()
    a, b = (pd.read_parquet(folder / "history.parquet") for folder in (stopped, whole))
    a, b = (rows.drop(columns=list(MEASURED)) for rows in (a, b))
    pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert [path.name for path in stopped.glob("unfinished*")] == ["unfinished.lock"]


def test_foreign_tensors_are_refused(run, tmp_path):
    prepared(replace(run, data=replace(run.data, draw=replace(run.data.draw, n=65))), tmp_path)
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


def test_the_start_says_what_is_trained(run, tmp_path, capsys):
    folder = prepared(run, tmp_path)
    files = [folder / name for name in ("tensors.arrow", "g.pt", "h.parquet", "u.pt")]
    stage(run, *files, device=CPU, interval=1e9)
    said = capsys.readouterr().err.splitlines()[0]
    assert said.startswith("training d / toy / 0 on cpu: generator of ")
    counts = [
        int(word.replace(",", "")) for word in said.split() if word[0].isdigit() and "," in word
    ]
    state, _ = train(run, Data.on(CPU, series.read(files[0], plain(run.data))), files[3], 1e9)
    assert isinstance(state, State)
    for count, network in zip(counts, (state.G, state.D), strict=True):
        assert count == sum(p.numel() for p in network.parameters())


def test_a_gpu_without_memory_is_one_line(run, tmp_path, monkeypatch):
    from rpgan.stages import train as module

    def exhausted(*args):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    folder = prepared(run, tmp_path)
    monkeypatch.setattr(module, "train_run", exhausted)
    files = [folder / name for name in ("tensors.arrow", "g.pt", "h.parquet", "u.pt")]
    with pytest.raises(UserError, match=r"too little memory for batches of 16; lower training\.b"):
        stage(run, *files, device=CPU, interval=1e9)


def test_the_last_row_counts_what_a_gpu_has_still_to_do(run, monkeypatch):
    """No other waits for it."""
    gpu, pending, waits = torch.device("cuda"), 0.3, []

    def synchronize(device):
        waits.append(device)
        time.sleep(pending)

    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 0)
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    history = History(run, gpu, [], 0)
    for step in (29, 30):
        history.add(step, {"D/real": torch.zeros(())}, ALONE)
    before, last = (row["seconds"] for row in history.fetch())
    assert waits == [gpu]
    assert last - before >= pending
