import numpy as np
from matplotlib.colors import to_hex
from numpy.testing import assert_allclose
from scipy.stats import norm

from rpgan import layout, series
from rpgan.figures import marginals, style


def of_colour(ax, colour):
    return [np.asarray(line.get_xydata()) for line in ax.lines if line.get_color() == colour]


def steps(ax, colour):
    """(heights, edges) of the stairs of one colour."""
    data = [p.get_data() for p in ax.patches if to_hex(p.get_edgecolor()) == to_hex(colour)]
    return [(found.values, found.edges) for found in data]


def test_a_value_that_stands_alone_is_seen(family, made_up, tmp_path):
    """Of a telegraph signal, say: a line through the middles of bins would not show it."""
    made_up(tmp_path, family)
    path = tmp_path / layout.series("fgn_h0.1", "test")
    values, made_from = series.read_any(path)
    series.write(path, np.sign(values), made_from or {})
    ((heights, edges),) = steps(marginals.draw(family, tmp_path).axes[0], style.TARGET)
    assert_allclose((np.nan_to_num(heights) * np.diff(edges)).sum(), 1)
    assert np.isfinite(heights).sum() == 2


def test_densities_count_all_samples_also_those_outside():
    made = marginals.Bins(np.array([0.0, 1.0, 3.0]), 0.0)
    density = made.density(np.array([0.5, 0.5, 2.0, -9.0]))
    assert_allclose(density, [2 / 4 / 1, 1 / 4 / 2])
    assert_allclose(made.density(np.array([2.0, 7.0])), [np.nan, 0.25])
    assert_allclose(made.centres, [0.5, 2.0])


def test_bins_reach_beyond_nearly_all_samples():
    x = np.random.default_rng(0).standard_normal(100_000)
    made = marginals.bins(x)
    assert made.bend == 0
    assert_allclose(made.edges[[0, -1]], 1.3 * norm.ppf(marginals.KEPT), rtol=0.05)
    assert_allclose(np.diff(made.edges), made.edges[1] - made.edges[0])


def test_bins_of_heavy_tails_are_equal_in_asinh():
    """Quartiles of a Cauchy variable are -1 and 1, its .9995 quantile 636.6."""
    x = np.random.default_rng(0).standard_cauchy(1_000_000)
    made = marginals.bins(x)
    assert_allclose(made.bend, 2, rtol=0.02)
    steps = np.diff(np.arcsinh(made.edges / made.bend))
    assert_allclose(steps, steps[0])
    assert_allclose(made.edges[-1], 1.3 * 636.6, rtol=0.15)


def test_every_set_is_a_line_over_that_of_the_law(family, root):
    for ax, dataset in zip(marginals.draw(family, root).axes, family.members, strict=True):
        assert ax.get_yscale() == "log"
        (law,) = of_colour(ax, style.TRUTH)
        assert_allclose(law[:, 1], norm.pdf(law[:, 0]))
        ((target, edges),) = steps(ax, style.TARGET)
        x = (edges[1:] + edges[:-1]) / 2
        test = np.array(series.read_any(root / layout.series(dataset, "test"))[0])
        width = x[1] - x[0]
        wanted = [np.mean(np.abs(test - centre) < width / 2) / width for centre in x]
        assert_allclose(np.nan_to_num(target), wanted, rtol=1e-9)
        for colour in style.COLOURS[:2]:
            assert len(steps(ax, colour)) == family.replicates


def test_heavy_tails_are_on_a_bent_axis_with_a_few_ticks(heavy, made_up, tmp_path):
    made_up(tmp_path, heavy)
    path = tmp_path / layout.series("sas_a1", "test")
    values, made_from = series.read_any(path)
    heavier = np.random.default_rng(0).standard_cauchy(values.shape)
    series.write(path, heavier, made_from or {})
    bent, straight = marginals.draw(heavy, tmp_path).axes
    assert (bent.get_xscale(), straight.get_xscale()) == ("asinh", "linear")
    ticks = bent.get_xticks()
    assert len(ticks) in (3, 5)
    assert_allclose(ticks, -ticks[::-1])
