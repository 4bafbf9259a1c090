import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpgan.errors import UserError
from rpgan.sources import WavFolder, extras

soundfile = pytest.importorskip("soundfile")


def write(path, series, rate=8000, subtype="PCM_16"):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, series, rate, subtype=subtype)


def read(source, part, n, length=None, seed=0):
    return source.read(part, n, length, np.random.default_rng(seed))


def everything(source, part, length):
    """All windows of a part."""
    with pytest.raises(UserError) as error:
        read(source, part, 10**6, length)
    return read(source, part, int(str(error.value).split("holds ")[1].split()[0]), length)


@pytest.fixture
def folder(tmp_path):
    """Five recordings of which each sample is like no other."""
    values = np.arange(1, 3000, dtype=np.int16)
    for i, name in enumerate(["b/2", "a", "b/10", "c", "d"]):
        write(tmp_path / f"{name}.wav", values[i * 100 : i * 100 + 60 + i])
    return tmp_path


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_samples_are_in_units_of_full_scale(tmp_path, subtype):
    whole = np.array([-32768, -1, 0, 1, 3, 32767, 0, 0])
    data = whole.astype(np.int16) if subtype == "PCM_16" else whole / 2**15
    write(tmp_path / "x.wav", data, subtype=subtype)
    source = WavFolder(path=str(tmp_path), split="time", test_share=0.25)
    series = read(source, "train", 1, 6).series
    assert series.dtype == np.float32
    assert (series[0] * 32768 == whole[:6]).all()


def test_windows_say_where_they_come_from(folder):
    source = WavFolder(path=str(folder), overlap=0.5)
    assert [str(p.relative_to(folder)) for p in source.files()] == [
        "a.wav",
        "b/10.wav",
        "b/2.wav",
        "c.wav",
        "d.wav",
    ]
    first = {0: 101, 1: 201, 2: 1, 3: 301, 4: 401}
    for part in ("train", "test"):
        found = everything(source, part, 8)
        for x, recording, window in zip(
            found.series, found.beside["recording"], found.beside["window"], strict=True
        ):
            expected = first[recording] + 4 * window + np.arange(8)
            assert (x * 32768 == expected).all()


@pytest.mark.parametrize("split", ["recording", "time"])
@given(
    length=st.integers(1, 12),
    overlap=st.floats(0, 0.95),
    share=st.floats(0.1, 0.9),
    pad_end=st.booleans(),
    seed=st.integers(0, 9),
)
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_no_sample_is_in_both_parts(folder, split, length, overlap, share, pad_end, seed):
    source = WavFolder(
        path=str(folder), split=split, overlap=overlap, test_share=share, pad_end=pad_end
    )
    values = []
    for part in ("train", "test"):
        with pytest.raises(UserError) as error:
            read(source, part, 10**6, length, seed)
        if "holds 0 windows" in str(error.value):
            return
        n = int(str(error.value).split("holds ")[1].split()[0])
        series = read(source, part, n, length, seed).series
        values.append(set(series.ravel().tolist()) - {0.0})
    assert not values[0] & values[1]
    if pad_end:
        assert len(values[0] | values[1]) == 310  # every sample of every recording


def test_the_test_part_is_the_end_of_each_recording(folder):
    source = WavFolder(path=str(folder), split="time", test_share=0.25)
    found = everything(source, "test", 5)
    boundary = {0: 161 - 15, 1: 262 - 16, 2: 60 - 15, 3: 363 - 16, 4: 464 - 16}
    for x, recording in zip(found.series, found.beside["recording"], strict=True):
        assert (x * 32768 > boundary[recording]).all()


