"""Items as pictures: the pixels of images, the lines and colours of series."""

import matplotlib.image
import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from rpgan import series
from rpgan.draw import Draw
from rpgan.errors import UserError
from rpgan.figures import mosaic, traces
from rpgan.figures.mosaic import APART, GAP, HEAD
from rpgan.sources import WavFolder
from rpgan.spec import plain
from rpgan.stages.pictures import pictures


def saved(path, values):
    np.save(path, values)
    return path


def block(picture, place, columns, size, times, left=0):
    """The pixels of one image of a grid, (height, width, 3), and each of them once."""
    height, width = (s * times for s in size)
    y = HEAD + GAP + place // columns * (height + GAP)
    x = left + GAP + place % columns * (width + GAP)
    pixels = picture[y : y + height, x : x + width]
    assert pixels.shape == (height, width, 3)
    small = pixels[::times, ::times]
    assert (pixels == small.repeat(times, 0).repeat(times, 1)).all()
    return small


def test_every_pixel_is_where_it_belongs(tmp_path):
    """Two files of five grey images of 6 x 8: grids of 3 columns, 21 pixels for each, side by side."""
    rng = np.random.default_rng(0)
    real, made = rng.integers(0, 256, (2, 5, 1, 6, 8)) / 127.5 - 1
    real[0, 0, 0, :2] = -1, 1
    made[1, 0, 3, 4] = 7  # beyond white is white
    paths = saved(tmp_path / "real.npy", real), saved(tmp_path / "made.npy", made)
    pictures(paths[1], tmp_path / "x.png", real=paths[0])
    picture = np.asarray(Image.open(tmp_path / "x.png"))
    times = 512 // (3 * 8)
    wide = 3 * (8 * times + GAP) + GAP
    assert picture.shape == (HEAD + 2 * (6 * times + GAP) + GAP, 2 * wide + APART, 3)
    for images, left in ((real, 0), (made, wide + APART)):
        for i, image in enumerate(images):
            want = np.clip(np.round((image[0] + 1) * 127.5), 0, 255)
            got = block(picture, i, 3, (6, 8), times, left)
            assert (got == want[..., np.newaxis]).all()
    assert (picture[:HEAD, :60] < 128).any()  # a title


def test_colours(tmp_path):
    images = np.zeros((1, 3, 2, 2))
    images[0, :, 0, 0] = 1, 0, 0.2
    pictures(saved(tmp_path / "x.npy", images), tmp_path / "x.png")
    got = block(np.asarray(Image.open(tmp_path / "x.png")), 0, 1, (2, 2), 256)
    assert got[0, 0].tolist() == [255, 0, 51]
    assert not got[1].any()


def test_other_channels_one_below_the_other(tmp_path):
    images = np.zeros((1, 2, 2, 2))
    images[0, 1, 1, 0] = 1
    pictures(saved(tmp_path / "x.npy", images), tmp_path / "x.png")
    got = block(np.asarray(Image.open(tmp_path / "x.png")), 0, 1, (4, 2), 256)
    assert got[..., 0].tolist() == [[0, 0], [0, 0], [0, 0], [255, 0]]


def test_low_frequencies_are_at_the_bottom(tmp_path):
    """Of spectrograms of recordings; each other image stands as it is."""
    images = np.arange(8.0).reshape(1, 1, 4, 2)
    for form, turned in (("abslog", True), ("raw", False)):
        source = WavFolder(path="recordings/none", form=form, n_fft=8, hop=4, crop=4)  # type: ignore[arg-type]
        draw = Draw(dataset="x", part="train", source=source, n=1, seed=0)
        series.write(tmp_path / "x.arrow", images, plain(draw))
        pictures(tmp_path / "x.arrow", tmp_path / "x.png")
        got = np.asarray(Image.open(tmp_path / "x.png"))
        assert (got[HEAD + GAP, GAP, 0] > got[-GAP - 1, GAP, 0]) == turned


def test_flat_images_are_black():
    assert not mosaic.colours(np.full((2, 1, 3, 3), 4.0), 4.0, 4.0).any()


def test_series_over_time():
    """Rows are series and columns are files, with one vertical axis for all."""
    real, made = np.random.default_rng(0).standard_normal((2, 3, 1, 50))
    figure = traces.plot({"target": real, "made": 2 * made})
    axes = figure.get_axes()
    assert [ax.get_title() for ax in axes[:2]] == ["target", "made"]
    assert len(axes) == 6
    for i in range(3):
        assert_allclose(np.asarray(axes[2 * i].get_lines()[0].get_ydata()), real[i, 0])
        assert_allclose(np.asarray(axes[2 * i + 1].get_lines()[0].get_ydata()), 2 * made[i, 0])
    assert len({ax.get_ylim() for ax in axes}) == 1


def test_long_series_by_frequency_too():
    """Brightest at the frequency of each tone; power of two channels is added up."""
    time = np.arange(2048)
    x = np.cos(2 * np.pi * np.array([[0.1], [0.3]]) * time)[:, np.newaxis]
    both = np.concatenate([x, x], axis=1)
    figure = traces.plot({"target": x})
    images = [ax.get_images()[0] for ax in figure.get_axes() if ax.get_images()]
    assert len(images) == 2
    for image, wanted in zip(images, (0.1, 0.3), strict=True):
        power = np.asarray(image.get_array())
        assert power.mean(axis=1).argmax() / (2 * (len(power) - 1)) == pytest.approx(
            wanted, abs=0.01
        )
        assert image.origin == "lower"
    assert_allclose(traces.power(both[0]), traces.power(x[0]) + 10 * np.log10(2))


@pytest.mark.parametrize("shape", [(5, 64), (5, 2, 64), (2, 1500)])
def test_files_of_series(tmp_path, shape):
    paths = [
        saved(tmp_path / f"{k}.npy", np.random.default_rng(k).standard_normal(shape))
        for k in range(2)
    ]
    for name in ("x.png", "again.png"):
        pictures(paths[0], tmp_path / name, real=paths[1])
    assert matplotlib.image.imread(tmp_path / "x.png").std() > 0.01
    assert (tmp_path / "x.png").read_bytes() == (tmp_path / "again.png").read_bytes()


@pytest.mark.parametrize(
    ("shape", "name", "settings", "message"),
    [
        ((2, 8), "x.gif", {}, "figures are written as pdf, svg, png, not as 'gif'"),
        ((2, 1, 8, 8), "x.pdf", {}, "written as .png, .webp, .bmp, not as '.pdf'"),
        ((2, 9), "x.png", {"real": "y.npy"}, "items of different shapes"),
        ((2, 9), "x.png", {"n": -1}, "--n must be at least 1, got -1"),
        ((2, 1, 1, 2, 2), "x.png", {}, "wanted series or images"),
    ],
)
def test_what_cannot_be_drawn(tmp_path, shape, name, settings, message):
    saved(tmp_path / "y.npy", np.zeros((2, 8)))
    if "real" in settings:
        settings = {"real": tmp_path / settings["real"]}
    with pytest.raises(UserError, match=message):
        pictures(saved(tmp_path / "x.npy", np.zeros(shape)), tmp_path / name, **settings)
    assert not (tmp_path / name).exists()
