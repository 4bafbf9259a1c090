"""Models with losses of their own, in the engine: exact resume, ranks, history, files, refusals."""

from dataclasses import replace

import pandas as pd
import pytest
import torch
from test_loop import unmeasured
from test_ranks import in_two_processes
from torch.testing import assert_close

from rpgan import series
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.entries import Recipe
from rpgan.errors import UserError
from rpgan.losses import NonSaturating
from rpgan.models import FlowMatching, TimeGAN
from rpgan.pairs import require_range
from rpgan.processes import FGN
from rpgan.representations import Scale, chain
from rpgan.stages.represent import represent
from rpgan.stages.sample import made_from, sample
from rpgan.stages.simulate import simulate
from rpgan.stages.train import sizes
from rpgan.stages.train import train as stage
from rpgan.training import checkpoint, ways
from rpgan.training.data import Data
from rpgan.training.history import MEASURED
from rpgan.training.loop import train
from rpgan.training.ranks import ALONE
from rpgan.training.run import Run
from rpgan.training.settings import SGD, Adam, Fast, Training

CPU = torch.device("cpu")
MODELS = {
    "timegan": TimeGAN(hidden=5, layers=2, embedding_steps=4, supervised_steps=3),
    "timegan_lstm": TimeGAN(
        cell="lstm", hidden=5, layers=2, embedding_steps=4, supervised_steps=3, threshold=2.0
    ),
    "flow_matching": FlowMatching(widths=(8, 8), blocks=1, sampling_steps=3),
}


def run_of(name, **settings):
    adam = Adam(learning_rate=2e-3, betas=(0.5, 0.9))
    kind = "global_standard" if name == "flow_matching" else "global_min_max"
    chosen = {"steps": 12, "batch_size": 8, "generator": adam, "ema_half_life": 3.0}
    if name != "flow_matching":
        chosen |= {"discriminator": adam, "generator_updates": 2}
    return Run(
        data=Encoding(
            draw=Draw(dataset="d", part="train", process=FGN(hurst=0.8), length=8, n=40, seed=1),
            steps=(Scale(kind=kind),),
        ),
        label="toy",
        replicate=0,
        seed=3,
        model=MODELS[name],
        training=Training(**chosen | settings),
    )


def encoded(run):
    real = run.data.draw.series()
    return chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)


class Killed(Exception):
    pass


def killed_at(step, name, monkeypatch):
    """Make the loop die after `step` steps, as if the machine had."""
    place = "flow_step" if name == "flow_matching" else "timegan_step"
    whole, done = getattr(ways, place), [0]

    def dying(*args):
        if done[0] == step:
            raise Killed
        done[0] += 1
        return whole(*args)

    monkeypatch.setattr(ways, place, dying)


@pytest.mark.parametrize("name", MODELS)
def test_an_interrupted_run_equals_an_unbroken_one(name, tmp_path, monkeypatch):
    """Within each phase, and between any two, and whatever number of threads there was before."""
    run = run_of(name)
    data = Data.on(CPU, encoded(run))
    state, history = train(run, data, tmp_path / "unbroken.pt", 1e9)
    torch.set_num_threads(2)
    for step in (2, 4, 6, 7, 10):
        unfinished = tmp_path / f"{step}.pt"
        with monkeypatch.context() as patch:
            killed_at(step, name, patch)
            with pytest.raises(Killed):
                train(run, data, unfinished, interval=0)  # a checkpoint after every step
        assert checkpoint.load(unfinished, CPU)["state"]["step"] == step
        again, rows = train(run, data, unfinished, 1e9)
        assert torch.get_num_threads() == 1
        same = (checkpoint.checksum(s.state_dict()) for s in (state, again))
        assert next(same) == next(same)
        assert unmeasured(rows) == unmeasured(history)


@pytest.mark.parametrize("name", MODELS)
def test_each_step_draws_its_own_numbers(name):
    """The same step of two runs draws the same, two steps of one run do not."""
    run = run_of(name)
    data = Data.on(CPU, encoded(run))
    found = []
    for step in (8, 8, 9):
        state = ways.begun(run, CPU, ALONE)
        state.step = step
        terms = ways.step_of(run)(state, data, run, ALONE)
        found.append({k: v.item() for k, v in terms.items() if "/" in k})
    assert found[0] == found[1]
    assert all(found[0][key] != found[2][key] for key in found[0])


def test_the_history_of_timegan(tmp_path):
    run = run_of("timegan")
    _, rows = train(run, Data.on(CPU, encoded(run)), tmp_path / "u.pt", 1e9)
    losses = [[name for name in row if "/" in name] for row in rows]
    assert losses[:4] == [["E/reconstruction"]] * 4
    assert losses[4:7] == [["S/supervised"]] * 3
    assert (
        losses[7:]
        == [
            [
                *("G/fake", "G/fake_unsupervised", "G/supervised", "G/deviations", "G/means"),
                *("E/reconstruction", "E/supervised", "D/real", "D/fake", "D/fake_unsupervised"),
            ]
        ]
        * 5
    )
    assert all("learning_rate_D" in row for row in rows)
    assert {"G_gradient_norm", "E_gradient_norm", "D_gradient_norm", "D_waits"} <= rows[-1].keys()


def test_the_history_of_a_flow_has_no_discriminator(tmp_path):
    run = run_of("flow_matching")
    _, rows = train(run, Data.on(CPU, encoded(run)), tmp_path / "u.pt", 1e9)
    measured = list(MEASURED)
    assert list(rows[0]) == ["step", "G/flow", "G_gradient_norm", "learning_rate_G", *measured]


