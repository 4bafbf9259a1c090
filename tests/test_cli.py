"""Every verb by hand, without a workflow engine, on the toy settings."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rpgan import series, tables
from rpgan.cli import main
from rpgan.errors import UndefinedLaw
from rpgan.processes import FGN

TOY = Path(__file__).parent / "workflow" / "params.yaml"


def rpgan(folder, *words):
    command = [sys.executable, "-m", "rpgan", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(TOY, folder / "params.yaml")
    for words in (
        "simulate fgn_h0.3",
        "represent fgn_h0.3 waveform",
        "train fgn_h0.3 wavegan",
        "sample fgn_h0.3 wavegan",
        "floor fgn_h0.3",
        "evaluate fgn_h0.3 wavegan",
    ):
        done = rpgan(folder, *words.split())
        assert done.returncode == 0, done.stderr
    return folder


def test_the_stages_make_the_tree(project):
    made = {str(p.relative_to(project)) for p in project.rglob("*") if p.is_file()}
    run, law = "results/fgn_h0.3/wavegan/0", "results/fgn_h0.3/law"
    assert made == {
        "params.yaml",
        *(
            f"data/fgn_h0.3/{name}"
            for name in ("train.arrow", "test.arrow", "waveform/train.arrow")
        ),
        *(f"{law}/{name}.parquet" for name in ("floor", "spectra", "estimates")),
        *(f"{run}/{name}.parquet" for name in ("history", "metrics", "spectra", "estimates")),
        *(f"{run}/{name}" for name in ("generator.pt", "samples.arrow", "untrained.arrow")),
        "scratch/fgn_h0.3+wavegan+0.lock",
    }


def test_samples_have_the_shape_and_units_of_the_test_set(project):
    fake, _ = series.read_any(project / "results/fgn_h0.3/wavegan/0/samples.arrow")
    real, _ = series.read_any(project / "data/fgn_h0.3/test.arrow")
    assert fake.shape == real.shape == (48, 64)
    train, _ = series.read_any(project / "data/fgn_h0.3/train.arrow")
    assert np.all(np.abs(fake) <= np.abs(train).max(axis=0).max() * (1 + 1e-5))


def test_trained_differs_from_untrained(project):
    run = project / "results/fgn_h0.3/wavegan/0"
    trained, untrained = (series.read_any(run / f"{n}.arrow")[0] for n in ("samples", "untrained"))
    assert not np.allclose(trained, untrained)
    table = tables.read(run / "metrics.parquet")
    assert table["value"].tolist() != table["untrained"].tolist()


def test_more_samples_begin_with_the_same_ones(project, tmp_path):
    files = ("--samples", str(tmp_path / "s.arrow"), "--untrained", str(tmp_path / "u.arrow"))
    done = rpgan(project, "sample", "fgn_h0.3", "wavegan", "--n", "300", *files)
    assert done.returncode == 0, done.stderr
    few, _ = series.read_any(project / "results/fgn_h0.3/wavegan/0/samples.arrow")
    many, _ = series.read_any(tmp_path / "s.arrow")
    assert many.shape == (300, 64)
    np.testing.assert_allclose(many[:48], few, rtol=1e-4, atol=1e-5)


def test_a_table_for_people(project):
    done = rpgan(project, "show", "results/fgn_h0.3/wavegan/0/metrics.parquet")
    assert done.returncode == 0, done.stderr
    for word in ("psd_distance", "hurst_wasserstein", "untrained", "floor", "excess"):
        assert word in done.stdout
    assert "legacy" not in done.stdout


def test_score_tells_a_perfect_generator_from_a_wrong_one(project, tmp_path):
    """Distances of fresh draws lie within the range of the floor's; those of another law do not."""
    distances = {}
    for hurst in (0.3, 0.5):
        path = tmp_path / f"{hurst}.npy"
        np.save(path, FGN(hurst=hurst).sample(200, 64, np.random.default_rng(0)))
        out = tmp_path / f"{hurst}.parquet"
        done = rpgan(project, "score", str(path), "--dataset", "fgn_h0.3", "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert "200 series of 64 samples against fgn_h0.3" in done.stdout
        table = tables.read(out).set_index("metric")
        distances[hurst] = table.loc[["psd_distance", "hurst_wasserstein"]]
    assert (distances[0.5]["value"] > distances[0.5]["floor_high"]).all()
    assert (distances[0.3]["value"] < distances[0.5]["value"] / 2).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("simulate", "DATASET missing; see rpgan --help"),
        ("simulate fgn_h0.4", "'fgn_h0.4' is not defined; did you mean fgn_h0.7, fgn_h0.3"),
        ("train fgn_h0.3 wavgan", "'wavgan' is not defined; did you mean wavegan"),
        (
            "train fgn_h0.7 wavegan",
            "data/fgn_h0.7/waveform/train.arrow: no such file;"
            " snakemake --cores all data/fgn_h0.7/waveform/train.arrow makes it",
        ),
        ("train fgn_h0.3 wavegan --settings [", "--settings: wanted JSON, got '['"),
        ("score absent.arrow --dataset fgn_h0.3", "absent.arrow: no such file\n"),
        ("show", "results/summary.parquet: no such file"),
        ("simulate x --params absent.yaml", "absent.yaml: no such file"),
        ("", "the following arguments are required: VERB; see rpgan --help"),
        ("trian", "argument VERB: invalid choice: 'trian'"),
        ("train fgn_h0.3 wavegan --device gpu", "invalid choice: 'gpu' (choose from"),
        ("train fgn_h0.3 wavegan --replicate -1", "--replicate: must be at least 0, got -1; see rpgan train --help"),
        ("train fgn_h0.3 wavegan --interval nan", "--interval: must be at least 0, got nan"),
        ("sample fgn_h0.3 wavegan --n 0", "--n: must be at least 1, got 0; see rpgan sample --help"),
        ("sample fgn_h0.3 wavegan --n many", "--n: invalid whole number value: 'many'"),
        ("sample fgn_h0.3 wavegan --batch 0", "--batch: must be at least 1, got 0"),
        ("sample fgn_h0.3 wavegan --seed -1", "--seed: must be at least 0, got -1"),
        ("floor fgn_h0.3 --threads 0", "--threads: must be at least 1, got 0"),
        ("simulate fgn_h0.3 --out x.arrow", "--out names one file, and a dataset has two"),
        ("simulate --settings {}", "--settings: dataset: this setting is missing"),
        ("summarise --sources x.parquet", "--out is needed with --sources"),
        ("figures --out x.pdf", "--out names one figure; --settings says which"),
        ("figures --settings {}", "--out is needed with --settings"),
        ("figures --settings [1] --out x.pdf", "--settings: input should be a valid dictionary, got [1]"),
        ("show params.yaml", "params.yaml: not a whole Parquet file"),
        ("score data --dataset fgn_h0.3", "data"),
        ("score data/fgn_h0.3/test.arrow --dataset fgn_h0.3 --out data", "data: wanted the name of a file, and this is a folder"),
    ],
)  # fmt: skip
def test_mistakes_take_one_line_and_exit_with_2(project, monkeypatch, capsys, words, message):
    monkeypatch.chdir(project)
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(SystemExit) as caught:
        main(words.split())
    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert said.startswith("rpgan: ")
    assert message in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x.arrow"), "No space left on device: 'x.arrow'"),
        (MemoryError("Unable to allocate 7 TiB"), "too little memory: Unable to allocate 7 TiB"),
        (UndefinedLaw("no spectrum"), "no spectrum"),
    ],
)  # fmt: skip
def test_what_a_machine_refuses_takes_one_line(monkeypatch, capsys, error, said):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr("rpgan.stages.show.show", refuse)
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(SystemExit) as caught:
        main(["show"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(f"{said}\n")


def test_a_generator_of_other_settings_is_refused(project, tmp_path):
    text = (project / "params.yaml").read_text()
    (tmp_path / "params.yaml").write_text(text.replace("seed: 1", "seed: 2"))
    params = ("--params", str(tmp_path / "params.yaml"))
    done = rpgan(project, "sample", "fgn_h0.3", "wavegan", *params)
    assert done.returncode == 2
    assert (
        "generator.pt: made from other settings than those asked for (data.draw.seed" in done.stderr
    )


def test_a_reader_who_stops_is_no_error():
    """As `rpgan ... | head`: the pipe is closed before the first line is written."""
    script = (
        "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1);"
        "from rpgan import cli;"
        "from rpgan.stages import show; show.show = lambda *_, **__: print('x' * 100_000);"
        "cli.main(['show'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 141
    assert done.stderr == ""


def test_help_teaches():
    done = rpgan(".", "--help")
    assert done.returncode == 0
    for verb in ("simulate", "represent", "train", "sample", "evaluate", "score", "summarise"):
        assert verb in done.stdout
        assert rpgan(".", verb, "--help").returncode == 0


@pytest.mark.parametrize(
    ("module", "words", "extra"),
    [("torch", "doctor", "train"), ("matplotlib", "figures --settings {}", "figures")],
)
def test_an_extra_that_is_not_installed_is_named(module, words, extra):
    hide = f"import sys; sys.modules[{module!r}] = None; from rpgan.cli import main; main({words.split()})"
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"rpgan: this needs {module}: pip install 'rpgan[{extra}]'\n"
