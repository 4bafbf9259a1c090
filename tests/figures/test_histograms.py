import numpy as np
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose

from rpgan import layout, tables
from rpgan.figures import histograms, style
from rpgan.figures.family import select


def panels(family, root):
    figure = histograms.draw(family, root)
    return np.reshape(np.array(figure.axes), (len(family.members), -1))


def outlines(ax, colour):
    """(heights, edges) of the lines of one colour."""
    return [
        (patch.get_data().values, patch.get_data().edges)
        for patch in ax.patches
        if to_hex(patch.get_edgecolor()) == to_hex(colour) and not patch.get_fill()
    ]


def estimates(root, name, model="", replicate=0):
    path = layout.law("fgn_h0.1", "estimates")
    if model:
        path = layout.run("fgn_h0.1", model, replicate, "estimates.parquet")
    own = select(tables.read(root / path), parameter=name, set="fake" if model else "real")
    return own["estimate"].to_numpy()


def test_every_set_is_a_density_in_common_bins(family, root):
    found = panels(family, root)
    assert found.shape == (3, 2)
    for ax, name in zip(found[0], ("hurst", "scale"), strict=True):
        ((target, edges),) = outlines(ax, style.TARGET)
        assert len(target) == 50
        wanted = np.histogram(estimates(root, name), edges)[0] / 32 / np.diff(edges)
        assert_allclose(target, wanted)
        for model, colour in zip(family.models, style.COLOURS, strict=False):
            ((heights, own_edges),) = outlines(ax, colour)
            values = np.concatenate([estimates(root, name, model, r) for r in range(2)])
            assert_allclose(own_edges, edges)
            assert_allclose(heights, np.histogram(values, edges)[0] / 64 / np.diff(edges))


def test_the_true_value_is_marked(family, root):
    for row, value in zip(panels(family, root), family.members.values(), strict=True):
        hurst, scale = ([line.get_xdata()[0] for line in ax.lines] for ax in row)
        assert (hurst, scale) == ([value], [1.0])


def test_missing_estimates_do_not_count_and_a_set_without_any_has_no_line(family, root):
    for replicate, kept in ((0, 0), (1, 2)):
        path = root / layout.run("fgn_h0.1", "wavegan", replicate, "estimates.parquet")
        table = tables.read(path).reset_index(drop=True)
        own = np.flatnonzero((table["set"] == "fake") & (table["parameter"] == "hurst"))
        table.loc[own, "estimate"] = np.nan
        table.loc[own[:kept], "estimate"] = 0.1
        tables.write(path, table, tables.read_any(path)[1])
    ax = panels(family, root)[0, 0]
    ((heights, edges),) = outlines(ax, style.COLOURS[0])
    assert_allclose(heights @ np.diff(edges), 1)
    table.loc[own, "estimate"] = np.nan
    tables.write(path, table, tables.read_any(path)[1])
    assert not outlines(panels(family, root)[0, 0], style.COLOURS[0])


def test_bins_hold_nearly_all_and_the_true_value():
    rng = np.random.default_rng(0)
    sets = [rng.standard_normal(1000), 5 + rng.standard_normal(1000)]
    edges = histograms.bins(sets, np.array([-7.0]))
    assert edges[0] < -7
    assert 7 < edges[-1] < 8.5  # beyond the .995 quantile of the second, 7.58
    assert_allclose(np.diff(edges), edges[1] - edges[0])
    same = histograms.bins([np.ones(4)], np.array([1.0]))
    assert same[0] < 1 < same[-1]