def test_equal_recordings_stay_together(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(4):
        sound = rng.integers(-999, 999, 40)
        for copy in range(3):
            write(tmp_path / f"{i}_{copy}.wav", sound.astype(np.int16))
        write(tmp_path / f"{i}_3.wav", sound.astype(np.int16).repeat(2).reshape(-1, 2))  # stereo
    source = WavFolder(path=str(tmp_path), test_share=0.5)
    for seed in range(5):
        windows = [
            {tuple(x) for x in read(source, part, 8 * 5, 8, seed).series.tolist()}
            for part in ("train", "test")
        ]
        assert not windows[0] & windows[1]


def test_recordings_that_differ_only_where_no_window_lies_are_equal(tmp_path):
    sound = np.arange(1, 21, dtype=np.int16)
    write(tmp_path / "0.wav", sound)
    write(tmp_path / "1.wav", sound[:18])
    source = WavFolder(path=str(tmp_path))
    with pytest.raises(
        UserError, match=r"at least 2 recordings that differ .* found 1; use split: time"
    ):
        read(source, "train", 1, 8)
    read(source, "train", 1, 10)  # two windows and one


def test_the_same_again_and_in_any_order_of_the_listing(folder, monkeypatch):
    source = WavFolder(path=str(folder), overlap=0.5)
    once, again = (read(source, "train", 20, 8) for _ in range(2))
    path_class = type(folder)
    rglob = path_class.rglob
    monkeypatch.setattr(path_class, "rglob", lambda self, p: list(rglob(self, p))[::-1])
    for other in (again, read(source, "train", 20, 8)):
        np.testing.assert_array_equal(other.series, once.series)
        for name, column in once.beside.items():
            np.testing.assert_array_equal(other.beside[name], column)
    assert (read(source, "train", 20, 8, seed=1).series != once.series).any()
    np.testing.assert_array_equal(read(source, "train", 7, 8).series, once.series[:7])


def test_subfolders_are_labels(folder):
    source = WavFolder(path=str(folder), split="time")
    found = read(source, "train", 20, 8)
    assert source.classes() == [".", "b"]
    inside = np.isin(found.beside["recording"], [1, 2])
    assert (found.beside["label"] == inside).all()
    assert inside.any()


def test_channels(tmp_path):
    left, right = np.arange(40) * 2, np.arange(40) * 4 + 1
    write(tmp_path / "stereo.wav", np.stack([left, right], axis=1).astype(np.int16))
    write(tmp_path / "mono.wav", (left + 1000).astype(np.int16))
    mono = WavFolder(path=str(tmp_path), split="time", test_share=0.2)
    both = WavFolder(path=str(tmp_path), split="time", test_share=0.2, channels=2)
    assert both.shape(32) == (2, 32)
    mean, pair = read(mono, "train", 2, 32), read(both, "train", 2, 32)
    order, pair_order = np.argsort(mean.beside["recording"]), np.argsort(pair.beside["recording"])
    (one, two), (first, second) = mean.series[order], pair.series[pair_order]
    assert (one * 32768 == left[:32] + 1000).all()
    assert (two * 65536 == (left + right)[:32]).all()  # exact: no rounding to 16 bits
    assert (first * 32768 == left[:32] + 1000).all()
    assert first.shape == (2, 32)
    assert (second * 32768 == [left[:32], right[:32]]).all()


def test_normalise_peak(tmp_path):
    write(tmp_path / "loud.wav", np.array([0, 8000, -16000, 1], np.int16))
    write(tmp_path / "silent.wav", np.zeros(4, np.int16))
    source = WavFolder(path=str(tmp_path), normalise="peak", split="time", test_share=0.01)
    found = read(source, "train", 2, 4)
    loud, silent = found.series[np.argsort(found.beside["recording"])]
    np.testing.assert_allclose(loud, [0, 0.5, -1, 1 / 16000], rtol=1e-6)
    assert (silent == 0).all()


def test_normalising_one_part_does_not_look_at_the_other(tmp_path):
    write(tmp_path / "x.wav", np.array([100, -50, 100, 50, 10000, 1], np.int16))
    source = WavFolder(path=str(tmp_path), normalise="peak", split="time", test_share=1 / 3)
    assert read(source, "train", 1, 4).series.tolist() == [[1, -0.5, 1, 0.5]]


@pytest.mark.parametrize(("rate", "wanted"), [(44100, 16000), (8000, 16000), (16000, 11025)])
def test_resampling_keeps_a_sine(tmp_path, rate, wanted):
    """The phase advances by 2 pi f / wanted a sample: soxr's HQ has 100 dB, our bound is 60 dB."""
    frequency, seconds = 1000.0, 0.5
    t = np.arange(int(rate * seconds)) / rate
    for i in (0, 1):
        write(tmp_path / f"{i}.wav", 0.5 * np.sin(2 * np.pi * frequency * t + i), rate, "FLOAT")
    length = int(wanted * seconds) - 1
    source = WavFolder(path=str(tmp_path), sample_rate=wanted)
    found = read(source, "train", 1, length)
    t = np.arange(length) / wanted
    expected = 0.5 * np.sin(2 * np.pi * frequency * t + found.beside["recording"][0])
    inside = slice(length // 4, -length // 4)  # away from the ends, where silence begins
    np.testing.assert_allclose(found.series[0, inside], expected[inside], atol=5e-4)


def test_resampling_one_part_does_not_look_at_the_other(tmp_path):
    kept, found = np.random.default_rng(0).permutation(500), []
    for ending in (0, 9999):
        sound = np.concatenate([kept, np.full(500, ending)])
        write(tmp_path / "x.wav", sound.astype(np.int16))
        source = WavFolder(path=str(tmp_path), sample_rate=12000, split="time", test_share=0.5)
        found.append(read(source, "train", 1, 750).series)
    np.testing.assert_array_equal(found[0], found[1])


def test_rates_must_agree(folder):
    write(folder / "e.wav", np.ones(60, np.int16), rate=16000)
    with pytest.raises(
        UserError, match=r"e\.wav: has 16000 samples a second, but .*a\.wav has 8000"
    ):
        read(WavFolder(path=str(folder)), "train", 1, 8)
    read(WavFolder(path=str(folder), sample_rate=8000), "train", 1, 8)


def image(source, path, series):
    """The image of one of two recordings, whose other is silent."""
    write(path / "x.wav", series, subtype="FLOAT")
    write(path / "silence.wav", np.zeros_like(series), subtype="FLOAT")
    for part in ("train", "test"):
        found = read(source, part, 1)
        if found.beside["recording"][0] == 1:
            return found.series[0]
        assert (found.series == 0).all()
    raise AssertionError


def test_raw_image(tmp_path):
    source = WavFolder(path=str(tmp_path), form="raw", crop=4)
    assert source.shape(None) == (1, 4, 4)
    x = np.arange(1, 20) / 64
    assert (image(source, tmp_path, x) == x[:16].reshape(1, 4, 4)).all()


@pytest.mark.parametrize("form", ["abslog", "reallog"])
@pytest.mark.parametrize("level", [0.5, 0.05])
def test_spectrogram_image_of_a_cosine(tmp_path, form, level):
    """At k, S is level * n_fft / 4: half of the window's sum. Beside k it is minus half of that."""
    n_fft, hop, crop, k = 64, 16, 32, 8
    source = WavFolder(path=str(tmp_path), form=form, n_fft=n_fft, hop=hop, crop=crop)
    assert source.shape(None) == (1, crop, crop)
    t = np.arange((crop - 1) * hop + n_fft // 2)
    found = image(source, tmp_path, level * np.cos(2 * np.pi * k * t / n_fft))[0]
    inside = found[:, 2:]  # without reflection; a hop is two periods of the cosine
    peak = np.log1p(level * n_fft / 4)
    np.testing.assert_allclose(inside[k], peak, rtol=1e-5)
    beside = np.log1p(level * n_fft / 8)
    sign = -1 if form == "reallog" else 1
    np.testing.assert_allclose(inside[[k - 1, k + 1]], sign * beside, rtol=1e-5)
    rest = np.delete(inside, [k - 1, k, k + 1], axis=0)
    np.testing.assert_allclose(rest, 0, atol=1e-5)


def test_frames_are_centred_on_multiples_of_the_hop(tmp_path):
    n_fft, hop, crop = 16, 4, 8
    source = WavFolder(path=str(tmp_path), form="abslog", n_fft=n_fft, hop=hop, crop=crop)
    x = np.zeros((crop - 1) * hop + n_fft // 2)
    x[3 * hop] = 1  # under the middle of frame 3, where the window is 1
    found = np.expm1(image(source, tmp_path, x)[0])
    window = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 2
    expected = np.zeros(crop)
    expected[2:5] = window[[12, 8, 4]]  # frames 2, 3 and 4 start 12, 8 and 4 samples before it
    np.testing.assert_allclose(found[0], expected, atol=1e-6)
    x = np.zeros_like(x)
    x[3] = 1  # frame 0 sees it twice, by reflection: 3 samples behind its middle and before it
    found = np.expm1(image(source, tmp_path, x)[0])
    assert found[0, 0] == pytest.approx(window[8 + 3] + window[8 - 3], rel=1e-5)


def test_images_take_one_recording_each_and_its_beginning(tmp_path):
    for i in range(3):
        write(tmp_path / f"{i}.wav", (np.arange(100) + 1000 * i).astype(np.int16))
    source = WavFolder(path=str(tmp_path), form="raw", crop=3, test_share=0.34)
    found = read(source, "train", 2)
    assert (found.series[:, 0, 0, 0] * 32768 == 1000 * found.beside["recording"]).all()
    assert (found.beside["window"] == 0).all()
    with pytest.raises(UserError, match="holds 2 images of 9 samples, wanted n_train = 3"):
        read(source, "train", 3)


def test_short_recordings(tmp_path):
    for i in range(3):
        write(tmp_path / f"{i}.wav", np.full(5, i + 1, np.int16))
    with pytest.raises(
        UserError, match="found no windows of 8 samples; lower length or use pad_end: true"
    ):
        read(WavFolder(path=str(tmp_path)), "train", 1, 8)
    padded = read(WavFolder(path=str(tmp_path), pad_end=True), "train", 2, 8).series
    assert (padded[:, 5:] == 0).all()
    assert (padded[:, :5] > 0).all()
    write(tmp_path / "long.wav", np.arange(20, dtype=np.int16))
    with pytest.raises(UserError, match="found 1; use split: time"):
        read(WavFolder(path=str(tmp_path)), "train", 1, 8)


def test_first_only(folder):
    found = everything(WavFolder(path=str(folder), first_only=True), "train", 8)
    assert len(found.series) == 4
    assert (found.beside["window"] == 0).all()


def break_header(path):
    """Promise more samples than there are, in the header only."""
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", 1000)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:-20]), r"promises 126 bytes of samples, but 106"),
        (break_header, r"promises 1000 bytes of samples, but 126"),
        (lambda p: p.write_bytes(p.read_bytes()[:30]), "without samples|cannot be read"),
        (lambda p: p.write_bytes(p.read_bytes()[:44]), "promises 126 bytes of samples, but 0"),
        (lambda p: p.write_bytes(b""), "cannot be read|not a WAV"),
        (lambda p: p.write_text("some text, not sound"), "cannot be read|not a WAV"),
        (lambda p: write(p, np.array([0.1, np.nan] * 30), subtype="FLOAT"), "NaN or infinite"),
        (lambda p: write(p, np.zeros(0)), "found 0"),
        (lambda p: write(p, np.zeros((60, 3))), "wanted 1 or 2 channels, found 3"),
    ],
)
@pytest.mark.parametrize("sample_rate", [None, 8000])
def test_a_broken_file_is_named(folder, break_it, message, sample_rate):
    break_it(folder / "c.wav")
    source = WavFolder(path=str(folder), channels=2, sample_rate=sample_rate)
    with pytest.raises(UserError, match=rf"c\.wav: .*({message})") as error:
        read(source, "train", 1, 8)
    assert "\n" not in str(error.value)


def test_other_formats(tmp_path):
    sound = np.random.default_rng(0).integers(-9999, 9999, (2, 500)).astype(np.int16)
    for i in (0, 1):
        write(tmp_path / f"{i}.FLAC", sound[i])
    source = WavFolder(path=str(tmp_path), extensions=(".flac",))
    found = read(source, "train", 1, 500)
    assert (found.series[0] * 32768 == sound[found.beside["recording"][0]]).all()
    whole = (tmp_path / "1.FLAC").read_bytes()
    (tmp_path / "1.FLAC").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"1\.FLAC: "):
        read(source, "train", 1, 100)


def test_missing_folder_and_files(tmp_path):
    with pytest.raises(UserError, match=r"absent: no such folder; wanted \.wav files"):
        WavFolder(path=str(tmp_path / "absent")).files()
    (tmp_path / ".hidden.wav").write_text("")
    (tmp_path / "x.txt").write_text("")
    with pytest.raises(UserError, match=r"wanted \.wav or \.flac files .* found none"):
        WavFolder(path=str(tmp_path), extensions=(".wav", ".flac")).files()


def test_links_are_to_files(folder, tmp_path_factory):
    """Files behind a linked folder would be left out, or their changes never noticed."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere / "x.wav", np.arange(60, dtype=np.int16))
    (folder / "x.wav").symlink_to(elsewhere / "x.wav")
    source = WavFolder(path=str(folder))
    assert folder / "x.wav" in source.files()
    (folder / "b" / "more").symlink_to(elsewhere)
    with pytest.raises(UserError, match=r"b/more: a link to a folder, which is not followed"):
        source.files()


def test_too_many_windows(folder):
    with pytest.raises(
        UserError,
        match="the test part holds 7 windows of 8 samples, wanted n_test = 99; lower n_test or length, raise overlap",
    ):
        read(WavFolder(path=str(folder)), "test", 99, 8)


def test_one_recording(tmp_path):
    write(tmp_path / "x.wav", np.arange(40, dtype=np.int16))
    with pytest.raises(UserError, match="use split: time"):
        read(WavFolder(path=str(tmp_path)), "test", 1, 4)
    read(WavFolder(path=str(tmp_path), split="time"), "test", 2, 4)


def test_libraries_are_named(folder, monkeypatch):
    def absent(module):
        raise ImportError(f"No module named {module!r}")

    monkeypatch.setattr(extras.importlib, "import_module", absent)
    with pytest.raises(UserError, match=r"needs soundfile .*pip install 'rpgan\[audio\]'"):
        read(WavFolder(path=str(folder)), "train", 1, 8)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"overlap": 1}, r"overlap must lie in \[0, 1\), got 1"),
        ({"test_share": 0}, r"test_share must lie in \(0, 1\), got 0"),
        ({"test_share": float("nan")}, "test_share must lie in"),
        ({"sample_rate": 0}, "sample_rate must be at least 1 Hz, got 0"),
        ({"extensions": ("wav",)}, r"extensions must be like \.wav"),
        ({"extensions": ()}, r"extensions must be like \.wav"),
        ({"form": "abslog", "crop": 514}, r"crop must be at most n_fft // 2 \+ 1 = 513"),
        ({"form": "raw", "overlap": 0.5}, "one image of each file"),
        ({"form": "raw", "split": "time"}, "one image of each file"),
        ({"form": "reallog", "n_fft": 7}, "n_fft even"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        WavFolder(path="x", **settings)
