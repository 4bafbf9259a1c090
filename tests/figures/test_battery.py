import numpy as np
import pandas as pd
from numpy.testing import assert_allclose

from rpgan.figures import battery
from rpgan.figures.family import metrics


def named(family, root, names):
    """Scores in which the spectral distance of a family goes by several names."""
    table = metrics(family, root)
    one = table[table["metric"] == "psd_distance"]
    return pd.concat(
        [one.assign(metric=name, value=one["value"] + i) for i, name in enumerate(names)]
    )


def test_a_panel_for_each_value_in_the_order_of_the_list(family, root):
    names = ["energy_distance", "log_spectrum_rms", "unheard_of", "c2st_auc", "acf_distance"]
    figure = battery.plot(family, named(family, root, names), {"name": "fgn"})
    labels = [ax.get_ylabel() for ax in figure.axes]
    order = ["log_spectrum_rms", "acf_distance", "energy_distance", "c2st_auc"]
    assert labels == [battery.VALUES[name] for name in order]
    for ax, name in zip(figure.axes, order, strict=True):
        (runs,) = [line for line in ax.lines if line.get_marker() == "s"]
        assert_allclose(np.min(runs.get_ydata()), 0.3 + names.index(name))


def test_a_value_that_no_run_has_takes_no_panel(family, root):
    scores = named(family, root, ["energy_distance", "c2st_auc"])
    scores.loc[scores["metric"] == "c2st_auc", "value"] = np.nan
    assert len(battery.plot(family, scores, {"name": "fgn"}).axes) == 1


def test_none_of_them_is_said(family, root):
    figure = battery.plot(family, named(family, root, ["unheard_of"]), {"name": "fgn"})
    assert not figure.axes
    assert "none of log_spectrum_rms" in str(figure.get_suptitle())


def test_few_panels_lie_in_one_column(family, root):
    few = battery.plot(family, named(family, root, list(battery.VALUES)[:3]), {"name": "fgn"})
    many = battery.plot(family, named(family, root, list(battery.VALUES)[:4]), {"name": "fgn"})
    assert len({round(ax.get_position().x0, 3) for ax in few.axes}) == 1
    assert len({round(ax.get_position().x0, 3) for ax in many.axes}) == 2


def test_the_axis_begins_at_0_unless_there_are_values_below(family, root):
    scores = named(family, root, ["energy_distance", "acf_distance"])
    scores["floor_low"] = np.where(scores["metric"] == "energy_distance", -0.5, 0.0)
    bottoms = {
        ax.get_ylabel(): ax.get_ylim()[0]
        for ax in battery.plot(family, scores, {"name": "fgn"}).axes
    }
    assert bottoms[battery.VALUES["acf_distance"]] == 0
    assert bottoms[battery.VALUES["energy_distance"]] < -0.5


def test_marks_at_0_are_seen_whole(family, root):
    scores = named(family, root, ["c2st_auc", "acf_distance"])
    scores["floor_low"] = 0.0  # so that both axes are linear
    lowest = scores["metric"] == "c2st_auc"
    scores.loc[lowest & (scores["replicate"] == 0), "value"] = 0.0
    bottoms = {
        ax.get_ylabel(): ax.get_ylim()[0] / ax.get_ylim()[1]
        for ax in battery.plot(family, scores, {"name": "fgn"}).axes
    }
    assert -0.05 < bottoms[battery.VALUES["c2st_auc"]] < 0
    assert bottoms[battery.VALUES["acf_distance"]] == 0
