"""TimeGAN: published counts, losses by their formulas, who learns in which phase."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.models import TimeGAN
from rpgan.models.cells import Cell
from rpgan.models.timegan import from_items, to_items
from rpgan.params import load
from rpgan.processes import FGN, Sines
from rpgan.representations import Scale, chain
from rpgan.stages.sample import tensors
from rpgan.training.data import Data
from rpgan.training.loop import train
from rpgan.training.ranks import ALONE, Ranks
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training
from rpgan.training.timegan import (
    TimeGANState,
    discriminator_terms,
    embedder_terms,
    generator_terms,
    timegan_step,
    total,
)

CPU = torch.device("cpu")
CELLS = get_args(Cell)
SMALL = TimeGAN(hidden=6, layers=2, embedding_steps=2, supervised_steps=2)


def run_of(model=SMALL, steps=6, process=None, length=9, **settings):
    adam = Adam(learning_rate=1e-3, betas=(0.9, 0.999))
    process = process or FGN(hurst=0.8)
    draw = Draw(dataset="d", part="train", process=process, length=length, n=300, seed=1)
    return Run(
        data=Encoding(draw=draw, steps=(Scale(kind="global_min_max"),)),
        label="toy",
        replicate=0,
        seed=3,
        model=model,
        training=Training(
            steps=steps,
            **{"batch_size": 16, "generator_updates": 2, "generator": adam, "discriminator": adam}
            | settings,
        ),
    )


def encoded(run):
    real = run.data.draw.series()
    return chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("channels", "counts"),
    [
        (5, [9_816, 10_709, 9_816, 7_656, 10_609]),
        (6, [9_888, 10_734, 9_888, 7_656, 10_609]),
        (28, [11_472, 11_284, 11_472, 7_656, 10_609]),
    ],
)
def test_published_parameter_counts(channels, counts):
    model, shape = TimeGAN(), (channels, 24)
    G = model.generator(shape)
    networks = [model.embedder(shape), G.recovery, G.generator, G.supervisor]
    assert [count(network) for network in (*networks, model.discriminator(shape))] == counts


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_ranges(cell, channels):
    """Of one channel as well."""
    torch.manual_seed(0)
    model, shape = TimeGAN(cell=cell, hidden=6), (channels, 8)
    z = model.latents(2000, CPU, shape)
    assert z.shape == (2000, 8, channels)
    assert 0 <= z.min() < 0.01
    assert 0.99 < z.max() < 1
    x = model.generator(shape)(z[:50])
    assert x.shape == (50, *shape)
    assert -1 <= x.min() < x.max() <= 1
    codes = model.embedder(shape)(from_items(x))
    assert codes.shape == (50, 8, 6)
    assert 0 <= codes.min() < codes.max() <= 1
    scores = 1e3 * model.discriminator(shape)(codes)
    assert scores.shape == (50, 8, 1)
    assert scores.abs().max() > 1, "no probabilities"


def test_items_in_and_out():
    x = torch.tensor([[[0.0, 0.25], [0.5, 1.0], [0.75, 0.0]]])
    assert to_items(x).tolist() == [[[-1, 0, 0.5], [-0.5, 1, -1]]]
    assert_close(from_items(to_items(x)), x)


def bce(logits, label):
    p = 1 / (1 + np.exp(-logits))
    return -(label * np.log(p) + (1 - label) * np.log(1 - p)).mean()


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_losses_by_their_formulas(weight):
    torch.manual_seed(0)
    run = run_of(replace(SMALL, unsupervised_weight=weight), process=Sines(channels=2))
    state = TimeGANState(run, CPU)
    x, z = torch.rand(16, 9, 2), run.latents(16, CPU)
    G, F = state.G, {}
    with torch.no_grad():
        F["H"] = state.embedder(x)
        F["again"] = G.recovery(F["H"])
        F["E"] = G.generator(z)
        F["HE"] = G.supervisor(F["E"])
        F["S"] = G.supervisor(F["H"])
        F["X"] = G.recovery(F["HE"])
        F |= {f"Y_{name}": state.D(F[name]) for name in ("H", "E", "HE")}
        assert_close(G(z), to_items(F["X"]))  # what samples is what is judged
    f = {name: value.double().numpy() for name, value in F.items()}
    real = x.double().numpy()
    ahead = ((f["H"][:, 1:] - f["S"][:, :-1]) ** 2).mean()
    deviation = [np.sqrt(a.var(axis=0) + 1e-6) for a in (f["X"], real)]
    wanted = {
        "G/fake": bce(f["Y_HE"], 1),
        "G/fake_unsupervised": weight * bce(f["Y_E"], 1),
        "G/supervised": 100 * np.sqrt(ahead),
        "G/deviations": 100 * np.abs(deviation[0] - deviation[1]).mean(),
        "G/means": 100 * np.abs(f["X"].mean(axis=0) - real.mean(axis=0)).mean(),
        "E/reconstruction": 10 * np.sqrt(((f["again"] - real) ** 2).mean()),
        "E/supervised": 0.1 * ahead,
        "D/real": bce(f["Y_H"], 1),
        "D/fake": bce(f["Y_HE"], 0),
        "D/fake_unsupervised": weight * bce(f["Y_E"], 0),
    }
    found = (
        generator_terms(state, x, z) | embedder_terms(state, x) | discriminator_terms(state, x, z)
    )
    assert {k: v.item() for k, v in found.items()} == pytest.approx(wanted, rel=2e-4)


def networks(state):
    return {
        "embedder": state.embedder,
        "recovery": state.G.recovery,
        "generator": state.G.generator,
        "supervisor": state.G.supervisor,
        "discriminator": state.D,
    }


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_who_learns_in_which_phase():
    run = run_of(steps=6)
    state, data = TimeGANState(run, CPU), Data.on(CPU, encoded(run))
    moved, found = [], []
    for _ in range(5):
        before = copy.deepcopy(networks(state))
        found.append(timegan_step(state, data, run))
        pairs = zip(before.values(), networks(state).values(), strict=True)
        moved.append([bool((weights(a) != weights(b)).any()) for a, b in pairs])
        assert torch.equal(weights(state.sampler), weights(state.G)), "no average was asked for"
    autoencoder, supervisor = [True, True, False, False, False], [False, False, False, True, False]
    assert moved == [autoencoder, autoencoder, supervisor, supervisor, [True] * 5]
    assert [{k for k in terms if "/" in k} for terms in found[1:3]] == [
        {"E/reconstruction"},
        {"S/supervised"},
    ]


def steps_of(optimizer):
    return {int(memory["step"]) for memory in optimizer.state.values()}


def test_each_phase_has_optimisers_of_its_own():
    """The generator has two turns a step, its embedder as many, the discriminator one."""
    run = run_of(steps=7)
    state, data = TimeGANState(run, CPU), Data.on(CPU, encoded(run))
    for _ in range(7):
        timegan_step(state, data, run)
    done = {name: steps_of(optimizer) for name, optimizer in state.optimizers.items()}
    assert done == {"embedding": {2}, "supervised": {2}, "G": {6}, "E": {6}, "D": {3}}


@pytest.mark.parametrize(("threshold", "learns"), [(0.0, True), (100.0, False)])
def test_a_good_discriminator_waits(threshold, learns):
    run = run_of(replace(SMALL, threshold=threshold, embedding_steps=0, supervised_steps=0))
    state, data = TimeGANState(run, CPU), Data.on(CPU, encoded(run))
    before = weights(state.D)
    terms = timegan_step(state, data, run)
    assert bool((weights(state.D) != before).any()) is learns
    assert terms["D_waits"].item() is not learns
    assert steps_of(state.optimizers["D"]) == {int(learns)}


def test_the_threshold_is_of_the_whole_loss():
    """Just above the sum of the three terms it waits, just below it learns."""
    run = run_of(replace(SMALL, embedding_steps=0, supervised_steps=0))
    data = Data.on(CPU, encoded(run))
    terms = timegan_step(TimeGANState(run, CPU), data, run)
    loss = sum(value.item() for name, value in terms.items() if name.startswith("D/"))
    for threshold, waits in ((loss - 1e-4, False), (loss + 1e-4, True)):
        other = replace(run, model=replace(run.model, threshold=threshold))
        assert timegan_step(TimeGANState(other, CPU), data, other)["D_waits"].item() is waits


class Twice(Ranks):
    """As if the other processes had found losses that make the mean twice as large."""

    def average(self, tensors):
        for tensor in tensors:
            tensor *= 2


def test_the_loss_of_all_processes_decides():
    terms = {"D/real": torch.tensor(0.5), "D/fake": torch.tensor(0.25)}
    assert total(terms, ALONE).item() == 0.75
    assert total(terms, Twice()).item() == 1.5


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("channels", [1, 2])
def test_gradients_reach_everything(cell, channels):
    torch.manual_seed(0)
    process = Sines(channels=channels)
    run = run_of(replace(SMALL, cell=cell), process=process)
    state = TimeGANState(run, CPU)
    x, z = torch.rand(16, 9, channels), run.latents(16, CPU)
    losses = {
        "G": generator_terms(state, x, z),
        "E": embedder_terms(state, x),
        "D": discriminator_terms(state, x, z),
    }
    for who, terms in losses.items():
        state.learners[who].zero_grad()
        torch.stack([*terms.values()]).sum().backward()
        for name, p in state.learners[who].named_parameters():
            assert p.grad is not None, (who, name)
            assert p.grad.abs().sum() > 0, (who, name)


def test_phases_are_a_function_of_the_step():
    model = TimeGAN(embedding_steps=2, supervised_steps=1)
    assert [model.phase(step) for step in range(5)] == [
        *["embedding"] * 2,
        "supervised",
        *["joint"] * 2,
    ]


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"of shape \(channels, length\), of at least 2 samples"):
        TimeGAN().check((2, 9, 9))
    with pytest.raises(ValueError, match="of at least 2 samples, got"):
        TimeGAN().check((1, 1))
    with pytest.raises(ValueError, match="layers must be at least 2, one more than the superv"):
        TimeGAN(layers=1)
    with pytest.raises(ValueError, match="threshold must be at least 0, got -1"):
        TimeGAN(threshold=-1)


@pytest.mark.slow
def test_it_learns_sines(tmp_path):
    """Its miniature's discriminative score ends at least 0.1 below where it begins.

    Three trainings of a judge each, on 1000 series; the untrained network has about 0.42 of at
    most 0.5, the trained one about 0.21 (0 is perfect).
    """
    from rpgan.judges import ScoreSettings, discriminative_scores

    params = load(Path(__file__).parents[2] / "params.yaml")
    run = params.run("sines_timegan", "timegan_small", 0)
    run = replace(run, data=replace(run.data, draw=replace(run.data.draw, n=1000)))
    data = encoded(run)

    def score(network):
        fake = tensors(run, network, 1000, CPU)
        settings = ScoreSettings(discriminative_steps=500)
        return discriminative_scores(data, fake, seed=0, runs=3, settings=settings).mean()

    before = score(TimeGANState(run, CPU).sampler)
    after = score(train(run, Data.on(CPU, data), tmp_path / "u.pt", 1e9)[0].sampler)
    assert after < before - 0.1
