import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from test_loop import prepared
from torch.testing import assert_close

from rpgan import series
from rpgan.errors import UserError
from rpgan.figures import preview
from rpgan.models import STFTGAN
from rpgan.representations import STFT, Pad, Scale
from rpgan.spec import plain
from rpgan.stages.previews import Pictures, Previews, TensorBoard
from rpgan.stages.train import train
from rpgan.training.data import Data
from rpgan.training.loop import train as train_run
from rpgan.training.watcher import LOOKS, due

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    return prepared(run, tmp_path_factory.mktemp("previews"))


@pytest.fixture
def previews(run, folder):
    source = folder / "tensors.arrow"
    data = Data.on(CPU, series.read(source, plain(run.data)))
    return Previews(run, series.read_state(source), data)


def trained(run, folder, target, **folders):
    generator, history, unfinished = (target / name for name in ("g.pt", "h.parquet", "u.pt"))
    train(
        run, folder / "tensors.arrow", generator, history, unfinished, CPU, interval=1e9, **folders
    )


class Notes:
    """A watcher that keeps what it is told."""

    def __init__(self):
        self.began, self.steps, self.seen, self.closed = [], [], [], 0

    def begin(self, done):
        self.began.append(done)

    def rows(self, rows):
        self.seen.extend(row["step"] for row in rows)

    def look(self, step, sampler):
        self.steps.append(step)
        torch.rand(5)  # what a watcher draws is nobody's business
        self.weights = [p.clone() for p in sampler.parameters()]

    def close(self):
        self.closed += 1


def test_a_watched_training_is_the_same(run, tensors, tmp_path):
    notes = Notes()
    watched, rows = train_run(run, Data.on(CPU, tensors), tmp_path / "a.pt", 1e9, watchers=[notes])
    alone, _ = train_run(run, Data.on(CPU, tensors), tmp_path / "b.pt", 1e9)
    for a, b in zip(watched.sampler.parameters(), alone.sampler.parameters(), strict=True):
        assert torch.equal(a, b)
    assert notes.began == [0]
    assert notes.steps == list(range(3, 31, 3))
    assert notes.seen == [row["step"] for row in rows]
    assert notes.closed == 1
    for a, b in zip(notes.weights, watched.sampler.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("steps", [1, 7, 10, 105, 4000])
def test_looks_are_few_and_the_last_is_at_the_end(steps):
    looks = [step for step in range(1, steps + 1) if due(step, steps)]
    assert looks[-1] == steps
    assert min(steps, LOOKS) <= len(looks) <= 2 * LOOKS


def test_a_preview_is_of_the_same_latents_in_physical_units(run, previews, monkeypatch):
    G = run.generator()
    seen = []
    monkeypatch.setattr(preview, "of_series", lambda *args: seen.append(args))
    G.train()
    previews.figure(3, G)
    previews.figure(6, G)
    (real, first, spectra, title), (_, second, _, _) = seen
    assert_close(first, second, rtol=0, atol=0)
    G.eval()
    with torch.no_grad():
        assert_close(first, previews.decoded(G(previews.latents))[:, :], rtol=0, atol=0)
    assert_close(real, run.data.draw.series()[:64].astype(float), rtol=1e-4, atol=1e-5)
    assert title == "d / toy / 0: step 3 of 30"
    frequency, power = spectra[0]
    integral = power.sum() * (frequency[1] - frequency[0]) * 2
    assert_close(integral, real.var(axis=1).mean(), rtol=0.2, atol=0)  # the lowest bin is left out
    G.train()
    previews.figure(9, G)
    assert G.training


def test_pictures_are_files_of_their_steps(run, folder, tmp_path):
    trained(run, folder, tmp_path, previews=tmp_path / "p")
    found = sorted(path.name for path in (tmp_path / "p").iterdir())
    assert found == [f"step-{step:08d}.png" for step in range(3, 31, 3)]
    first, last = (np.asarray(Image.open(tmp_path / "p" / name)) for name in (found[0], found[-1]))
    assert first.shape == last.shape
    assert (first != last).any()


def test_spectrograms_are_previewed_as_series(run, tmp_path):
    steps = (Pad(), STFT(nperseg=8, hop=4), Scale())
    two = replace(run, data=replace(run.data, steps=steps), model=STFTGAN(channels=8, levels=2))
    source = prepared(two, tmp_path) / "tensors.arrow"
    data = Data.on(CPU, series.read(source, plain(two.data)))
    shown = Previews(two, series.read_state(source), data)
    assert shown.real.shape == (64, 32)
    assert len(shown.figure(1, two.generator()).subfigs) == 2


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_previewed_as_images(channels):
    rng = np.random.default_rng(1)
    real, made = rng.normal(size=(2, 5, channels, 6, 4))
    figure = preview.of_images(real, made, "title")
    drawn = [np.asarray(ax.images[0].get_array()) for ax in figure.axes if ax.images]
    assert len(drawn) == 10
    low, high = real.min(), real.max()
    wanted = np.clip((made[0] - low) / (high - low), 0, 1).transpose(1, 2, 0)
    assert_close(drawn[5], wanted if channels == 3 else wanted[..., 0], rtol=0, atol=1e-12)


def test_tensorboard_is_an_extra(previews, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard.writer", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(UserError, match=r"pip install 'rpgan\[tensorboard\]'"):
        TensorBoard(tmp_path, previews)


def test_tensorboard_has_curves_and_pictures(run, folder, tmp_path):
    from tensorboard.backend.event_processing import event_accumulator as accumulator

    trained(run, folder, tmp_path, tensorboard=tmp_path / "t")
    events = accumulator.EventAccumulator(str(tmp_path / "t"), size_guidance={"images": 0})
    events.Reload()
    curves = events.Tags()["scalars"]
    assert {"D/real", "D/gradient_penalty", "G/fake", "score_real", "samples_per_second"} <= set(
        curves
    )
    assert [event.step for event in events.Scalars("D/real")] == list(range(1, 31))
    assert [event.step for event in events.Images("preview")] == list(range(3, 31, 3))


def test_what_is_taken_back_is_after_the_last_checkpoint(previews, tmp_path, monkeypatch):
    board = TensorBoard(tmp_path, previews)
    opened = []
    monkeypatch.setattr(board, "open", lambda folder, purge_step: opened.append(purge_step))
    board.begin(12)
    assert opened == [13]


def test_pictures_need_nothing_before_they_begin(previews, tmp_path):
    Pictures(tmp_path, previews).begin(3)
    assert not list(tmp_path.iterdir())
