"""SPADE learns what the classes of a label map look like."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rpgan import series
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import WGANGP
from rpgan.models import SPADE
from rpgan.models.phases import Phase
from rpgan.representations import Scale
from rpgan.sources import LabelledImages
from rpgan.stages.represent import represent
from rpgan.stages.sample import made_from, sample
from rpgan.stages.simulate import simulate
from rpgan.stages.train import train as stage
from rpgan.training import checkpoint, ways
from rpgan.training.data import Data
from rpgan.training.ranks import ALONE
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training

pil = pytest.importorskip("PIL.Image")

CPU = torch.device("cpu")
LEVELS = np.array([40, 128, 230])  # of the three classes, give or take 20
SIZE = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images of two stripes, upright or lying, of which each has the level of its class."""
    folder, rng = tmp_path_factory.mktemp("labelled"), np.random.default_rng(0)
    for part in ("images", "maps"):
        (folder / part).mkdir()
    for i in range(80):
        classes = np.repeat(rng.permutation(3)[:2], SIZE // 2)
        numbers = np.broadcast_to(classes, (SIZE, SIZE))
        numbers = numbers.T if i % 2 else numbers
        levels = LEVELS[numbers] + rng.integers(-20, 21, (SIZE, SIZE))
        pil.fromarray(levels.astype(np.uint8)).save(folder / "images" / f"{i}.png")
        pil.fromarray(np.ascontiguousarray(numbers, np.uint8)).save(folder / "maps" / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    source = LabelledImages(path=str(folder), size=SIZE, classes=3)
    adam = Adam(learning_rate=2e-3, betas=(0.0, 0.99))
    return Run(
        data=Encoding(
            draw=Draw(dataset="d", part="train", source=source, n=64, seed=1),
            steps=(Scale(kind="none"),),
        ),
        label="labelled",
        replicate=0,
        seed=3,
        model=SPADE(
            classes=3,
            maps=64,
            hidden=8,
            channels=32,
            most_channels=16,
            latent_dim=8,
            phases=(Phase(depth=0, stable=480), Phase(depth=1, fade=480, stable=3840)),
        ),
        loss=WGANGP(drift_weight=1e-3),
        training=Training(
            steps=300, batch_size=16, generator=adam, discriminator=adam, ema_half_life=15
        ),
    )


def error(pairs):
    """Of the mean level of each class, which is to be that of the images, (-1, 1)."""
    images, maps = pairs[:, 0], pairs[:, 1:]
    found = [images[maps[:, k] == 1].mean() for k in range(3)]
    return np.sqrt(np.mean((np.array(found) - (LEVELS / 127.5 - 1)) ** 2))


def test_from_labelled_images_to_samples(run, tmp_path):
    names = ("series.arrow", "tensors.arrow", "g.pt", "h.parquet", "u.pt", "made.arrow", "un.arrow")
    files = [tmp_path / name for name in names]
    simulate(run.data.draw, files[0])
    represent(run.data, files[0], files[1])
    stage(run, *files[1:5], device=CPU, interval=1e9)
    sample(run, 200, files[2], *files[5:], device=CPU)
    made = series.read(files[5], made_from(run, 200, True))
    untrained = series.read(files[6], made_from(run, 200, False))
    real = series.read(files[0], series.read_any(files[0])[1] or {})
    assert error(real) < 0.02
    assert error(made) < 0.25 * error(untrained)  # 0.03 to 0.07 with other seeds
    maps = {m.tobytes() for m in real[:, 1:]}
    for pairs in (made, untrained):
        assert {m.tobytes() for m in pairs[:, 1:]} == maps


def test_maps_are_those_of_the_data_and_stay(run):
    items = torch.from_numpy(run.data.draw.series())
    data, state = Data(items), ways.begun(run, CPU, ALONE)
    for _ in range(2):
        ways.step_of(run)(state, data, run, ALONE)
    kept = state.state_dict()
    for name in ("G", "G_average"):
        assert torch.equal(kept[name]["maps"].long(), items[:, 1:].argmax(1))
    state.step = 7  # a later step takes no maps, of other data for instance
    ways.step_of(run)(state, Data(items.flip(0)), run, ALONE)
    assert torch.equal(kept["G"]["maps"].long(), items[:, 1:].argmax(1))


def test_a_checkpoint_holds_the_maps(run, tmp_path):
    data = Data(torch.from_numpy(run.data.draw.series()))
    whole, read = ways.begun(run, CPU, ALONE), ways.begun(run, CPU, ALONE)
    step = ways.step_of(run)
    step(whole, data, run, ALONE)
    checkpoint.save(tmp_path / "u.pt", {"state": whole.state_dict()})
    read.load_state_dict(checkpoint.load(tmp_path / "u.pt", CPU)["state"])
    for state in (whole, read):
        step(state, data, run, ALONE)
    sums = [checkpoint.checksum(state.state_dict()) for state in (whole, read)]
    assert sums[0] == sums[1]


def test_data_without_maps_are_refused_at_the_first_step(run):
    items = torch.from_numpy(run.data.draw.series()) * 0.5
    with pytest.raises(UserError, match="spade wants a label map in the last 3 channels"):
        ways.step_of(run)(ways.begun(run, CPU, ALONE), Data(items), run, ALONE)


def test_a_user_brings_maps_of_their_own(run, tmp_path):
    """Which the training set has not; images of them come one after the other."""
    whole = replace(run.model, phases=())
    short = replace(run, model=whole, training=replace(run.training, steps=2))
    names = ("series.arrow", "tensors.arrow", "g.pt", "h.parquet", "u.pt", "made.arrow", "un.arrow")
    files = [tmp_path / name for name in names]
    simulate(short.data.draw, files[0])
    represent(short.data, files[0], files[1])
    stage(short, *files[1:5], device=CPU, interval=1e9)
    own = np.zeros((2, SIZE, SIZE), np.uint8)
    own[0, :3], own[1, 2:, 5:] = 1, 2
    (tmp_path / "own").mkdir()
    for i, numbers in enumerate(own):
        pil.fromarray(numbers).save(tmp_path / "own" / f"{i}.png")
    sample(short, 300, files[2], *files[5:], device=CPU, maps=tmp_path / "own")
    for file, trained in ((files[5], True), (files[6], False)):
        made = series.read(file, made_from(short, 300, trained, maps=own))
        wanted = np.arange(3)[:, None, None] == own[np.arange(300) % 2, None]
        assert np.array_equal(made[:, 1:], wanted)
        assert len({image.tobytes() for image in made[:, 0]}) == 300
    with pytest.raises(UserError, match="maps"):  # no samples of the training set's law
        series.read(files[5], made_from(short, 300, True))
    pil.fromarray(own[0] * 3).save(tmp_path / "own" / "2.png")
    with pytest.raises(UserError, match=r"2\.png: wanted classes 0 to 2, found 3"):
        sample(short, 3, files[2], *files[5:], device=CPU, maps=tmp_path / "own")


def test_it_needs_no_phases(run):
    whole = replace(run, model=replace(run.model, phases=()))
    state = ways.begun(whole, CPU, ALONE)
    items = torch.from_numpy(run.data.draw.series())
    terms = ways.step_of(whole)(state, Data(items), whole, ALONE)
    assert "lod" not in terms
    assert torch.equal(state.state_dict()["G"]["maps"].long(), items[:, 1:].argmax(1))