@pytest.mark.parametrize("name", MODELS)
def test_from_settings_to_series(name, tmp_path):
    run = run_of(name)
    simulate(run.data.draw, tmp_path / "series.arrow")
    represent(run.data, tmp_path / "series.arrow", tmp_path / "tensors.arrow")
    files = [tmp_path / file for file in ("tensors.arrow", "g.pt", "h.parquet", "u.pt")]
    stage(run, *files, device=CPU, interval=0)
    assert len(pd.read_parquet(files[2])) == run.training.steps
    drawn = [tmp_path / file for file in ("samples.arrow", "untrained.arrow")]
    sample(run, 30, files[1], *drawn, device=CPU, at_once=7)
    trained, untrained = (
        series.read(file, made_from(run, 30, which))
        for file, which in zip(drawn, (True, False), strict=True)
    )
    assert trained.shape == untrained.shape == (30, 8)
    assert abs(trained - untrained).max() > 1e-4
    state, _ = train(run, Data.on(CPU, encoded(run)), tmp_path / "again.pt", 1e9)
    saved = checkpoint.load(files[1], CPU)["G"]
    for key, value in state.sampler.state_dict().items():
        assert torch.equal(saved[key], value)


def test_sizes():
    assert sizes(run_of("flow_matching")).endswith("parameters, without a discriminator")
    timegan = replace(run_of("timegan"), model=TimeGAN(embedding_steps=1, supervised_steps=1))
    assert sizes(timegan) == (
        f"generator of {9_528 + 7_656 + 10_609:,} parameters, discriminator of 10,609,"
        " embedder of 9,528"
    )


def steps_of_a_rank(ranks, device, run, data, steps, out):
    state = ways.begun(run, device, ranks)
    terms = [ways.step_of(run)(state, data, run, ranks) for _ in range(steps)][-1]
    values = torch.stack([value.float() for value in terms.values()])
    ranks.average([values])
    torch.save([state.state_dict(), values], out / f"{ranks.rank}.pt")


@pytest.mark.parametrize("name", ["timegan", "flow_matching"])
def test_two_processes(name, tmp_path):
    """They stay equal; for a loss that is a mean over items they are also equal to one process.

    TimeGAN's roots and moments are of a process's own share.
    """
    sgd = {"generator": SGD(learning_rate=0.1)}
    sgd = sgd if name == "flow_matching" else sgd | {"discriminator": SGD(learning_rate=0.1)}
    run = run_of(name, processes=2, **sgd)
    data = Data.on(CPU, encoded(run))
    assert in_two_processes(steps_of_a_rank, run, data, 9, tmp_path) == [0, 0]
    (first, terms), (second, _) = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert checkpoint.checksum(first | {"terms": 0}) == checkpoint.checksum(second | {"terms": 0})
    if name == "flow_matching":
        single = run_of(name, **sgd)
        alone = ways.begun(single, CPU, ALONE)
        found = [ways.step_of(single)(alone, data, single, ALONE) for _ in range(9)][-1]
        assert_close(terms, torch.stack(list(found.values())), rtol=1e-4, atol=1e-6)
        assert_close(alone.state_dict()["G"], first["G"], rtol=1e-4, atol=1e-6)


REFUSED = {
    "timegan": [
        ({"steps": 7}, "steps must be more than the 7 of embedding_steps and supervised_steps"),
        ({"discriminator_updates": 2}, "discriminator_updates means nothing to timegan"),
        ({"first": "generator"}, "first means nothing to timegan; leave it out"),
        ({"fast": Fast(precision="bfloat16")}, "timegan has no fast way but precision: tf32"),
        ({"fast": Fast(cuda_graph=True)}, "timegan has no fast way but precision: tf32"),
        ({"wait_below": 0.5}, "wait_below is not for timegan"),
    ],
    "flow_matching": [
        ({"generator_updates": 2}, "generator_updates means nothing to flow_matching"),
        ({"discriminator": SGD(learning_rate=1.0)}, "discriminator means nothing to flow_match"),
        ({"penalty_every": 2}, "penalty_every means nothing to flow_matching"),
        ({"batch_size": 50}, "batch_size must be at most the 40 series"),
    ],
}


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [(name, *case) for name, cases in REFUSED.items() for case in cases],
)
def test_settings_that_mean_nothing_are_refused(name, settings, message):
    with pytest.raises(UserError, match=rf"^models\.toy.*: {message}"):
        run_of(name, **settings)


@pytest.mark.parametrize("name", MODELS)
def test_no_loss_is_taken(name):
    run = run_of(name)
    message = f"{run.model.name} has losses of its own; leave out loss"
    with pytest.raises(UserError, match=message):
        replace(run, loss=NonSaturating())
    recipe = Recipe(model=run.model, representation="r", training=run.training)
    with pytest.raises(ValueError, match=message):
        replace(recipe, loss=NonSaturating())
    with pytest.raises(ValueError, match=r"training: this setting is missing"):
        replace(recipe, training=None)


def test_a_flow_has_no_discriminator():
    with pytest.raises(TypeError, match="flow_matching has no discriminator"):
        run_of("flow_matching").discriminator()


def test_a_sigmoid_needs_a_bounded_representation():
    standard = run_of("flow_matching").data
    timegan, flow = (
        Recipe(model=MODELS[name], representation="standard", training=run_of(name).training)
        for name in ("timegan", "flow_matching")
    )
    with pytest.raises(ValueError, match=r"the generator ends in sigmoid, within \[-1, 1\], and"):
        require_range(timegan, standard)
    require_range(flow, standard)
