"""Trainings under a condition, from params.yaml to the column beside the samples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

from rpgan import params, series
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.losses import WGANGP, NonSaturating
from rpgan.models import WaveGAN
from rpgan.models.conditional import told
from rpgan.models.conditions import Class, Number
from rpgan.processes import FGN
from rpgan.processes.parameter_laws import Choice, Uniform
from rpgan.representations import Pad, Scale, chain
from rpgan.spec import plain
from rpgan.stages.represent import represent
from rpgan.stages.sample import made_from, sample, tensors, values_asked
from rpgan.stages.simulate import simulate
from rpgan.stages.train import train as stage
from rpgan.training import checkpoint
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training
from rpgan.training.state import State
from rpgan.training.step import train_step

CPU = torch.device("cpu")
HURST = Number(on="hurst", low=0.1, high=0.9)


@pytest.fixture
def asked(run):
    """The toy training, told the Hurst exponent of each series."""
    law = {"hurst": Uniform(low=0.1, high=0.9)}
    data = replace(run.data, draw=replace(run.data.draw, varying=law))
    training = replace(run.training, steps=3)
    return replace(run, data=data, condition=HURST, training=training)


def prepared(run, folder):
    """The tensors of `run`, from the stages before."""
    simulate(run.data.draw, folder / "series.arrow")
    represent(run.data, folder / "series.arrow", folder / "tensors.arrow")
    return folder / "tensors.arrow"


def trained(run, folder):
    files = [folder / name for name in ("g.pt", "h.parquet", "u.pt")]
    stage(run, prepared(run, folder), *files, device=CPU, interval=0)
    return files[0]


def sampled(run, n, generator, **settings):
    """The file of samples."""
    files = [generator.with_name(name) for name in ("samples.arrow", "untrained.arrow")]
    sample(run, n, generator, *files, device=CPU, **settings)
    return files[0]


def test_values_follow_the_series_to_the_tensors(asked, tmp_path):
    tensors = prepared(asked, tmp_path)
    _, values = asked.data.draw.series_and_values()
    assert np.array_equal(series.read_beside(tensors)["hurst"], values["hurst"])


@pytest.mark.parametrize("by", ["projection", "concatenation", "auxiliary"])
def test_from_settings_to_series(asked, by, tmp_path):
    run = replace(asked, condition=replace(HURST, by=by))
    generator = trained(run, tmp_path)
    file = sampled(run, 300, generator)
    made = series.read(file, made_from(run, 300, True))
    told_values = series.read_beside(file)["hurst"]
    known = series.read_beside(tmp_path / "tensors.arrow")["hurst"]
    assert made.shape == (300, 32)
    assert np.isin(told_values, known).all()
    assert len(np.unique(told_values)) > 50, "of 64, each drawn with probability 0.991"
    assert np.array_equal(
        series.read_beside(file.with_name("untrained.arrow"))["hurst"], told_values
    )
    # The network, told these very values, makes these series.
    saved, state = checkpoint.load(generator, CPU), series.read_state(tmp_path / "tensors.arrow")
    G = State(run, CPU).G
    G.load_state_dict(saved["G"])
    whole = tensors(run, G, 300, CPU, told_values)
    assert np.array_equal(chain.decode(run.data.steps, state, whole).astype(np.float32), made)
    others = np.where(np.arange(300) < 256, told_values, told_values[::-1])  # of the second batch
    apart = np.abs(whole - tensors(run, G, 300, CPU, others)).mean((1, 2))
    assert (apart[:256] == 0).all()
    assert (apart[256:] > 0.001 * whole.std()).mean() > 0.9


def test_any_value_may_be_asked_for(asked, tmp_path):
    generator = trained(asked, tmp_path)
    file = sampled(asked, 20, generator, given=0.35)
    assert series.read_beside(file)["hurst"].tolist() == [0.35] * 20
    one = series.read(file, made_from(asked, 20, True, given=0.35))
    other = series.read_any(sampled(asked, 20, generator, given=0.75))[0]
    assert not np.allclose(one, other)
    with pytest.raises(UserError, match="given"):  # evaluated as what it is not
        series.read(file, made_from(asked, 20, True))
    with pytest.raises(UserError, match=r"hurst must lie in \[0.1, 0.9\], .* got 0.95"):
        sampled(asked, 20, generator, given=0.95)


def test_classes_stay_what_they_are(asked):
    labels = torch.tensor([3, 4])
    run = replace(asked, condition=Class(on="hurst", values=(3, 4)))
    drawn, one = (values_asked(run, labels, 50, None, given) for given in (None, 4.0))
    assert drawn is not None
    assert one is not None
    assert drawn.dtype == one.dtype == np.int64
    assert set(drawn) == {3, 4}
    assert set(one) == {4}
    with pytest.raises(UserError, match="hurst must be one of 3, 4"):
        values_asked(run, labels, 50, None, 3.5)


def test_another_seed_asks_for_other_values(asked, tmp_path):
    generator = trained(asked, tmp_path)
    few, many, other = (
        series.read_beside(sampled(asked, n, generator, seed=seed))["hurst"]
        for n, seed in ((10, None), (300, None), (10, 5))
    )
    assert np.array_equal(few, many[:10])
    assert not np.array_equal(few, other)


def test_who_is_told_nothing_is_asked_for_nothing(run, asked, tmp_path):
    short = replace(run, training=replace(run.training, steps=2))
    with pytest.raises(UserError, match=r"models\.toy has no condition; leave out --given"):
        sampled(short, 20, trained(short, tmp_path), given=0.35)
    with pytest.raises(
        UserError, match=r"models\.toy makes no images of label maps; leave out --m"
    ):
        sampled(short, 20, tmp_path / "g.pt", maps=tmp_path)
    signal = replace(asked, condition=replace(HURST, by="signal"))
    with pytest.raises(UserError, match=r"models\.toy makes hurst itself; leave out --given"):
        sampled(signal, 20, trained(signal, tmp_path), given=0.35)


@pytest.mark.parametrize("kind", ["number", "class"])
def test_a_signal_is_made_with_the_series(asked, kind, tmp_path):
    """RCGAN's predicted labels: further channels that are read and taken away in the end."""
    condition, run = replace(HURST, by="signal"), asked
    if kind == "class":
        varying = {"hurst": Choice(values=(0.2, 0.8))}
        run = replace(run, data=replace(run.data, draw=replace(run.data.draw, varying=varying)))
        condition = Class(on="hurst", values=(0.2, 0.8), by="signal")
    run = replace(run, condition=condition)
    assert run.shape == (1 + condition.count, 32)
    file = sampled(run, 40, trained(run, tmp_path))
    made, said = series.read(file, made_from(run, 40, True)), series.read_beside(file)["hurst"]
    assert made.shape == (40, 32)
    assert said.shape == (40,)
    assert np.isin(said, (0.2, 0.8)).all() if kind == "class" else len(np.unique(said)) > 30
    data = run.shown(Data(torch.zeros(2, 1, 32), torch.tensor([[1.0] * condition.count] * 2)))
    assert data.given is None
    assert (data.items[:, 1:] == 1).all()


