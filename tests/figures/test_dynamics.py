from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal

from rpgan import layout, tables
from rpgan.figures import dynamics, style
from rpgan.figures.training import running_mean

PANELS = ["loss", "mean score", "gradient norm"]


def panels(family, root):
    return np.reshape(np.array(dynamics.draw(family, root).axes), (3, len(family.models)))


def tamper(family, root, model, change: Callable[..., tuple[pd.DataFrame, Any]]):
    """Replace the histories of `model` by what `change` makes of their rows and settings."""
    for dataset in family.members:
        for replicate in range(family.replicates):
            path = root / layout.run(dataset, model, replicate, "history.parquet")
            rows, made_from = change(*tables.read_any(path))
            tables.write(path, rows, made_from)


def key(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_losses_are_sums_of_terms_beside_scores_and_norms(of_size, folder_of):
    family = of_size(1)
    root, (dataset,) = folder_of(family), family.members
    found = panels(family, root)
    for column, model in zip(found.T, family.models, strict=True):
        own = to_rgb(style.look(family.models, model)["color"])
        for replicate in range(2):
            path = root / layout.run(dataset, model, replicate, "history.parquet")
            rows: Any = tables.read(path)
            wanted = [
                (rows["D/real"] + rows["D/fake"] + rows["D/gradient_penalty"], rows["G/fake"]),
                (rows["score_real"], rows["score_fake"]),
                (rows["D_gradient_norm"], rows["G_gradient_norm"]),
            ]
            for ax, values in zip(column, wanted, strict=True):
                for i, (curve, colour) in enumerate(zip(values, [(0, 0, 0), own], strict=True)):
                    raw, mean = ax.lines[4 * i + 2 * replicate :][:2]
                    assert_array_equal(raw.get_xdata(), rows["step"])
                    assert_allclose(raw.get_ydata(), curve)
                    assert_allclose(mean.get_ydata(), running_mean(curve.to_numpy()))
                    assert raw.get_color() == mean.get_color() == colour
    assert [ax.get_ylabel() for ax in found[:, 0]] == PANELS
    assert [key(ax) for ax in found[:, -1]] == [
        ["discriminator", "generator"],
        ["real", "generated"],
        ["discriminator", "generator"],
    ]


def test_a_way_of_training_without_a_discriminator(family, root):
    """As flow matching is: no scores, and of losses and norms the generator's alone."""
    tamper(
        family,
        root,
        "stftgan",
        lambda rows, made_from: (rows[["step", "G/fake", "G_gradient_norm"]], made_from),
    )
    found = panels(family, root)
    curves = len(family.members) * family.replicates
    assert [len(ax.lines) for ax in found[:, 0]] == 3 * [2 * curves]
    assert [len(ax.lines) for ax in found[:, 1]] == [curves, 0, curves]
    assert [[text.get_text() for text in ax.texts] for ax in found[:, 1]] == [[], ["has none"], []]


def test_phases_and_further_networks(of_size, folder_of, tmp_path):
    """As of TimeGAN: terms of one phase are drawn there, and all networks are told apart."""
    family = of_size(1)
    rows = pd.DataFrame({"step": [1, 2, 3, 4], "E/reconstruction": [4.0, 3.0, 2.0, 1.0]})
    rows["embedding_gradient_norm"] = [0.5, 0.25, np.nan, np.nan]
    rows["E_gradient_norm"] = [np.nan, np.nan, 0.1, 0.1]
    rows["E/supervised"] = [np.nan, np.nan, 10.0, 20.0]
    rows["G/fake"] = [np.nan, np.nan, 7.0, 8.0]
    path = folder_of(family)
    (dataset,) = family.members
    for model, replicate in family.runs():
        name = layout.run(dataset, model, replicate, "history.parquet")
        made_from = tables.read_any(path / name)[1]
        tables.write(tmp_path / name, rows, made_from | {"loss": None})
    found = panels(family, tmp_path)
    embedder, generator = found[0, 0].lines[0], found[0, 0].lines[4]
    assert_array_equal(embedder.get_ydata(), [4.0, 3.0, 12.0, 21.0])
    assert_array_equal(generator.get_xdata(), [3, 4])
    assert key(found[0, -1]) == ["embedder", "generator"]
    assert key(found[2, -1]) == ["embedder", "first embedder"]
    styles = {line.get_linestyle() for line in found[2, 0].lines[1::2]}
    assert len(styles) == 2


def test_norms_over_decades_have_a_logarithmic_axis(family, root):
    tamper(
        family,
        root,
        "wavegan",
        lambda rows, made_from: (rows.assign(G_gradient_norm=10.0 ** -rows["step"]), made_from),
    )
    assert [ax.get_yscale() for ax in panels(family, root)[2]] == ["log", "linear"]


def test_a_model_fitted_at_once_beside_one_that_is_trained(family, root):
    def fitted(_, made_from):
        return pd.DataFrame({"step": [1], "clipped": [0.1]}), made_from | {"loss": None}

    tamper(family, root, "stftgan", fitted)
    axes = dynamics.draw(family, root).axes
    assert [ax.get_title() for ax in axes] == ["WaveGAN", "", ""]
    assert all(ax.lines for ax in axes)
    tamper(family, root, "wavegan", fitted)
    figure = dynamics.draw(family, root)
    assert not figure.axes
    assert "without a loss" in str(figure.get_suptitle())


@pytest.mark.parametrize("members", [1, 2])
def test_values_themselves_are_drawn_of_one_member(of_size, folder_of, members):
    family = of_size(members)
    lines = panels(family, folder_of(family))[0, 0].lines
    means = 2 * members * family.replicates
    assert len(lines) == (2 * means if members == 1 else means)
