"""Pictures and sounds as targets, and trainings that encode their series themselves."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from project_copy import Copy, copy_to

RUN = "results/fgn_h0.3/wavegan/0"
DOTS = "{name: image_folder, path: recordings/dots, size: 16}"
BELLS = "{name: wav_folder, path: recordings/bells, form: abslog, n_fft: 64, hop: 16, crop: 16}"
ADDED = {  # before what is there already
    "  fgn:\n": f"""\
  dots: {{source: {DOTS}, n_train: 8, n_test: 4}}
  bells: {{source: {BELLS}, n_train: 8, n_test: 2}}
  fgn:
""",
    "  waveform:\n": """\
  global:
  - {name: scale, kind: global_min_max}
  waveform:
""",
    "  wavegan:\n": """\
  dcgan:
    model: {name: dcgan2d, channels: 8}
    representation: global
    loss: {name: non_saturating}
    training: {steps: 3, batch_size: 4}
  wavegan:
""",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Copy:
    return copy_to(tmp_path_factory.mktemp("samples"))


def test_series_are_drawn_and_heard(finished):
    picture, sound = (finished.top / RUN / f"samples.{suffix}" for suffix in ("png", "wav"))
    try:
        finished.make(f"{RUN}/samples.png", f"{RUN}/samples.wav")
        with Image.open(picture) as found:
            assert found.size[0] > 500
        samples, rate = soundfile.read(sound)
    finally:
        picture.unlink(missing_ok=True)
        sound.unlink(missing_ok=True)
    assert rate == 16000
    assert len(samples) == 8 * 64 + 7 * 4000
    assert np.abs(samples).max() > 0.9


def test_images_are_drawn_and_spectrograms_heard(copy):
    record(copy.top / "recordings")
    with contextlib.ExitStack() as stack:
        for old, new in ADDED.items():
            stack.enter_context(copy.edited("params.yaml", old, new))
        names = "dots/dcgan/0/samples.png", "bells/dcgan/0/samples.png", "bells/dcgan/0/samples.wav"
        made = {"simulate": 4, "represent": 2, "train": 2, "sample": 2, "picture": 2, "sound": 1}
        assert copy.planned(*(f"results/{name}" for name in names)) == made
        said = copy.refused("snakemake", "-n", "results/dots/dcgan/0/samples.wav").splitlines()
        assert said[-1] == "rpgan: datasets.dots: images make no sound; ask for samples.png instead"


def record(folder: Path) -> None:
    """Twenty small images, and as many sounds."""
    rng = np.random.default_rng(0)
    for name in ("dots", "bells"):
        (folder / name).mkdir()
    for i in range(20):
        pixels = rng.integers(0, 256, (16, 16), np.uint8)
        Image.fromarray(pixels).save(folder / "dots" / f"{i}.png")
        soundfile.write(folder / "bells" / f"{i}.wav", rng.uniform(-0.5, 0.5, 400), 8000)


def test_encoding_at_load_makes_no_tensors(copy):
    """What was learnt is one file that both replicates read; samples come from it as usual."""
    old = "steps: 20\n      batch_size: 8\n      ema_half_life: 2"
    with copy.edited("params.yaml", old, f"{old}\n      fast: {{encode_at_load: true}}"):
        targets = [f"results/bg/wavegan/{i}/samples.arrow" for i in (0, 1)]
        assert copy.planned(*targets) == {"simulate": 1, "fit": 1, "train": 2, "sample": 2}
        copy.make("results/bg/wavegan/0/generator.pt")
        assert not (copy.top / "data/bg/waveform/train.arrow").exists()
        assert (copy.top / "data/bg/waveform/fitted.arrow").exists()
        step = "src/rpgan/representations/scale.py", "NARROWEST = 1e-6", "NARROWEST = 1e-5"
        with copy.edited(*step):
            assert copy.planned(targets[0]) == {"fit": 1, "train": 1, "sample": 1}
