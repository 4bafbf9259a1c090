import json

import numpy as np
import pytest

from rpgan.errors import UserError
from rpgan.sources import NoiseGANHDF5, hdf5, read_generated

h5py = pytest.importorskip("h5py")

N, LENGTH = {"train": 30, "test": 10}, 6


def rows(part, kind: type):
    rng = np.random.default_rng(len(part))
    samples = rng.standard_normal((N[part], LENGTH))
    if kind is complex:
        samples = samples + 1j * rng.standard_normal(samples.shape)
    return np.concatenate([np.linspace(0.1, 0.9, N[part])[:, np.newaxis], samples], axis=1)


@pytest.fixture(params=[float, complex])
def kind(request):
    return request.param


@pytest.fixture
def folder(tmp_path, kind):
    for part in N:
        with h5py.File(tmp_path / f"{part}.h5", "w") as f:
            f["train"] = rows(part, kind)
    return tmp_path


def read(source, part, n, length=LENGTH, seed=0):
    return source.read(part, n, length, np.random.default_rng(seed))


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("chunk", [1, 400, 1 << 25])
def test_rows_come_back_in_any_blocks(folder, kind, part, chunk, monkeypatch):
    monkeypatch.setattr(hdf5, "CHUNK", chunk)
    source = NoiseGANHDF5(path=str(folder), iq=kind is complex)
    assert source.shape(6) == ((2, 6) if kind is complex else (6,))
    found = read(source, part, N[part])
    index = found.beside["index"]
    assert sorted(index) == list(range(N[part]))
    published = rows(part, kind)[index]
    np.testing.assert_allclose(found.beside["parameter"], published[:, 0].real, rtol=1e-15)
    samples = published[:, 1:]
    expected = np.stack([samples.real, samples.imag], 1) if kind is complex else samples
    np.testing.assert_array_equal(found.series, expected.astype(np.float32))
    np.testing.assert_array_equal(read(source, part, 4).series, found.series[:4])
    assert (read(source, part, N[part], seed=1).series != found.series).any()


@pytest.mark.parametrize("kind", [float], indirect=True)
@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        ("FGN", "hurst"),
        ("FDWN", "d"),
        ("shot", "rate"),
        ("SAS", "alpha"),
        ("bandpass", "band"),
        ("BG", "probability"),
        ("other", "parameter"),
    ],
)
def test_the_parameter_has_the_name_of_the_process(folder, noise, expected):
    (folder / "noise_params.json").write_text(json.dumps({"noise_type": noise}))
    source = NoiseGANHDF5(path=str(folder))
    assert expected in read(source, "test", 2).beside
    assert [path.name for path in source.files()] == ["noise_params.json", "test.h5", "train.h5"]
    named = NoiseGANHDF5(path=str(folder), parameter="h")
    assert "h" in read(named, "test", 2).beside
    assert [path.name for path in named.files()] == ["test.h5", "train.h5"]


def spoil(path, signature):
    """Overwrite the first block that begins with `signature`."""
    content = path.read_bytes()
    assert signature in content
    path.write_bytes(content.replace(signature, b"xxxx", 1))


def rewrite(folder, data, key="train"):
    with h5py.File(folder / "train.h5", "w") as f:
        f[key] = data