def test_a_set_without_the_column(asked, run, tmp_path):
    tensors = prepared(asked, tmp_path)
    drawn = series.read_any(tensors)[0]
    series.write(tensors, drawn, plain(asked.data), series.read_state(tensors))
    files = [tmp_path / name for name in ("g.pt", "h.parquet", "u.pt")]
    with pytest.raises(UserError, match="wanted a column 'hurst', found the tensors alone"):
        stage(asked, tensors, *files, device=CPU, interval=0)


def told_data(run):
    real, values = run.data.draw.series_and_values()
    encoded = chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)
    return Data.on(CPU, encoded, run.condition.encode(values[run.condition.on]))


def weights(state):
    parts = state.state_dict()
    return torch.cat([w.ravel() for part in ("G", "D", "G_average") for w in parts[part].values()])


def test_resumed_trainings_go_on_as_they_were(asked):
    data, straight, broken = told_data(asked), State(asked, CPU), State(asked, CPU)
    for _ in range(4):
        train_step(straight, data, asked)
    for _ in range(2):
        train_step(broken, data, asked)
    again = State(asked, CPU)
    again.load_state_dict(broken.state_dict())
    for _ in range(2):
        train_step(again, data, asked)
    assert torch.equal(weights(straight), weights(again))


def test_items_are_drawn_with_what_is_given_of_them():
    data = Data(torch.arange(50.0)[:, None, None], torch.arange(50.0)[:, None])
    items, given = data.draw(200)
    assert given is not None
    assert torch.equal(items[:, 0], given)
    kept = data.split(10)
    assert (kept.items.max(), len(kept.items)) == (39, 40)
    assert kept.held_out is not None
    assert kept.held_out.given is not None
    assert kept.held_out.given.min() == 40
    others = [Data(data.items), Data(data.items, -data.items[:, 0]), kept, data.split(11)]
    assert len({data.digest(), *(other.digest() for other in others)}) == 5


def levels(labels):
    """Series at +1/2 or -1/2 with a little noise, and what is said of each."""
    torch.manual_seed(0)
    level = (torch.arange(400) % 2).float() - 0.5
    items = level[:, None, None] + 0.1 * torch.randn(400, 1, 32)
    return Data(items, torch.eye(2)[labels])


@pytest.mark.parametrize("by", ["projection", "concatenation", "auxiliary"])
def test_conditions_reach_both_networks_with_their_own_items(run, by):
    """Told which level is whose the generator makes them; told at random it cannot."""
    law = {"hurst": Choice(values=(0.2, 0.8))}
    adam = Adam(learning_rate=2e-3, betas=(0.5, 0.9))
    told_run = replace(
        run,
        data=replace(run.data, draw=replace(run.data.draw, varying=law)),
        loss=NonSaturating(),
        condition=Class(on="hurst", values=(0.2, 0.8), by=by),
        training=replace(run.training, generator=adam, discriminator=adam),
    )
    right = torch.arange(400) % 2
    at_random = right[torch.randperm(400, generator=torch.Generator().manual_seed(1))]

    def apart(labels):
        state, data = State(told_run, CPU), levels(labels)
        for _ in range(60):
            train_step(state, data, told_run)
        z, one = run.latents(200, CPU), torch.ones(200, 1)
        with torch.no_grad():
            high, low = (told(state.G, one * torch.eye(2)[i])(z).mean() for i in (1, 0))
        return (high - low).item()

    assert apart(right) > 0.6, "of 1 between the levels"
    assert abs(apart(at_random)) < 0.3


