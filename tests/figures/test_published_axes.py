"""The published axes, and estimates, that figures can have."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rpgan import exhibits, params
from rpgan.errors import UserError
from rpgan.exhibits import FIGURES, TABLES
from rpgan.figures import Family, examples, published, spectra
from rpgan.metrics import LegacyHurst, LegacyImpulses, legacy
from rpgan.metrics.legacy_psd_distance import periodograms
from rpgan.metrics.multitaper import multitaper
from rpgan.processes import FBM, FGN
from rpgan.stages.described import estimates

TOY = Path(__file__).parents[1] / "workflow" / "params.yaml"
SHOT = {"name": "shot_noise", "pulse": "gaussian", "rate": 1.0}


def test_levels_are_those_of_published_medians_of_white_noise():
    """Medians of 1024 series at 500 frequencies: 0.02 dB."""
    x = np.random.default_rng(0).standard_normal((1024, 1024))
    median = np.median(periodograms(x)[:, 4:-4], axis=0).mean()
    ours = np.median(multitaper(x)[1], axis=0).mean()
    assert_allclose(10 * np.log10(median), published.LAW_LEVEL, atol=0.06)
    assert_allclose(10 * np.log10(median / ours), published.LEVEL, atol=0.06)


def test_a_family_has_them_only_if_asked(family):
    assert published.ranges(family, {"name": "fgn"}, "distance") == ()
    asked = replace(family, axes="published")
    assert published.ranges(asked, {"name": "fgn"}, "distance") == ((0, 0.5),)
    assert published.ranges(asked, {"name": "fgn"}, "legacy_hurst") == ((0, 1.02),)
    assert published.ranges(asked, SHOT, "rate") == ((0, 5),)
    assert published.ranges(asked, SHOT, "distance") == ((0, 2.2),)
    assert published.ranges(asked, {"name": "garch"}, "distance") == ()


def test_waveforms_are_those_of_the_published_member(family, made_up, tmp_path):
    family = replace(family, process="fbm", axes="published")
    made_up(tmp_path, family)
    figure = examples.draw(family, tmp_path)
    assert len(figure.axes) == 3 * 3
    assert str(figure.get_suptitle()).endswith("Hurst exponent 0.5")


def test_only_published_members_are_shown_where_only_some_were(of_size):
    family = of_size(9)  # 0.1, 0.2, ..., 0.9
    asked = replace(family, axes="published")
    assert list(published.narrowed(asked, {"name": "fbm"}, "waveforms").members.values()) == [0.5]
    assert published.narrowed(asked, {"name": "fgn"}, "waveforms") == asked
    stable = {"name": "alpha_stable"}
    assert published.narrowed(asked, stable, "waveforms") == asked  # has none of them
    assert published.narrowed(family, {"name": "fbm"}, "waveforms") == family


def test_spectra_have_the_published_frequency_axis_and_limits(family, made_up, tmp_path):
    family = replace(family, process="fbm")
    made_up(tmp_path, family)
    own = spectra.draw(family, tmp_path).axes[0]
    shown = spectra.draw(replace(family, axes="published"), tmp_path).axes[0]
    assert (own.get_xscale(), shown.get_xscale()) == ("log", "linear")
    assert shown.get_ylim() == (-20, 60)
    for one, other in zip(own.lines, shown.lines, strict=True):
        raised = np.asarray(other.get_ydata()) - np.asarray(one.get_ydata())
        assert_allclose(raised, published.LEVEL)


def test_heavy_tails_have_axes_of_their_own(heavy, made_up, tmp_path):
    made_up(tmp_path, heavy)
    target = np.linspace(-1, 1, 1000)
    target[500] = 1e4
    own = {"": np.stack(3 * [target]), "wavegan": np.stack(3 * [np.linspace(-5, 1, 1000)])}
    sets: Any = dict.fromkeys(heavy.members, own)
    settings = {"name": "alpha_stable"}
    asked = replace(heavy, axes="published")
    axes = examples.plot(asked, sets, settings).axes
    assert {ax.get_yscale() for ax in axes} == {"linear"}
    assert axes[0].get_ylim()[1] > 1e4
    assert -6 < axes[1].get_ylim()[0] < axes[1].get_ylim()[1] < 2
    assert examples.plot(heavy, sets, settings).axes[0].get_yscale() == "symlog"


@pytest.mark.parametrize("process", [FGN(hurst=0.3), FBM(hurst=0.3)])
def test_published_estimates_stand_behind_the_laws_own(process):
    x = process.sample(5, 128, np.random.default_rng(0))
    table = estimates(process, [LegacyHurst(), LegacyImpulses()], {"real": x})
    assert list(table["parameter"].unique()) == ["hurst", "legacy_hurst"]
    own = table.loc[table["parameter"] == "legacy_hurst", "estimate"]
    assert_array_equal(own, legacy.hurst(x, process.name))
    assert set(estimates(process, [], {"real": x})["parameter"]) == {"hurst"}
    assert estimates(None, [LegacyHurst()], {"real": x}).empty


def test_kinds_that_need_a_metric_or_a_law_exist_only_with_it():
    family = {"process": "fgn"}
    some = exhibits.kinds(FIGURES, family, {"psd_distance"})
    assert some == [kind for kind in FIGURES if kind != "density_coverage"]
    assert exhibits.kinds(FIGURES, family, {"legacy_density_coverage"}) == list(FIGURES)
    lawless = exhibits.kinds(FIGURES, {"process": ""}, set())
    assert set(some) - set(lawless) == {"histograms", "process"}
    assert exhibits.kinds(TABLES, {"process": ""}, set()) == ["results"]


def test_params_choose_the_axes_of_all_families():
    data = params.read(TOY)
    assert {f["axes"] for f in params.check(data).families().values()} == {"own"}
    found = params.check(data | {"figures": {"axes": "published"}})
    assert {f["axes"] for f in found.families().values()} == {"published"}
    assert "density_coverage" not in found.kinds(FIGURES, "bg")
    data["evaluation"]["metrics"].append({"name": "legacy_density_coverage"})
    assert "density_coverage" in params.check(data).kinds(FIGURES, "bg")
    with pytest.raises(UserError, match=r"figures.axes: .*'own' or 'published'.*got 'paper'"):
        params.check(data | {"figures": {"axes": "paper"}})


def test_inputs_are_those_of_all_members_and_runs():
    family = {"members": {"a": 1.0, "b": 2.0}, "models": ["m"], "replicates": 2}
    assert exhibits.inputs(FIGURES["process"], family) == [
        *("results/a/law/spectra.parquet", "results/b/law/spectra.parquet"),
        *("data/a/test.arrow", "data/b/test.arrow"),
    ]
    runs = [f"results/{d}/m/{r}/history.parquet" for d in "ab" for r in range(2)]
    assert exhibits.inputs(FIGURES["training"], family) == runs


def test_at_most_so_many_members_from_the_first_to_the_last(of_size):
    assert list(of_size(12).spread(3).members.values()) == [0.1, 0.536, 0.9]
    assert of_size(2).spread(3) == of_size(2)
    assert isinstance(of_size(1).spread(3), Family)
