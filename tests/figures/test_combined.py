from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose

from rpgan import layout, tables
from rpgan.figures import combined, style
from rpgan.figures.family import ESTIMATES, described, metrics, numbers, select


def drawn(family, root) -> list[Any]:
    return combined.draw(family, root).axes


def lines(ax, **wanted):
    """The lines of a panel that look like this, as (n, 2) arrays of their points."""
    return [
        np.asarray(line.get_xydata())
        for line in ax.lines
        if all(getattr(line, f"get_{name}")() == value for name, value in wanted.items())
    ]


def medians(ax, marker):
    """The medians that are marked so, in the order of x."""
    points = [points for points in lines(ax, marker=marker, linestyle="None") if len(points)]
    return np.concatenate(sorted(points, key=lambda point: point[0, 0]))[:, 1]


def test_every_run_is_marked_at_its_distance_with_its_interval(family, root):
    ax = drawn(family, root)[0]
    for i, marker in enumerate("so"):
        (runs,) = lines(ax, marker=marker)
        wanted = [
            0.2 + 0.1 * i + 0.01 * replicate + value
            for value in family.members.values()
            for replicate in range(2)
        ]
        assert_allclose(runs[:, 1], wanted)
        (bars,) = [c for c in ax.containers if c.lines[0].get_marker() == marker]
        ends = np.stack([segment[:, 1] for segment in bars.lines[2][0].get_segments()])
        assert_allclose(ends, np.add.outer(wanted, [-0.01, 0.02]))


def test_means_over_replicates_and_untrained_networks(family, root):
    ax = drawn(family, root)[0]
    values = np.array(list(family.members.values()))
    means = [line for line in ax.lines if line.get_marker() == "None" and line.get_linewidth() > 0]
    for i, colour in enumerate(style.COLOURS[:2]):
        (mean,) = [line for line in means if line.get_color() == colour]
        assert_allclose(mean.get_ydata(), 0.205 + 0.1 * i + values)
        (start,) = lines(ax, marker="x", color=colour)
        assert_allclose(start[:, 1], 3 * (0.205 + 0.1 * i + values))


def test_floor_is_a_dashed_line_in_its_band(family, root):
    ax = drawn(family, root)[0]
    (floor,) = lines(ax, color=style.TARGET, linestyle="--")
    assert_allclose(floor[:, 1], 0.05)
    assert floor[0, 0] < min(family.members.values()) < max(family.members.values()) < floor[-1, 0]
    (band,) = ax.collections[:1]
    heights = band.get_paths()[0].vertices[:, 1]
    assert_allclose([heights.min(), heights.max()], [0.04, 0.07])


