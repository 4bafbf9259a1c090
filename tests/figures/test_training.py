import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rpgan import layout, tables
from rpgan.figures import training


def panels(family, root, rows=3):
    return np.reshape(np.array(training.draw(family, root).axes), (rows, len(family.models)))


def history(family, root, model, replicate):
    dataset = next(iter(family.members))
    return tables.read(root / layout.run(dataset, model, replicate, "history.parquet"))


def test_each_value_and_its_running_mean(of_size, folder_of):
    family = of_size(1)
    root = folder_of(family)
    found = panels(family, root)
    for column, model in zip(found.T, family.models, strict=True):
        for replicate in range(2):
            rows = history(family, root, model, replicate)
            wasserstein = -rows["D/real"] - rows["D/fake"]
            wanted = [wasserstein, rows["D/gradient_penalty"], rows["G/fake"]]
            for ax, values in zip(column, wanted, strict=True):
                raw, mean = ax.lines[2 * replicate : 2 * replicate + 2]
                assert_array_equal(raw.get_xdata(), rows["step"])
                assert_allclose(raw.get_ydata(), values)
                assert_allclose(mean.get_ydata(), training.running_mean(values.to_numpy()))
    labels = [ax.get_ylabel() for ax in found[:, 0]]
    assert labels == ["estimated\nWasserstein distance", "gradient penalty", "generator loss"]
    assert {ax.get_xlabel() for ax in found[-1]} == {"generator update"}


def test_running_mean_is_centred_and_shorter_at_the_ends():
    values = np.random.default_rng(1).standard_normal(100)
    got = training.running_mean(values)
    assert_allclose(got[50], values[48:53].mean())
    assert_allclose(got[0], values[:3].mean())
    assert_allclose(got[-1], values[-3:].mean())
    assert_allclose(training.running_mean(np.arange(100.0))[2:-2], np.arange(2, 98))


def test_a_term_of_one_phase_is_drawn_there(of_size, folder_of, tmp_path):
    family = of_size(1)
    root = Path(shutil.copytree(folder_of(family), tmp_path / "root"))
    model, dataset = family.models[0], next(iter(family.members))
    path = root / layout.run(dataset, model, 0, "history.parquet")
    rows = tables.read(path)
    late = rows["step"] > rows["step"].median()
    tables.write(
        path, rows.assign(**{"G/fake": rows["G/fake"].where(late)}), tables.read_any(path)[1]
    )
    raw, mean = panels(family, root)[2, 0].lines[:2]
    assert_array_equal(raw.get_xdata(), rows["step"][late])
    assert_allclose(mean.get_ydata(), training.running_mean(rows.loc[late, "G/fake"].to_numpy()))


def test_many_members_are_shades_of_their_models_colour(of_size, folder_of):
    family = of_size(12)
    root = folder_of(family)
    found = panels(family, root)
    for ax in found.flat:
        shades = [line.get_color() for line in ax.lines]
        assert len(shades) == 24
        assert len(set(shades)) == 12
        brightness = np.array(shades).sum(axis=1)
        assert (np.diff(brightness) <= 0).all()


def test_terms_of_another_loss_are_drawn_under_their_own_names(family, root):
    for dataset in family.members:
        for replicate in range(2):
            path = root / layout.run(dataset, "stftgan", replicate, "history.parquet")
            rows = tables.read(path).rename(columns={"D/real": "D/hinge", "D/fake": "G/other_term"})
            tables.write(path, rows, tables.read_any(path)[1])
    found = panels(family, root, rows=5)
    labels = [ax.get_ylabel() for ax in found[:, 0]]
    assert labels[3:] == ["discriminator: hinge", "generator: other term"]
    assert [bool(ax.lines) for ax in found[:, 0]] == [True, True, True, False, False]
    assert [bool(ax.lines) for ax in found[:, 1]] == [False, True, True, True, True]
    assert [len(ax.texts) for ax in found[:, 1]] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("term", ["step", "D/real"])
def test_a_history_without_what_is_needed(family, root, term):
    """Without steps it is refused; without one of the critic's terms the other is drawn alone."""
    for dataset in family.members:
        for model, replicate in family.runs():
            path = root / layout.run(dataset, model, replicate, "history.parquet")
            tables.write(path, tables.read(path).drop(columns=term), tables.read_any(path)[1])
    if term == "step":
        with pytest.raises(ValueError, match="has no column 'step'"):
            training.draw(family, root)
    else:
        assert panels(family, root)[0, 0].get_ylabel() == "discriminator: fake"


def test_only_critics_estimate_a_distance(family, root):
    """Minus the two terms of another loss would be no Wasserstein distance."""
    for dataset in family.members:
        for replicate in range(2):
            path = root / layout.run(dataset, "stftgan", replicate, "history.parquet")
            rows, made_from = tables.read_any(path)
            tables.write(path, rows, made_from | {"loss": {"name": "hinge"}})
    found = panels(family, root, rows=5)
    labels = [ax.get_ylabel() for ax in found[:, 0]]
    assert labels[0] == "estimated\nWasserstein distance"
    assert labels[3:] == ["discriminator: real", "discriminator: fake"]
    assert [bool(ax.lines) for ax in found[:, 1]] == [False, True, True, True, True]


def fit(family, root, model):
    """Put in the histories what is known of a model that is fitted at once."""
    for dataset in family.members:
        for replicate in range(family.replicates):
            path = root / layout.run(dataset, model, replicate, "history.parquet")
            made_from = tables.read_any(path)[1]
            rows = pd.DataFrame({"step": [1], "clipped": [0.1]})
            tables.write(path, rows, made_from | {"loss": None})


def test_a_model_that_is_fitted_at_once_has_no_column(family, root):
    fit(family, root, "wavegan")
    axes = training.draw(family, root).axes
    assert [ax.get_title() for ax in axes] == ["STFT-GAN", "", ""]
    assert all(ax.lines for ax in axes)


def test_models_that_are_fitted_at_once_have_no_curves_and_that_is_said(family, root):
    for model in family.models:
        fit(family, root, model)
    figure = training.draw(family, root)
    assert not figure.axes
    assert "without a loss" in str(figure.get_suptitle())