@pytest.mark.slow
def test_the_hurst_exponent_of_samples_follows_the_one_asked_for(tmp_path):
    """Correlation above 0.6 after 400 steps; FGN's own is 0.93, and one of random weights small."""
    adam = Adam(learning_rate=1e-3, betas=(0.5, 0.9))
    law = {"hurst": Uniform(low=0.1, high=0.9)}
    process = FGN(hurst=0.5)
    draw = Draw(dataset="d", part="train", process=process, varying=law, length=64, n=2048, seed=1)
    run = Run(
        data=Encoding(draw=draw, steps=(Pad(), Scale())),
        label="toy",
        replicate=0,
        seed=3,
        model=WaveGAN(channels=32, levels=2),
        loss=WGANGP(),
        condition=HURST,
        training=Training(
            steps=400,
            batch_size=32,
            discriminator_updates=3,
            generator=adam,
            discriminator=adam,
            ema_half_life=10,
        ),
    )
    fitted = chain.fit(run.data.steps, draw.series())
    asked = np.linspace(0.1, 0.9, 512)

    def correlation(G):
        made = chain.decode(run.data.steps, fitted, tensors(run, G, 512, CPU, asked))
        return np.corrcoef(asked, process.estimate(made.reshape(512, -1))["hurst"])[0, 1]

    assert abs(correlation(State(run, CPU).G)) < 0.3
    state, _ = train(run, told_data(run), tmp_path / "u.pt", interval=1e9)
    assert correlation(state.sampler) > 0.6


CONDITION = {"name": "number", "on": "hurst", "low": 0.1, "high": 0.9}
CLASS = {"name": "class", "on": "hurst", "values": [0.2, 0.8]}


@pytest.fixture
def toy():
    """params.yaml of the workflow's tests, with a set of varying Hurst exponents beside."""
    data = YAML(typ="safe").load(Path(__file__).parents[1] / "workflow" / "params.yaml")
    fgn = {"name": "fgn", "hurst": {"name": "uniform", "low": 0.1, "high": 0.9}}
    data["datasets"]["mixed"] = {"process": fgn, "length": 64, "n_train": 64, "n_test": 16}
    return data


@pytest.mark.parametrize(
    ("dataset", "condition", "model", "message"),
    [
        ("mixed", CONDITION | {"on": "rate"}, {}, "no such column beside the series, where there"),
        ("fgn_h0.3", CONDITION, {}, "where there is nothing; name one of them, or give"),
        ("mixed", CONDITION | {"low": 0.2}, {}, "hurst has values from 0.1 to 0.9, beyond"),
        ("mixed", CLASS, {}, "hurst has the law uniform, which is no choice of classes"),
        ("mixed", CONDITION, {"model": {"name": "c_rnn_gan"}}, "c_rnn_gan cannot be told"),
        ("mixed", CONDITION | {"by": "hearsay"}, {}, "models.told.condition.by: input should"),
        ("mixed", CONDITION | {"high": 0}, {}, "models.told.condition: number needs low < high"),
        ("mixed", {"name": "colour"}, {}, "unknown name 'colour'; allowed: 'number', 'class'"),
        (
            "mixed",
            None,
            {"model": {"name": "iid_bootstrap"}, "loss": None, "training": None},
            "iid_bootstrap takes no condition, because it has a training of its own",
        ),
        (
            "bands",
            {"name": "class", "on": "band", "values": [0, 1], "wrong_labels": True},
            {"loss": {"name": "wgan_gp"}},
            "wrong_labels needs a loss in which a score by itself says how real an item is",
        ),
        (
            "bands",
            {"name": "class", "on": "band", "values": [0, 2]},
            {},
            "band can be 1, which the condition's values 0, 2 lack; add it",
        ),
    ],
)
def test_mistakes_are_one_line_before_any_job(toy, dataset, condition, model, message):
    band = {"name": "band_noise", "band": {"name": "choice", "values": [0, 1]}}
    toy["datasets"]["bands"] = toy["datasets"]["mixed"] | {"process": band}
    recipe = toy["models"]["wavegan"] | model | {"condition": condition or CONDITION}
    toy["models"]["told"] = {key: value for key, value in recipe.items() if value is not None}
    with pytest.raises(UserError) as caught:
        params.check(toy).run(dataset, "told", 0)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("dataset", "condition"),
    [("mixed", CONDITION), ("mixed", CONDITION | {"by": "signal"})],
)
def test_what_fits_is_taken(toy, dataset, condition):
    toy["models"]["told"] = toy["models"]["wavegan"] | {"condition": condition}
    run = params.check(toy).run(dataset, "told", 0)
    assert run.condition == Number(**{k: v for k, v in condition.items() if k != "name"})
