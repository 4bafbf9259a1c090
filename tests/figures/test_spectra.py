from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan import layout, tables
from rpgan.figures import spectra, style


def table(root, family, *run):
    dataset = next(iter(family.members))
    path = layout.law(dataset, "spectra")
    if run:
        path = layout.run(dataset, run[0], run[1], "spectra.parquet")
    return tables.read(root / path)


def panels(family, root) -> list[Any]:
    return spectra.draw(family, root).axes


def test_target_and_its_band_are_those_of_the_table(family, root):
    ax = panels(family, root)[0]
    wanted = table(root, family)
    (target,) = [line for line in ax.lines if line.get_color() == style.TARGET]
    assert_allclose(target.get_xdata(), wanted["frequency"])
    assert_allclose(target.get_ydata(), 10 * np.log10(wanted["median"]))
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert_allclose(heights.min(), 10 * np.log10(wanted["low"].min()))
    assert_allclose(heights.max(), 10 * np.log10(wanted["high"].max()))


@pytest.mark.parametrize("model", ["wavegan", "stftgan"])
def test_every_replicate_is_a_line_before_and_after_training(family, root, model):
    ax = panels(family, root)[0]
    colour = style.look(family.models, model)["color"]
    own = [line for line in ax.lines if line.get_color() == colour]
    dotted = [line.get_ydata() for line in own if line.get_linestyle() == ":"]
    solid = [line.get_ydata() for line in own if line.get_linestyle() != ":"]
    for name, found in {"untrained": dotted, "fake": solid}.items():
        parts = [table(root, family, model, replicate) for replicate in range(2)]
        wanted = [part.loc[part["set"] == name, "median"] for part in parts]
        assert_allclose(np.stack(found), 10 * np.log10(np.stack(wanted)))


@pytest.mark.parametrize("members", [1, 2, 4, 5, 12])
def test_one_panel_for_each_member(members, of_size, folder_of):
    family = of_size(members)
    root = folder_of(family)
    axes = panels(family, root)
    titles = [f"Hurst exponent {value:g}" for value in family.members.values()]
    assert [ax.get_title() for ax in axes] == titles
    assert all(ax.lines for ax in axes)


def test_no_power_is_a_gap_and_the_target_sets_the_depth(family, root):
    path = root / layout.run(next(iter(family.members)), "wavegan", 0, "spectra.parquet")
    rows = tables.read(path)
    rows.loc[5, "median"] = 0.0
    rows.loc[6, "median"] = 1e-30
    tables.write(path, rows, tables.read_any(path)[1])
    ax = panels(family, root)[0]
    gaps = [np.flatnonzero(np.isnan(np.asarray(line.get_ydata()))) for line in ax.lines]
    assert [list(gap) for gap in gaps if len(gap)] == [[5]]
    assert ax.get_ylim()[0] > -spectra.DEPTH - 10
