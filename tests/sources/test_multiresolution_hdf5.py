import numpy as np
import pytest

from rpgan.errors import UserError
from rpgan.sources import MultiresolutionHDF5, extras, hdf5

h5py = pytest.importorskip("h5py")


@pytest.fixture
def path(tmp_path):
    """Fifty images of three channels; the first pixel says which."""
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "x.h5", "w") as f:
        for r in (1, 2, 4):
            images = rng.integers(0, 256, (50, 3, r, r), dtype=np.uint8)
            images[:, 0, 0, 0] = np.arange(50)
            f[f"data{r}x{r}"] = images
    return tmp_path / "x.h5"


def read(source, part, n, seed=0):
    return source.read(part, n, None, np.random.default_rng(seed))


@pytest.mark.parametrize("chunk", [1, 7 * 48, 1 << 25])
def test_levels_come_back_in_any_blocks(path, chunk, monkeypatch):
    monkeypatch.setattr(hdf5, "CHUNK", chunk)
    source = MultiresolutionHDF5(path=str(path), resolution=4, channels=3)
    assert source.shape(None) == (3, 4, 4)
    train, test = read(source, "train", 40), read(source, "test", 10)
    with h5py.File(path) as f:
        images = f["data4x4"][:]
    for found in (train, test):
        np.testing.assert_allclose(
            found.series, images[found.beside["index"]] / 127.5 - 1, atol=1e-7
        )
    assert sorted([*train.beside["index"], *test.beside["index"]]) == list(range(50))
    monkeypatch.undo()
    np.testing.assert_array_equal(read(source, "train", 40).series, train.series)


def test_all_resolutions_are_split_alike(path):
    index = [
        read(MultiresolutionHDF5(path=str(path), resolution=r, channels=3), "test", 10).beside[
            "index"
        ]
        for r in (1, 4)
    ]
    np.testing.assert_array_equal(index[0], index[1])


def test_equal_images_stay_together(path):
    with h5py.File(path, "r+") as f:
        f["data4x4"][25:] = f["data4x4"][:25]
    source = MultiresolutionHDF5(path=str(path), resolution=4, channels=3, test_share=0.5)
    for seed in range(5):
        train, test = (
            set(read(source, part, 24, seed).series[:, 0, 0, 0]) for part in ("train", "test")
        )
        assert not train & test


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resolution": 8}, "wanted the data set data8x8, found data1x1, data2x2, data4x4"),
        (
            {"resolution": 4, "channels": 1},
            r"wanted data4x4 of uint8 and shape \(n, 1, 4, 4\), found uint8 and \(50, 3, 4, 4\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(path, settings, message):
    with pytest.raises(UserError, match=rf"x\.h5: {message}"):
        read(MultiresolutionHDF5(path=str(path), **settings), "train", 1)


def test_broken_files(path, monkeypatch):
    source = MultiresolutionHDF5(path=str(path), resolution=4, channels=3)
    with pytest.raises(UserError, match="the test part holds 10 images, wanted n_test = 11"):
        read(source, "test", 11)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"x\.h5: not a whole HDF5 file") as error:
        read(source, "train", 1)
    assert "\n" not in str(error.value)
    path.unlink()
    with pytest.raises(UserError, match=r"x\.h5: no such file; wanted an HDF5 file with data4x4"):
        source.files()

    def absent(module):
        raise ImportError(f"No module named {module!r}")

    path.write_text("")
    monkeypatch.setattr(extras.importlib, "import_module", absent)
    with pytest.raises(UserError, match=r"pip install 'rpgan\[hdf5\]'"):
        read(source, "train", 1)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="resolution must be at least 1, got 0"):
        MultiresolutionHDF5(path="x", resolution=0)
    with pytest.raises(ValueError, match="leave length out"):
        MultiresolutionHDF5(path="x", resolution=4).shape(4)
