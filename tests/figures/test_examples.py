import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rpgan import layout, series
from rpgan.errors import UserError
from rpgan.figures import examples, style


def panels(family, root):
    figure = examples.draw(family, root)
    return np.reshape(np.array(figure.axes), (-1, 1 + len(family.models)))


def files(family, root, dataset):
    return [
        root / layout.series(dataset, "test"),
        *[root / layout.run(dataset, model, 0, "samples.arrow") for model in family.models],
    ]


def test_panels_show_the_first_series_of_each_file(family, root):
    found = panels(family, root)
    assert found.shape == (9, 3)
    for i, dataset in enumerate(family.members):
        for column, path in enumerate(files(family, root, dataset)):
            wanted = series.read_any(path)[0][:3]
            for ax, row in zip(found[3 * i : 3 * i + 3, column], wanted, strict=True):
                assert_array_equal(ax.lines[0].get_ydata(), row)
    assert [ax.get_title() for ax in found[0]] == ["target", "WaveGAN", "STFT-GAN"]
    assert [ax.lines[0].get_color() for ax in found[0]] == [style.TARGET, *style.COLOURS[:2]]


@pytest.mark.parametrize(("members", "rows"), [(1, 3), (2, 6), (3, 9), (4, 4), (12, 12)])
def test_many_members_have_one_row_each(members, rows, of_size, folder_of):
    family = of_size(members)
    root = folder_of(family)
    assert len(panels(family, root)) == rows


def test_a_member_has_one_range_that_holds_all_its_series(family, root):
    found = panels(family, root)
    for block in np.split(found, 3):
        limits = {ax.get_ylim() for ax in block.flat}
        assert len(limits) == 1
        ((low, high),) = limits
        values = np.concatenate([ax.lines[0].get_ydata() for ax in block.flat])
        assert low < values.min()
        assert values.max() < high


@pytest.mark.parametrize("which", [0, 1])  # the target's tails, or a model's
def test_heavy_tails_are_drawn_on_a_symmetric_logarithmic_axis_and_say_so(family, root, which):
    path = files(family, root, next(iter(family.members)))[which]
    values, made_from = series.read_any(path)
    values = np.array(values)
    values[1, 7] = -1e3
    assert "linear" not in panels(family, root)[0, 0].figure.get_supylabel()
    series.write(path, values, made_from or {})
    found = panels(family, root)
    assert {ax.get_yscale() for ax in found.flat} == {"symlog"}
    assert found[0, 0].get_ylim()[0] < -1e3
    assert "logarithmic beyond" in found[0, 0].figure.get_supylabel()


def test_too_few_series_are_refused_by_name(family, root):
    path = files(family, root, next(iter(family.members)))[1]
    values, made_from = series.read_any(path)
    series.write(path, np.array(values[:2]), made_from or {})
    with pytest.raises(UserError, match=rf"{path}: wanted at least 3 series, found 2"):
        examples.draw(family, root)
