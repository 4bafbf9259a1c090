import gzip
import struct

import numpy as np
import pytest

from rpgan.errors import UserError
from rpgan.sources import MNISTIDX

TRAIN, TEST = 40, 20


def idx(array):
    magic = 0x800 + array.ndim
    return (
        struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.astype(np.uint8).tobytes()
    )


def arrays():
    rng = np.random.default_rng(0)
    made = {}
    for prefix, n in (("train", TRAIN), ("t10k", TEST)):
        made[f"{prefix}-images-idx3-ubyte"] = rng.integers(0, 256, (n, 28, 28))
        made[f"{prefix}-labels-idx1-ubyte"] = np.arange(n) % 10
    return made


@pytest.fixture
def folder(tmp_path):
    """Images plain, labels gzipped."""
    for name, array in arrays().items():
        if "labels" in name:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (tmp_path / name).write_bytes(idx(array))
    return tmp_path


def read(source, part, n, seed=0):
    return source.read(part, n, None, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("part", "prefix", "n"), [("train", "train", TRAIN), ("test", "t10k", TEST)]
)
def test_bytes_come_back(folder, part, prefix, n):
    source = MNISTIDX(path=str(folder))
    assert source.shape(None) == (1, 28, 28)
    found = read(source, part, n)
    assert found.series.dtype == np.float32
    index = found.beside["index"]
    assert sorted(index) == list(range(n))
    expected = arrays()[f"{prefix}-images-idx3-ubyte"][index][:, np.newaxis]
    np.testing.assert_allclose(found.series, (expected / 255 - 0.5) / 0.5, atol=1e-7)
    assert (found.beside["label"] == index % 10).all()


def test_a_known_file():
    """Written out by hand from the description of the format."""
    assert idx(np.zeros((2, 3))) != b""
    assert idx(np.array([7, 9])) == bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9])
    assert idx(np.array([[[5]]])) == bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5])


def test_digits(folder):
    source = MNISTIDX(path=str(folder), digits=(0, 3))
    assert set(read(source, "train", 8).beside["label"]) == {0, 3}
    with pytest.raises(
        UserError,
        match="the train part holds 8 images, wanted n_train = 9; lower n_train or add digits",
    ):
        read(source, "train", 9)


def test_rows_as_time(folder):
    images = read(MNISTIDX(path=str(folder)), "train", 5)
    source = MNISTIDX(path=str(folder), rows_as_time=True)
    assert source.shape(None) == (28, 28)
    series = read(source, "train", 5)
    np.testing.assert_array_equal(series.series, images.series[:, 0].transpose(0, 2, 1))
    np.testing.assert_array_equal(series.beside["label"], images.beside["label"])


def test_size(folder):
    pil = pytest.importorskip("PIL.Image")
    source = MNISTIDX(path=str(folder), size=14)
    found = read(source, "test", 3)
    assert found.series.shape == (3, 1, 14, 14)
    image = arrays()["t10k-images-idx3-ubyte"][found.beside["index"][0]].astype(np.uint8)
    expected = np.asarray(pil.fromarray(image).resize((14, 14), pil.Resampling.LANCZOS))
    np.testing.assert_allclose(found.series[0, 0], expected / 127.5 - 1, atol=1e-7)


def test_the_same_again(folder):
    source = MNISTIDX(path=str(folder))
    once, again, other = (
        read(source, "train", 9),
        read(source, "train", 9),
        read(source, "train", 9, 1),
    )
    np.testing.assert_array_equal(once.series, again.series)
    assert (once.series != other.series).any()
    np.testing.assert_array_equal(read(source, "train", 4).series, once.series[:4])


def test_files(folder):
    source = MNISTIDX(path=str(folder))
    assert [path.name for path in source.files()] == [
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte.gz",
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte.gz",
    ]
    (folder / "t10k-images-idx3-ubyte").unlink()
    with pytest.raises(
        UserError,
        match=r"t10k-images-idx3-ubyte: no such file.*md5 9fb629c4189551a2d022fa330f9573f3.*https://",
    ):
        source.files()


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (IMAGES, lambda b: b[:-1], "promises 40 x 28 x 28 bytes, but 31359 are there"),
        (IMAGES, lambda b: b + b"x", "but 31361 are there"),
        (IMAGES, lambda b: b[:10], "but 0 are there"),
        (IMAGES, lambda b: b"", "begins with 2051, found 0"),
        (IMAGES, lambda b: b"\0\0\x08\x01" + b[4:], "begins with 2051, found 2049"),
        (
            IMAGES,
            lambda b: idx(np.zeros((40, 14, 14))),
            "wanted images of 28 x 28 pixels, found 14 x 14",
        ),
        (
            IMAGES,
            lambda b: struct.pack(">4I", 2051, 2**32 - 1, 2**32 - 1, 2**32 - 1),
            "but 0 are there",
        ),
        (LABELS, lambda b: b[:-9], "not a whole gzip file"),
        (LABELS, lambda b: b"no gzip", "not a whole gzip file"),
        (
            LABELS,
            lambda b: gzip.compress(idx(np.zeros(41))),
            "holds 41 labels, but train-images-idx3-ubyte holds 40 images",
        ),
    ],
)
def test_a_broken_file_is_named(folder, name, change, message):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UserError, match=f"{name}: .*{message}") as error:
        read(MNISTIDX(path=str(folder)), "train", 1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size must be at least 1"),
        ({"digits": ()}, "digits must be"),
        ({"digits": (-1,)}, "digits must be"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        MNISTIDX(path="x", **settings)
