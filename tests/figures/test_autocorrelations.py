from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rpgan import layout, series
from rpgan.figures import autocorrelations, style


def of_colour(ax, colour):
    """Heights of the lines of one colour."""
    return [np.asarray(line.get_ydata()) for line in ax.lines if line.get_color() == colour]


def test_it_is_the_ratio_of_lagged_products():
    x = np.random.default_rng(0).standard_normal((3, 50)).cumsum(axis=1)
    found = autocorrelations.autocorrelations(x, 24)
    for row, values in zip(found, x, strict=True):
        centred = values - values.mean()
        wanted = [centred[: 50 - k] @ centred[k:] / (centred @ centred) for k in range(25)]
        assert_allclose(row, wanted, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_it_does_not_depend_on_scale_and_a_constant_series_has_none(scale):
    x = np.random.default_rng(0).standard_normal((2, 40))
    wanted = autocorrelations.autocorrelations(x, 5)
    assert_allclose(autocorrelations.autocorrelations(scale * x, 5), wanted, atol=1e-12)
    assert not autocorrelations.autocorrelations(np.full((1, 40), scale), 5).any()


def test_lines_are_medians_over_series_and_the_law_is_exact(family, root):
    axes = autocorrelations.draw(family, root).axes
    for ax, hurst in zip(axes, family.members.values(), strict=True):
        lags = np.arange(33)
        wanted = np.abs(lags + 1) ** (2 * hurst) - 2 * lags ** (2 * hurst)
        wanted = (wanted + np.abs(lags - 1) ** (2 * hurst)) / 2
        law = of_colour(ax, style.TRUTH)[0]
        assert_allclose(law, wanted, atol=1e-12)
    path = root / layout.run("fgn_h0.1", "stftgan", 1, "samples.arrow")
    each = autocorrelations.autocorrelations(np.array(series.read_any(path)[0]), 32)
    own = of_colour(axes[0], style.COLOURS[1])
    assert len(own) == 2
    assert_allclose(own[1], np.median(each, axis=0))


def test_brownian_motion_is_shown_by_its_increments(family, made_up, tmp_path):
    family = replace(family, process="fbm")
    made_up(tmp_path, family)
    for dataset in family.members:
        path = tmp_path / layout.series(dataset, "test")
        values, made_from = series.read_any(path)
        series.write(path, np.array(values).cumsum(axis=1), made_from or {})
    figure = autocorrelations.draw(family, tmp_path)
    assert figure.get_supylabel() == "median autocorrelation\nof increments"
    (target,) = of_colour(figure.axes[1], style.TARGET)
    assert np.abs(target[1:]).max() < 0.2  # white, as H = 0.5
    (law,) = of_colour(figure.axes[1], style.TRUTH)
    assert_allclose(law, np.arange(32) == 0, atol=1e-12)


def test_a_law_without_variance_has_no_line(heavy, made_up, tmp_path):
    made_up(tmp_path, heavy)
    figure = autocorrelations.draw(heavy, tmp_path)
    assert [len(ax.lines) for ax in figure.axes] == [2, 2]
    assert "law" not in [text.get_text() for text in figure.legends[0].get_texts()]
