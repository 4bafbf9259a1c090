import numpy as np
import pytest

from rpgan.errors import UserError
from rpgan.sources import LabelledImages

pil = pytest.importorskip("PIL.Image")


def write(path, levels, palette=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pil.fromarray(np.asarray(levels, np.uint8))
    if palette:
        image = image.convert("P")
        image.putdata(np.asarray(levels).ravel().tolist())
        image.putpalette([7, 7, 7] * 256)  # colours that say nothing
    image.save(path)


def read(source, part, n):
    return source.read(part, n, None, np.random.default_rng(0))


@pytest.fixture
def folder(tmp_path):
    """Ten images of which each pixel is like no other's, and its class its level modulo 3."""
    levels = np.arange(160).reshape(10, 4, 4)
    for i, image in enumerate(levels):
        inside = ("a", "b")[i % 2]
        write(tmp_path / "images" / inside / f"{i}.png", image)
        write(tmp_path / "maps" / inside / f"{i}.png", image % 3, palette=i > 4)
    return tmp_path


def test_every_pixel_keeps_its_class(folder):
    source = LabelledImages(path=str(folder), size=4, classes=3)
    assert source.shape(None) == (4, 4, 4)
    train, test = read(source, "train", 8).series, read(source, "test", 2).series
    seen = []
    for x in (*train, *test):
        levels = np.rint((x[0] + 1) * 127.5).astype(int)
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x[1:], [levels % 3 == k for k in range(3)])
        seen.append(levels[0, 0])
    assert sorted(seen) == list(range(0, 160, 16))


def test_files_are_images_and_maps(folder):
    names = {
        str(path.relative_to(folder))
        for path in LabelledImages(path=str(folder), size=4, classes=3).files()
    }
    assert len(names) == 20
    assert {"images/a/0.png", "maps/a/0.png"} <= names


def test_resizing_makes_no_class_between_two(tmp_path):
    numbers = 99 * np.eye(4, dtype=int)
    for i in (0, 1):
        write(tmp_path / "images" / f"{i}.png", np.full((4, 4), i))
        write(tmp_path / "maps" / f"{i}.png", numbers)
    source = LabelledImages(path=str(tmp_path), size=8, classes=100, resize=True)
    found = read(source, "train", 1).series
    assert found.shape == (1, 101, 8, 8)
    doubled = numbers.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(found[0, 1:].argmax(0), doubled)


def test_colour_images(tmp_path):
    for i in range(4):
        write(tmp_path / "images" / f"{i}.png", np.full((4, 4, 3), (10 * i, 0, 255)))
        write(tmp_path / "maps" / f"{i}.png", np.eye(4))
    found = read(LabelledImages(path=str(tmp_path), size=4, classes=2, colour="rgb"), "train", 1)
    assert found.series.shape == (1, 5, 4, 4)
    np.testing.assert_array_equal(found.series[0, 1:3], [-np.ones((4, 4)), np.ones((4, 4))])
    np.testing.assert_array_equal(found.series[0, 4], np.eye(4))


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (lambda f: (f / "maps/b/3.png").unlink(), r"maps/b/3.png: no such file; wanted the label"),
        (
            lambda f: write(f / "maps/b/3.png", np.full((4, 4), 3)),
            "classes 0 to 2, found 3; change",
        ),
        (lambda f: write(f / "maps/b/3.png", np.zeros((4, 4, 3))), "found mode RGB; save the num"),
        (lambda f: write(f / "maps/b/3.png", np.zeros((5, 5))), "wanted 4 x 4 pixels, found 5 x 5"),
        (lambda f: (f / "maps/b/3.png").write_text("?"), "3.png: cannot be read as an image"),
    ],
)
def test_maps_that_cannot_be_used(folder, spoilt, message):
    spoilt(folder)
    with pytest.raises(UserError, match=message):
        read(LabelledImages(path=str(folder), size=4, classes=3), "train", 2)


@pytest.mark.parametrize("classes", [1, 257])
def test_bad_settings(classes):
    with pytest.raises(ValueError, match="classes must be 2 to 256"):
        LabelledImages(path="x", size=4, classes=classes)
