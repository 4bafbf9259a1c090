from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from rpgan import layout, series, tables
from rpgan.figures import Family, process
from rpgan.figures.published import LAW_LEVEL, LEVEL


def drawn(family, root) -> tuple[list[Any], Any, Any]:
    """Panels of series, and those of spectra and densities."""
    *left, spectrum, density = process.draw(family, root).axes
    return left, spectrum, density


def lines(ax):
    return [np.asarray(line.get_xydata()) for line in ax.lines]


def test_series_are_the_first_of_at_most_three_members(of_size, folder_of):
    family = of_size(12)
    root = folder_of(family)
    left, spectrum, density = drawn(family, root)
    assert np.diff(spectrum.get_ylim()) >= process.FLAT
    names = [list(family.members)[i] for i in (0, 6, 11)]
    for ax, dataset in zip(left, names, strict=True):
        wanted = series.read_any(root / layout.series(dataset, "test"))[0][0]
        assert_array_equal(ax.lines[0].get_ydata(), wanted)
    assert len(lines(spectrum)) == len(lines(density)) == 12


def test_spectrum_and_density_are_those_of_the_law(family, root):
    """With H = 0.5 the series are white with unit variance."""
    _, spectrum, density = drawn(family, root)
    white = lines(spectrum)[1]
    assert_allclose(white[:, 1], 0, atol=1e-9)
    for line in lines(density):
        assert_allclose(line[:, 1], norm.pdf(line[:, 0]))


def test_without_a_closed_form_they_are_those_of_the_test_set(family, made_up, tmp_path):
    family = replace(family, process="fbm")
    made_up(tmp_path, family)
    _, spectrum, density = drawn(family, tmp_path)
    for dataset, line, steps in zip(family.members, lines(spectrum), density.patches, strict=True):
        own = tables.read(tmp_path / layout.law(dataset, "spectra"))
        assert_allclose(line[:, 1], 10 * np.log10(own["median"]))
        heights, edges, _ = steps.get_data()
        assert_allclose(np.nansum(heights * np.diff(edges)), 1, atol=0.01)


def test_published_spectra_are_at_the_published_level(family, made_up, tmp_path):
    _, spectrum, _ = drawn(replace(family, axes="published"), folder(family, made_up, tmp_path))
    assert_allclose(lines(spectrum)[1][:, 1], LAW_LEVEL, atol=1e-9)
    family = replace(family, process="fbm")
    root = folder(family, made_up, tmp_path)
    own = lines(drawn(family, root)[1])[1]
    (shown,) = lines(drawn(replace(family, axes="published"), root)[1])  # 0.5 alone was published
    assert_allclose(shown[:, 1] - own[:, 1], LEVEL)


def folder(family, made_up, tmp_path):
    made_up(tmp_path / family.process, family)
    return tmp_path / family.process


@pytest.mark.parametrize("axes", ["own", "published"])
def test_bands_carry_their_numbers(axes, made_up, tmp_path):
    family = Family(
        name="band",
        process="band_noise",
        parameter="band",
        members={f"band{band}": float(band) for band in range(8)},
        models=["wavegan"],
        replicates=1,
        axes=axes,
    )
    made_up(tmp_path, family)
    _, spectrum, _ = drawn(family, tmp_path)
    assert [text.get_text() for text in spectrum.texts] == [f"{band}" for band in range(8)]
    places = [text.get_position()[0] for text in spectrum.texts]
    assert_allclose(places, [(3 * band + 1) / 46 for band in range(8)], atol=0.02)
    peaks = [np.nanmax(line[:, 1]) for line in lines(spectrum)]  # gain 1 in each pass band
    assert_allclose(peaks, 0, atol=1e-6)
    assert axes == "own" or spectrum.get_ylim() == (-80, 5)
