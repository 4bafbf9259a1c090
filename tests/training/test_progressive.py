"""Growing by a schedule: what is shown when, and that nothing else tells one step from another."""

import math
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from rpgan import params, series
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import WGANGP
from rpgan.models import PGGAN
from rpgan.models.conditions import Number
from rpgan.models.phases import Phase
from rpgan.processes import FGN
from rpgan.representations import Scale, Spectrogram, chain
from rpgan.sources import ImageFolder, LabelledImages, MultiresolutionHDF5, WavFolder
from rpgan.spec import plain
from rpgan.stages.represent import represent
from rpgan.stages.sample import made_from, sample, tensors
from rpgan.stages.simulate import simulate
from rpgan.stages.train import train as stage
from rpgan.training import checkpoint, progressive, ways
from rpgan.training.data import Data
from rpgan.training.history import MEASURED
from rpgan.training.loop import train
from rpgan.training.progressive import Faded, Grown
from rpgan.training.run import Run
from rpgan.training.schedule import Moment, Schedule
from rpgan.training.settings import Adam, Fast, Selection, Training
from rpgan.training.state import State

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[2]


def phases(*given):
    """(depth, fade, stable, batch size) of each."""
    return tuple(Phase(depth=d, fade=f, stable=s, batch_size=b) for d, f, s, b in given)


def schedule(*given, updates=1, batch_size=4):
    training = Training(steps=1, batch_size=batch_size, discriminator_updates=updates)
    return Schedule(phases(*given), training)


def published(n, stable, fade, deepest):
    """Depth and alpha after `n` images: systems.md's DepthManager, right where fade <= stable."""
    full, rest = divmod(n, stable + fade)
    t, rest = divmod(rest, stable)
    depth = min(deepest, full + t)
    return depth, rest / fade if t > 0 and full + t == depth else 1.0


def test_the_published_schedule():
    T, batch = 100, 5
    found = schedule((0, 0, T, batch), *((d, T, T, batch) for d in (1, 2)), (3, T, 4 * T, batch))
    for step in range(found.steps):
        now = found.at(step)
        assert (now.depth, now.alpha) == published(step * batch, T, T, 3)
    assert found.steps * batch == 10 * T
    assert found.images(found.steps) == 10 * T


def test_a_fade_longer_than_what_follows_it_is_not_cut_short():
    """The published code skips depths there, and alpha never passes 0.4."""
    found = schedule((0, 0, 20, 5), (1, 50, 20, 5), (2, 50, 20, 5))
    moments = [found.at(step) for step in range(found.steps)]
    fading = [i / 10 for i in range(10)]
    assert [m.depth for m in moments] == [0] * 4 + [1] * 14 + [2] * 14
    assert_allclose([m.alpha for m in moments], [1] * 4 + 2 * [*fading, 1, 1, 1, 1])
    alphas = {published(n, 20, 50, 2)[1] for n in range(200)}
    assert max(alphas - {1.0}) < 0.4


def test_batches_of_each_depth_and_images_shown():
    found = schedule((0, 0, 10, 4), (1, 9, 0, None), (1, 0, 7, 3), updates=2, batch_size=5)
    assert found.ends == [2, 3, 5]  # 8, 10 and 6 images a step
    assert [found.at(step).batch_size for step in range(5)] == [4, 4, 5, 3, 3]
    assert [found.images(step) for step in range(6)] == [0, 8, 16, 26, 32, 38]
    assert [found.at(step).alpha for step in range(5)] == [1, 1, 0, 1, 1]


def test_level_of_detail():
    """The deepest level less the depth, and one more where nothing of it is there yet."""
    found = schedule((0, 0, 8, 4), (1, 16, 8, 4), (2, 16, 8, 4))
    lods = [found.lod(step) for step in range(found.steps)]
    assert_allclose(lods, [2, 2, 2, 1.75, 1.5, 1.25, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0])


def shipped(name):
    return params.load(ROOT / "params.yaml").recipe(name)