def test_boxes_hold_the_estimates_of_all_replicates_and_marks_their_medians(family, root):
    ax = drawn(family, root)[1]
    found = select(described(family, "estimates", ESTIMATES, root), parameter="hurst")
    for marker, model, colour in zip(
        "dso", ["", *family.models], [style.TARGET, *style.COLOURS], strict=False
    ):
        own = select(found, model=model, set="fake" if model else "real")
        pooled = [numbers(select(own, dataset=d), "estimate") for d in family.members]
        assert {len(values) for values in pooled} == {64 if model else 32}
        low, q1, median, q3, high = np.quantile(pooled, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
        assert_allclose(box_ends(ax, colour), np.stack([q1, q3]).T)
        ends = [[min(v[v >= a]), max(v[v <= b])] for v, a, b in zip(pooled, low, high, strict=True)]
        sides = [line[:, 1] for line in lines(ax, color=colour, marker="") if len(line) == 2]
        middles = [side for side in sides if side[0] == side[1]]
        assert_allclose(np.sort(np.unique(middles)), np.sort(median))
        whiskers = [side for side in sides if side[0] != side[1]]
        assert_allclose(np.sort([side[1] for side in whiskers]), np.sort(np.ravel(ends)))
        each = [
            np.median(numbers(select(own, dataset=d, replicate=r), "estimate"))
            for d in family.members
            for r in (range(2) if model else [-1])
        ]
        assert_allclose(medians(ax, marker), each)


def box_ends(ax, colour):
    """Quartiles of the boxes of one colour, in the order of x."""
    found = [
        p.get_path().vertices for p in ax.patches if to_hex(p.get_edgecolor()) == to_hex(colour)
    ]
    return [[v[:, 1].min(), v[:, 1].max()] for v in sorted(found, key=lambda v: v[0, 0])]


def test_truth_crosses_each_group(family, root):
    hurst, scale = drawn(family, root)[1:]
    assert_allclose(
        [line[:, 1] for line in lines(hurst, color=style.TRUTH)],
        [[value, value] for value in family.members.values()],
    )
    for line, value in zip(lines(scale, color=style.TRUTH), family.members.values(), strict=True):
        assert_allclose(line[:, 1], 1)
        assert line[0, 0] < value < line[1, 0]


@pytest.mark.parametrize("members", [1, 2, 12])
def test_groups_stand_at_the_true_values_without_overlap(members, of_size, folder_of):
    family = of_size(members)
    root = folder_of(family)
    figure = combined.draw(family, root)
    assert len(figure.axes) == 3
    truths = np.stack([line[:, 0] for line in lines(figure.axes[2], color=style.TRUTH)])
    assert_allclose(truths.mean(axis=1), list(family.members.values()))
    assert (truths[1:, 0] > truths[:-1, 1]).all()
    low, high = figure.axes[2].get_xlim()
    assert low <= truths.min()
    assert truths.max() <= high
    slots = [x for line in lines(figure.axes[1], linestyle="None") for x in line[:, 0]]
    assert len(set(np.round(slots, 9))) == 5 * members


def test_few_members_are_ticks(of_size, folder_of):
    family = of_size(2)
    root = folder_of(family)
    ax = drawn(family, root)[-1]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.1", "0.9"]
    assert ax.get_xlabel() == "Hurst exponent"


def test_distance_of_medians_takes_the_place_of_a_missing_spectrum(family, made_up, tmp_path):
    made_up(tmp_path, family, "legacy_psd_distance")
    axes = drawn(family, tmp_path)
    assert "median spectra" in axes[0].get_ylabel()
    assert_allclose(lines(axes[0], linestyle="--", color=style.TARGET)[0][:, 1], 0.05)


def test_without_any_distance_there_are_the_estimates(family, made_up, tmp_path):
    made_up(tmp_path, family, None)
    axes = drawn(family, tmp_path)
    assert [ax.get_ylabel() for ax in axes] == ["estimated\nHurst exponent", "estimated scale"]


def test_missing_estimates_are_left_out(family, root):
    """A set with some has the quantiles of the rest; one with none has no bar."""
    dataset = next(iter(family.members))
    before, left = medians(drawn(family, root)[1], "s"), []
    for replicate, share in enumerate((0.5, 1.0)):
        path = root / layout.run(dataset, "wavegan", replicate, "estimates.parquet")
        table = tables.read(path)
        own = np.flatnonzero((table["set"] == "fake") & (table["parameter"] == "hurst"))
        table.loc[own[: int(share * len(own))], "estimate"] = np.nan
        tables.write(path, table, tables.read_any(path)[1])
        left += list(table.loc[own[int(share * len(own)) :], "estimate"])
    ax = drawn(family, root)[1]
    assert ax.get_title(loc="right").replace(combined.NO_BREAK, " ") == (
        "no estimate: WaveGAN ≤ 100 %"
    )
    after = medians(ax, "s")
    assert len(after) == len(before) - 1
    assert_allclose(after, [np.median(left), *before[2:]])


def test_a_long_note_takes_several_lines_within_the_figure(of_size, folder_of):
    family = of_size(2)
    figure = combined.draw(family, folder_of(family))
    models = [
        f"model_{i}{combined.NO_BREAK}≤{combined.NO_BREAK}33{combined.NO_BREAK}%" for i in range(6)
    ]
    combined.note(figure.axes[1], [f"no estimate: {', '.join(models)}"])
    figure.draw_without_rendering()
    title = figure.axes[1]._right_title  # type: ignore[attr-defined]
    assert "\n" in title.get_text()
    assert "≤\n" not in title.get_text()
    assert title.get_window_extent().x0 >= 0


def test_published_axes_have_published_limits_places_and_estimates(family, root):
    for dataset in family.members:
        paths = [root / layout.law(dataset, "estimates")]
        paths += [root / layout.run(dataset, m, r, "estimates.parquet") for m, r in family.runs()]
        for path in paths:
            table = tables.read(path)
            more = select(table, parameter="hurst").assign(parameter="legacy_hurst", estimate=0.7)
            tables.write(path, pd.concat([table, more]), tables.read_any(path)[1])
    assert len(drawn(family, root)) == 3
    distance, hurst = drawn(replace(family, axes="published"), root)
    assert distance.get_ylim() == (0, 0.5)
    assert hurst.get_ylim() == (0, 1.02)
    assert set(medians(hurst, "s")) == {0.7}
    assert hurst.get_ylabel() == "Hurst exponent\nby differences"
    target = [line[0, 0] for line in lines(hurst, marker="d")]
    assert_allclose(target, [-0.2, 0.8, 1.8])  # three slots of a fifth about 0, 1, 2
    assert [t.get_text() for t in hurst.get_xticklabels()] == ["0.1", "0.5", "0.9"]
    # of the distances 0.3 to 1.31 those of the two larger members lie beyond 0.5
    assert distance.get_title(loc="right") == "8 of 12 beyond"


def test_without_published_estimates_the_laws_own_have_the_published_limits(family, root):
    axes = drawn(replace(family, axes="published"), root)
    assert [ax.get_ylim() for ax in axes[:2]] == [(0, 0.5), (0, 1.02)]
    assert axes[2].get_ylabel() == "estimated scale"


def test_published_axes_prefer_the_published_distance(family, made_up, tmp_path):
    made_up(tmp_path, family, "legacy_psd_distance")
    scores = metrics(family, tmp_path)
    legacy = scores["metric"] == "legacy_psd_distance"
    both = pd.concat([scores, scores[legacy].assign(metric="psd_distance", value=0.111)])
    none = pd.DataFrame(columns=["set", "parameter", "estimate", "dataset", "model", "replicate"])
    shown = {
        axes: combined.plot(replace(family, axes=axes), both, none, {"name": "fgn"}).axes[0]
        for axes in ("own", "published")
    }
    assert shown["own"].get_ylabel() == combined.DISTANCES["psd_distance"]
    assert set(lines(shown["own"], marker="s")[0][:, 1]) == {0.111}
    assert shown["published"].get_ylabel() == combined.DISTANCES["legacy_psd_distance"]
    assert 0.111 not in lines(shown["published"], marker="s")[0][:, 1]


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("amplitude", "amplitude"),
        ("estimated pulse width [samples]", "estimated pulse width\n[samples]"),
        ("estimated error vector magnitude [dB]", "estimated error\nvector magnitude [dB]"),
        ("estimated correlation of the prefix", "estimated correlation\nof the prefix"),
    ],
)
def test_long_labels_are_broken_where_both_lines_fit(label, lines):
    assert combined.broken(label) == lines
    assert max(map(len, lines.split("\n"))) <= 22
