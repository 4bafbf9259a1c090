from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from rpgan.figures import density_coverage, style
from rpgan.figures.family import metrics, numbers, select

FGN, BG = {"name": "fgn"}, {"name": "bernoulli_gaussian"}


@pytest.fixture
def scores(family, root):
    """Density and coverage of all runs, with published intervals other than those of the table."""
    table = metrics(family, root)
    ends = [
        select(table, metric=name).assign(
            metric=f"{name}_{end}", value=lambda t, by=by: t["value"] + by
        )
        for name in ("legacy_density", "legacy_coverage")
        for end, by in (("low", -0.2), ("high", 0.1))
    ]
    return pd.concat([table, *ends], ignore_index=True)


def panels(*wanted) -> list[Any]:
    return density_coverage.plot(*wanted).axes


def runs_of(ax, marker="s"):
    (found,) = [c for c in ax.containers if c.lines[0].get_marker() == marker]
    bars = np.stack([segment[:, 1] for segment in found.lines[2][0].get_segments()])
    return np.asarray(found.lines[0].get_ydata()), bars


def test_values_lie_between_the_ends_that_were_published(family, scores):
    axes = panels(family, scores, FGN)
    assert [ax.get_ylabel() for ax in axes] == [
        "density\n(time warping)",
        "coverage\n(time warping)",
    ]
    for ax, name in zip(axes, ("legacy_density", "legacy_coverage"), strict=True):
        wanted = numbers(select(scores, metric=name, model="wavegan"), "value")
        value, ends = runs_of(ax)
        assert_allclose(value, wanted)
        assert_allclose(ends, np.add.outer(wanted, [-0.2, 0.1]))
        assert ax.get_yscale() == "linear"


def test_the_floor_is_drawn_in(family, scores):
    for ax in panels(family, scores, FGN):
        (floor,) = [line for line in ax.lines if line.get_color() == style.TARGET]
        assert_allclose(floor.get_ydata(), 0.05)


def test_published_limits_and_what_they_leave_out(family, scores):
    axes = panels(replace(family, axes="published"), scores, FGN)
    assert [ax.get_ylim() for ax in axes] == [(-0.02, 2.25), (-0.01, 1.02)]
    assert axes[0].get_title(loc="right") == ""
    assert axes[1].get_title(loc="right") == "4 of 12 beyond"  # 1.1 and more, of H = 0.9


def test_a_broken_axis_shows_the_runs_in_both_parts(family, scores):
    """As published for impulses: from -0.1 to 2, and from 8 to 42."""
    own = (scores["metric"] == "legacy_density") & (scores["model"] == "stftgan")
    scores.loc[own, "value"] += 20
    impulsive = replace(family, process="bernoulli_gaussian", axes="published")
    upper, lower, coverage = panels(impulsive, scores, BG)
    assert (lower.get_ylim(), upper.get_ylim()) == ((-0.1, 2), (8, 42))
    for part in (lower, upper):
        assert runs_of(part, "o")[0].min() > 20
        assert runs_of(part, "s")[0].max() < 2
    assert not upper.spines["bottom"].get_visible()
    assert upper.get_title(loc="right") == ""
    assert coverage.get_xlabel() == "Hurst exponent"


def test_without_them_that_is_said(family, scores):
    left = scores[~scores["metric"].str.startswith("legacy_")]
    figure = density_coverage.plot(family, left, FGN)
    assert not figure.axes
    assert "no legacy_density or legacy_coverage" in str(figure.get_suptitle())