def test_the_shipped_schedules():
    """Of 512 x 512: 100,000 images to fade in a depth and as many after it, 3,000,000 in all."""
    recipe = shipped("pggan512")
    assert recipe.training is not None
    assert isinstance(recipe.model, PGGAN)
    recipe.model.check((1, 512, 512))
    found = Schedule(recipe.model.phases, recipe.training)
    assert found.steps == recipe.training.steps
    assert 3_000_000 <= found.images(found.steps) < 3_000_050
    for step in range(0, found.steps, 997):
        depth, alpha = published(found.images(step), 100_000, 100_000, 7)
        now = found.at(step)
        if found.images(step) % 100_000 > 50:  # batches of 14 and 6 pass the end of a phase
            assert now.depth == depth
            assert now.alpha == pytest.approx(alpha, abs=1e-3)
        assert now.batch_size == {6: 14, 7: 6}.get(now.depth, 16)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pggan512", WavFolder(path="x", form="abslog")),
        ("pggan512", ImageFolder(path="x", size=512, colour="rgb")),
        ("pggan512", MultiresolutionHDF5(path="x", resolution=512)),
        ("spade512", LabelledImages(path="x", size=512, classes=8)),
    ],
)
def test_what_the_shipped_models_take(name, source):
    recipe = shipped(name)
    draw = Draw(dataset="d", part="train", source=source, n=2000, seed=1)
    steps = params.load(ROOT / "params.yaml").representations[recipe.representation]
    assert recipe.training is not None
    run = Run(
        data=Encoding(draw=draw, steps=steps),
        label=name,
        replicate=0,
        seed=1,
        model=recipe.model,
        loss=recipe.loss,
        training=recipe.training,
    )
    recipe.model.check(run.shape)
    assert run.images(run.training.steps) >= sum(phase.images for phase in run.phases)


def test_the_miniature_is_of_series():
    run = params.load(ROOT / "params.yaml").run("fgn_h0.8", "pggan32", 0)
    assert run.shape == (1, 32, 32)
    assert run.phases[-1].depth == 3


def test_the_published_rise_of_learning_rates():
    """exp(-5 (1 - n / 40000)^2) after n images, in batches of 16."""
    training = shipped("pggan512").training
    assert training is not None
    for step in (0, 1, 1000, 2499, 2500, 100_000):
        n = min(16 * step, 40_000)
        wanted = 1e-3 * math.exp(-5 * (1 - n / 40_000) ** 2)
        assert training.learning_rate(training.generator, step) == pytest.approx(wanted)
    at_once = Training(steps=1, batch_size=1, ramp_up_law="gaussian")
    assert at_once.learning_rate(Adam(learning_rate=0.5), 0) == 0.5


@pytest.fixture(scope="module")
def run():
    """Spectrograms of 16 x 16, in 4 + 10 + 15 steps."""
    adam = Adam(learning_rate=1e-3, betas=(0.0, 0.99))
    steps = (Spectrogram(nperseg=32, hop=8, bins=16, frames=16), Scale(kind="global_standard"))
    draw = Draw(dataset="d", part="train", process=FGN(hurst=0.9), length=128, n=64, seed=1)
    model = PGGAN(
        channels=64,
        most_channels=16,
        latent_dim=8,
        phases=phases((0, 0, 32, None), (1, 40, 40, None), (2, 40, 20, 4)),
    )
    return Run(
        data=Encoding(draw=draw, steps=steps),
        label="growing",
        replicate=0,
        seed=3,
        model=model,
        loss=WGANGP(drift_weight=1e-3),
        training=Training(
            steps=29, batch_size=8, generator=adam, discriminator=adam, ema_half_life=3
        ),
    )


@pytest.fixture(scope="module")
def data(run):
    real = run.data.draw.series()
    return Data.on(CPU, chain.encode(run.data.steps, chain.fit(run.data.steps, real), real))


