import numpy as np
import pytest

from rpgan.errors import UserError
from rpgan.sources import ImageFolder, extras

pil = pytest.importorskip("PIL.Image")


def write(path, levels):
    path.parent.mkdir(parents=True, exist_ok=True)
    pil.fromarray(np.asarray(levels)).save(path)


def read(source, part, n, seed=0):
    return source.read(part, n, None, np.random.default_rng(seed))


@pytest.fixture
def folder(tmp_path):
    """Ten grey images of which each pixel is like no other's."""
    levels = np.arange(160, dtype=np.uint8).reshape(10, 4, 4)
    for i, image in enumerate(levels):
        write(tmp_path / ("even", "odd")[i % 2] / f"{i}.png", image)
    return tmp_path


def test_levels_come_back(folder):
    source = ImageFolder(path=str(folder), size=4)
    assert source.shape(None) == (1, 4, 4)
    assert source.classes() == ["even", "odd"]
    order = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
    train, test = read(source, "train", 8), read(source, "test", 2)
    for found in (train, test):
        assert found.series.dtype == np.float32
        for x, recording, label in zip(
            found.series, found.beside["recording"], found.beside["label"], strict=True
        ):
            levels = order[recording] * 16 + np.arange(16).reshape(1, 4, 4)
            np.testing.assert_allclose(x, levels / 127.5 - 1, atol=1e-7)
            assert label == order[recording] % 2
    assert sorted([*train.beside["recording"], *test.beside["recording"]]) == list(range(10))


def test_the_range_is_whole(tmp_path):
    write(tmp_path / "0.png", np.array([[0, 255], [0, 0]], np.uint8))
    write(tmp_path / "1.png", np.array([[0, 255], [255, 0]], np.uint8))
    found = read(ImageFolder(path=str(tmp_path), size=2), "train", 1)
    assert found.series[0, 0, 0].tolist() == [-1, 1]
    assert "label" not in found.beside


def test_colour(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    for i in (0, 1):
        write(tmp_path / f"{i}.png", rgb[i])
    source = ImageFolder(path=str(tmp_path), size=4, colour="rgb")
    assert source.shape(None) == (3, 4, 4)
    found = read(source, "train", 1)
    expected = np.moveaxis(rgb[found.beside["recording"][0]], -1, 0)
    np.testing.assert_allclose(found.series[0], expected / 127.5 - 1, atol=1e-7)
    grey = read(ImageFolder(path=str(tmp_path), size=4), "train", 1).series[0, 0]
    luma = np.tensordot([0.299, 0.587, 0.114], expected, 1)
    np.testing.assert_allclose(grey, luma / 127.5 - 1, atol=1 / 127.5)


def test_grey_images_can_be_rgb(folder):
    found = read(ImageFolder(path=str(folder), size=4, colour="rgb"), "train", 1).series[0]
    assert (found == found[0]).all()


def test_resize(tmp_path):
    for i in (100, 200):
        write(tmp_path / f"{i}.png", np.full((9, 9), i, np.uint8))
    source = ImageFolder(path=str(tmp_path), size=4, resize=True)
    found = read(source, "train", 1)
    level = [100, 200][found.beside["recording"][0]]
    np.testing.assert_allclose(found.series[0], np.full((1, 4, 4), level / 127.5 - 1), atol=1e-6)


def test_equal_images_stay_together(tmp_path):
    for i in range(4):
        for copy in range(3):
            write(tmp_path / f"{i}_{copy}.png", np.full((2, 2), i, np.uint8))
            write(tmp_path / f"{i}_{copy}.bmp", np.full((2, 2), i, np.uint8))
    source = ImageFolder(path=str(tmp_path), size=2, test_share=0.5)
    for seed in range(5):
        train, test = (
            set(read(source, part, 12, seed).series[:, 0, 0, 0]) for part in ("train", "test")
        )
        assert not train & test


def test_the_same_again_and_in_any_order_of_the_listing(folder, monkeypatch):
    source = ImageFolder(path=str(folder), size=4)
    once = read(source, "train", 6)
    path_class = type(folder)
    rglob = path_class.rglob
    monkeypatch.setattr(path_class, "rglob", lambda self, p: list(rglob(self, p))[::-1])
    again = read(source, "train", 6)
    np.testing.assert_array_equal(again.series, once.series)
    np.testing.assert_array_equal(again.beside["label"], once.beside["label"])
    assert (read(source, "train", 6, seed=1).series != once.series).any()


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-25]), "cannot be read as an image"),
        (lambda p: p.write_text("no image"), "cannot be read as an image"),
        (
            lambda p: write(p, np.zeros((5, 5), np.uint8)),
            "wanted 4 x 4 pixels, found 5 x 5; use resize: true",
        ),
        (
            lambda p: write(p, np.zeros((4, 5), np.uint8)),
            "wanted 4 x 4 pixels, found 5 x 4; crop it",
        ),
        (
            lambda p: write(p, np.zeros((4, 4), np.uint16)),
            "wanted 8 bits a channel, found mode I;16",
        ),
    ],
)
def test_a_broken_file_is_named(folder, break_it, message):
    break_it(folder / "odd" / "3.png")
    with pytest.raises(UserError, match=rf"odd/3\.png: {message}") as error:
        read(ImageFolder(path=str(folder), size=4), "train", 1)
    assert "\n" not in str(error.value)


def test_what_is_missing(folder, monkeypatch):
    with pytest.raises(UserError, match="absent: no such folder"):
        ImageFolder(path=str(folder / "absent"), size=4).files()
    with pytest.raises(
        UserError,
        match=r"the train part holds 8 images, wanted n_train = 9; lower n_train, add images, or change test_share",
    ):
        read(ImageFolder(path=str(folder), size=4), "train", 9)
    with pytest.raises(ValueError, match=r"shape \(1, 4, 4\) .* leave length out, got 8"):
        ImageFolder(path=str(folder), size=4).shape(8)
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        ImageFolder(path="x", size=0)

    def absent(module):
        raise ImportError(f"No module named {module!r}")

    monkeypatch.setattr(extras.importlib, "import_module", absent)
    with pytest.raises(UserError, match=r"pip install 'rpgan\[images\]'"):
        read(ImageFolder(path=str(folder), size=4), "train", 1)