@pytest.mark.parametrize("kind", [float], indirect=True)
@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (
            lambda p: rewrite(p, np.zeros((30, 7), complex)),
            "train.h5: holds complex128; use iq: true",
        ),
        (
            lambda p: rewrite(p, np.zeros((30, 6))),
            "train.h5: its series have 5 samples, wanted 6; use length: 5",
        ),
        (
            lambda p: rewrite(p, np.zeros(30)),
            r"train.h5: wanted train of real or complex .* found float64 and \(30,\)",
        ),
        (
            lambda p: rewrite(p, np.zeros((30, 7), int)),
            "train.h5: wanted train of real or complex .* found int64",
        ),
        (
            lambda p: rewrite(p, np.zeros((30, 7)), "test"),
            "train.h5: wanted the data set train, found test",
        ),
        (
            lambda p: rewrite(p, np.diag([1.0] * 3 + [1e40] + [1] * 26)[:, :7]),
            "train.h5: row 3, counted from 0, .* too large for float32",
        ),
        (
            lambda p: (p / "train.h5").write_bytes((p / "train.h5").read_bytes()[:-50]),
            "train.h5: not a whole HDF5 file",
        ),
        (
            lambda p: rewrite(p, np.diag([np.nan, *[1.0] * 29])[:, :7]),
            "train.h5: row 0, counted from 0, holds a parameter or samples that are NaN",
        ),
        (lambda p: spoil(p / "train.h5", b"TREE"), "train.h5: not a whole HDF5 file"),
        (lambda p: spoil(p / "train.h5", b"HEAP"), "train.h5: not a whole HDF5 file"),
        (
            lambda p: rewrite(p, np.zeros((30, 7)), "train/inside"),
            r"train.h5: wanted the data set train, found train \(no data set\)",
        ),
        (lambda p: (p / "train.h5").write_text("junk"), "train.h5: not a whole HDF5 file"),
        (
            lambda p: (p / "test.h5").unlink(),
            r"test.h5: no such file; .*https://doi.org/10.18434/mds2-3034",
        ),
        (
            lambda p: (p / "noise_params.json").write_text("[1]"),
            "noise_params.json: wanted noise_type",
        ),
        (
            lambda p: (p / "noise_params.json").write_text("{"),
            "noise_params.json: wanted noise_type",
        ),
    ],
)
def test_a_broken_file_is_named(folder, break_it, message):
    break_it(folder)
    with pytest.raises(UserError, match=message) as error:
        read(NoiseGANHDF5(path=str(folder)), "train", 30)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", [complex], indirect=True)
def test_complex_sets_are_asked_for(folder):
    with pytest.raises(UserError, match="use iq: true"):
        read(NoiseGANHDF5(path=str(folder)), "train", 1)


@pytest.mark.parametrize("kind", [float], indirect=True)
def test_sizes(folder):
    source = NoiseGANHDF5(path=str(folder))
    with pytest.raises(
        UserError,
        match=r"test\.h5: the test part holds 10 series, wanted n_test = 99999999999999; lower n_test$",
    ):
        read(source, "test", 99999999999999)
    with pytest.raises(ValueError, match="give a length of at least 1, not None"):
        source.shape(None)
    with pytest.raises(ValueError, match="part must be train or test, got 'validation'"):
        read(source, "validation", 1)
    with pytest.raises(ValueError, match="parameter must be a name"):
        NoiseGANHDF5(path="x", parameter="index")


@pytest.mark.parametrize(
    ("key", "shape", "kind"),
    [("test", (5, 7), float), ("generates", (5, 2, 7), float), ("generates", (5, 7), complex)],
)
def test_generated_sets(tmp_path, key, shape, kind, monkeypatch):
    monkeypatch.setattr(hdf5, "CHUNK", 150)
    series = np.random.default_rng(0).standard_normal((2, *shape))
    series = series[0] + 1j * series[1] if kind is complex else series[0]
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f[key] = series
    found = read_generated(tmp_path / "x.h5")
    assert found.dtype == np.float32
    expected = np.stack([series.real, series.imag], 1) if kind is complex else series
    np.testing.assert_array_equal(found, expected.astype(np.float32))


@pytest.mark.parametrize("kind", [float], indirect=True)
def test_what_was_not_generated(folder):
    with pytest.raises(
        UserError, match=r"train\.h5: wanted the data set test or generates, found train"
    ):
        read_generated(folder / "train.h5")
    with pytest.raises(UserError, match=r"absent\.h5: no such file"):
        read_generated(folder / "absent.h5")
    for wrong in (
        np.zeros(4),
        np.zeros((4, 5, 6)),
        np.zeros((4, 2, 6), complex),
        np.zeros((4, 6), int),
        np.zeros((0, 6)),
    ):
        rewrite(folder, wrong, "test")
        with pytest.raises(UserError, match=r"wanted real numbers of shape \(n, length\) or"):
            read_generated(folder / "train.h5")