def pooled(images, side):
    """Means of `side` x `side` pixels."""
    n, c, h, w = images.shape
    return images.reshape(n, c, h // side, side, w // side, side).mean((3, 5))


@pytest.mark.parametrize(("depth", "alpha"), [(0, 1.0), (1, 0.0), (1, 0.3), (2, 0.6), (2, 1.0)])
def test_real_images_fade_as_the_networks_do(run, data, depth, alpha):
    state = Grown(run, CPU)
    shown = state.shown(data, Moment(depth, alpha, 8))
    torch.manual_seed(5)
    found, _ = shown.draw(50)
    torch.manual_seed(5)
    chosen = data.items[torch.randint(len(data.items), (50,))].double().numpy()
    fine, coarse = pooled(chosen, 2 ** (2 - depth)), pooled(chosen, 2 ** (3 - depth))
    coarse = coarse.repeat(2, axis=2).repeat(2, axis=3)
    assert found.shape == (50, 1, 4 * 2**depth, 4 * 2**depth)
    assert_allclose(found, alpha * fine + (1 - alpha) * coarse, atol=1e-5)


def test_images_are_averaged_once_for_a_depth(run, data):
    state, moments = Grown(run, CPU), Schedule(run.phases, run.training)
    first, again, deeper = (state.shown(data, moments.at(step)) for step in (4, 5, 20))
    assert first.items is again.items
    assert first.alpha != again.alpha
    assert deeper.items is data.items, "nothing is copied at full size"


def test_every_step_is_what_its_number_says(run, data, monkeypatch):
    """Depth, alpha and batches of both networks and of the data, whatever was before."""
    seen = []

    def train_step(state, shown, at, ranks):
        depths = {(n.depth, n.alpha) for n in (state.G, state.D, state.G_average)}
        assert len(depths) == 1
        assert isinstance(shown, Faded)
        depth, alpha = depths.pop()
        assert alpha == shown.alpha
        assert at.training.batch_size == (4 if depth == 2 else 8)
        assert shown.items.shape[2:] == (4 * 2**depth, 4 * 2**depth)
        assert at.key == run.key
        seen.append((depth, alpha))
        state.step += 1

    monkeypatch.setattr(progressive, "train_step", train_step)
    for first in (0, 11):  # and 11: as if a checkpoint had been read
        state, terms = Grown(run, CPU), {}
        state.step = first
        seen.clear()
        while state.step < run.training.steps:
            terms = ways.step_of(run)(state, data, run, progressive.ALONE)
        fade = [i / 5 for i in range(5)], [i / 10 for i in range(10)]
        wanted = [(0, 1.0)] * 4 + [(1, a) for a in (*fade[0], *5 * [1.0])]
        wanted += [(2, a) for a in (*fade[1], *5 * [1.0])]
        assert_allclose(seen, wanted[first:])
        assert terms["lod"] == 0
        assert_allclose(terms["kimg"], 0.172)


class Killed(Exception):
    pass


def rows_without_time(rows):
    return [{k: value for k, value in row.items() if k not in MEASURED} for row in rows]


@pytest.fixture(scope="module")
def unbroken(run, data, tmp_path_factory):
    return train(run, data, tmp_path_factory.mktemp("unbroken") / "u.pt", 1e9)


@pytest.mark.parametrize("step", [4, 7, 21])  # where a depth begins; in the middle of fading
def test_a_training_killed_while_fading_ends_as_an_unbroken_one(
    run, data, unbroken, tmp_path, monkeypatch, step
):
    whole, done = progressive.train_step, [0]

    def mortal(*args):
        if done[0] == step:
            raise Killed
        done[0] += 1
        return whole(*args)

    with monkeypatch.context() as patch:
        patch.setattr(progressive, "train_step", mortal)
        with pytest.raises(Killed):
            train(run, data, tmp_path / "u.pt", interval=0)
    assert checkpoint.load(tmp_path / "u.pt", CPU)["state"]["step"] == step
    state, rows = train(run, data, tmp_path / "u.pt", 1e9)
    assert isinstance(state, State)
    for name, part in state.parts().items():
        found, wanted = (s[name] for s in (state.state_dict(), unbroken[0].state_dict()))
        assert checkpoint.checksum({name: found}) == checkpoint.checksum({name: wanted}), part
    assert rows_without_time(rows) == rows_without_time(unbroken[1])


def test_history_says_where_the_training_is(run, unbroken):
    _, rows = unbroken
    kimg = [row["kimg"] for row in rows]
    assert_allclose(np.diff([0, *kimg]), [0.008] * 14 + [0.004] * 15, atol=1e-6)
    assert [row["lod"] for row in rows][:5] == [2, 2, 2, 2, 2]
    assert rows[-1]["lod"] == 0
    seen = 1000 * kimg[-1]
    assert rows[-1]["samples_per_second"] == pytest.approx(seen / rows[-1]["seconds"], rel=1e-4)


def test_the_progress_line_says_it_too(run, unbroken):
    from rpgan.training.history import History

    shown = History(run, CPU, unbroken[1], run.training.steps).losses()
    assert shown["lod"] == "0"
    assert shown["kimg"] == "0.172"
    assert "D/real" in shown
    assert "seconds" not in shown


def test_without_phases_nothing_grows(run, data):
    whole = replace(run, model=replace(run.model, phases=()))
    assert ways.step_of(whole) is ways.train_step
    state, terms = ways.begun(whole, CPU, progressive.ALONE), {}
    assert not isinstance(state, Grown)
    for _ in range(2):
        terms = ways.step_of(whole)(state, data, whole, progressive.ALONE)
    assert "lod" not in terms
    assert state.sampler(whole.latents(2, CPU)).shape == (2, 1, 16, 16)
    assert whole.images(3) == 24


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 30}, "training.steps must be 29, .* got 30; set it to 29, or change the phases"),
        ({"processes": 4, "batch_size": 8}, None),
        ({"processes": 8}, "batch_size at depth 2 must be a multiple of processes, 8,.* got 4"),
        ({"fast": Fast(cuda_graph=True)}, "fast.cuda_graph is for networks that stay as they are"),
        ({"fast": Fast(compile=True)}, "fast.compile is for networks that stay as they are"),
        (
            {"selection": Selection(held_out=8, every=5)},
            "selection is not for pggan; leave it out",
        ),
        ({"batch_size": 65, "steps": 18}, "batch_size must be at most the 64 series"),
    ],
)
def test_settings_that_do_not_fit_the_phases(run, changes, message):
    training = replace(run.training, **changes)
    if message is None:
        assert replace(run, training=training).training.processes == 4
        return
    with pytest.raises(UserError, match=f"models.growing.*{message}"):
        replace(run, training=training)


def test_a_batch_of_a_phase_must_be_there(run):
    many = replace(run.model, phases=(*run.phases[:2], replace(run.phases[2], batch_size=80)))
    with pytest.raises(UserError, match=r"batch_size must be at most the 64 series .* got 80"):
        replace(run, model=many, training=replace(run.training, steps=15))


def energy_distance(a, b):
    """Unbiased estimate, of sets (n, ...) and (m, ...)."""
    a, b = (torch.from_numpy(np.array(x, np.float64)).flatten(1) for x in (a, b))
    among = [torch.cdist(x, x).sum() / (len(x) * (len(x) - 1)) for x in (a, b)]
    return (2 * torch.cdist(a, b).mean() - among[0] - among[1]).item()


def test_it_learns(run, data, tmp_path):
    """Spectrograms are nearer to the real ones than before the first step."""
    adam = Adam(learning_rate=2e-3, betas=(0.0, 0.99))
    slow = phases((0, 0, 480, None), (1, 480, 480, None), (2, 480, 2880, None))
    training = replace(
        run.training,
        steps=300,
        batch_size=16,
        generator=adam,
        discriminator=adam,
        ema_half_life=15,
    )
    longer = replace(run, model=replace(run.model, phases=slow), training=training)
    state, _ = train(longer, data, tmp_path / "u.pt", 1e9)
    made, before = (
        energy_distance(data.items.numpy(), tensors(longer, G, 200, CPU))
        for G in (state.sampler, State(longer, CPU).sampler)
    )
    assert made < 0.5 * before  # 0.07 to 0.26 with other seeds


def test_from_a_file_of_several_resolutions_to_images(run, tmp_path):
    """Simulate, represent, train, sample; images come back at full size in their own units."""
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file["data8x8"] = rng.integers(0, 256, (80, 3, 8, 8), np.uint8)
    source = MultiresolutionHDF5(path=str(tmp_path / "images.h5"), resolution=8, channels=3)
    draw = Draw(dataset="d", part="train", source=source, n=40, seed=1)
    grown = replace(
        run,
        data=Encoding(draw=draw, steps=(Scale(kind="none"),)),
        model=replace(run.model, phases=phases((0, 0, 16, None), (1, 16, 16, None)), output="tanh"),
        training=replace(run.training, steps=6),
    )
    names = ("series.arrow", "tensors.arrow", "g.pt", "h.parquet", "u.pt", "made.arrow", "un.arrow")
    files = [tmp_path / name for name in names]
    simulate(draw, files[0])
    represent(grown.data, files[0], files[1])
    stage(grown, *files[1:5], device=CPU, interval=1e9)
    sample(grown, 5, files[2], *files[5:], device=CPU)
    made = series.read(files[5], made_from(grown, 5, True))
    untrained = series.read(files[6], made_from(grown, 5, False))
    assert made.shape == untrained.shape == (5, 3, 8, 8)
    assert np.abs(made).max() <= 1
    assert not np.allclose(made, untrained)
    assert_array_equal(made, series.read(files[5], made_from(grown, 5, True)))
    assert plain(grown)["model"]["phases"][1]["fade"] == 16


@pytest.mark.parametrize("by", ["projection", "concatenation"])
def test_a_pair_that_is_told_a_condition_grows_too(run, data, by):
    told = replace(run, condition=Number(on="x", low=0.0, high=1.0, by=by))
    codes = torch.from_numpy(Number(on="x", low=0.0, high=1.0).encode(np.linspace(0, 1, 64)))
    given, state = Data(data.items, codes), Grown(told, CPU)
    for step in (0, 7, 28):
        state.step = step
        terms = progressive.growing_step(state, given, told)
        made = state.G.train()(told.latents(2, CPU), codes[:2])
        assert made.shape[-1] == 4 * 2 ** Schedule(run.phases, run.training).at(step).depth
        assert all(term.isfinite() for term in terms.values())
