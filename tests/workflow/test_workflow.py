"""Does the workflow run, stay quiet, re-run what an edit touches and nothing else, and say why not?"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time

import pytest
import torch
from project_copy import BIN, Copy, copy_to

from rpgan import exhibits, tables
from rpgan.stages.summarise import MEASURED
from rpgan.training import checkpoint

MADE = ("parquet", "arrow", "pt", "json", "md", "html")
EVALUATED = {"evaluate": 4, "summarise": 1}
FIGURES = {"figure": 20, "table": 2}  # all but that of the process, for each of the two families
SCORED = {"figure": 10, "table": 2}  # five kinds that read what the stages floor and evaluate write
ONE_DATASET = {"train": 2, "sample": 2, "evaluate": 2, "summarise": 1, "figure": 11, "table": 1}


def test_the_table_is_complete(finished):
    table = tables.read(finished.top / "results/summary.parquet")
    runs = table[["dataset", "model", "replicate"]].drop_duplicates()
    assert len(runs) == 4
    assert table[["floor", "floor_low", "floor_high", "untrained"]].notna().to_numpy().all()
    for name in ("psd_distance", "hurst_median", "probability_wasserstein", "marginal_ks"):
        assert name in set(table["metric"])


def test_the_report_has_the_leaderboard_and_every_figure(finished):
    finished.run("snakemake", "--report", "report.html")
    page = (finished.top / "report.html").read_text()
    (finished.top / "report.html").unlink()
    figures = [path.name for path in (finished.top / "results/figures/png").iterdir()]
    assert len(figures) == 22
    assert all(f'"results/figures/png/{name}": {{"name"' in page for name in figures)
    assert all(exhibit.shows in page for exhibit in exhibits.FIGURES.values() if not exhibit.metric)
    assert '"results/leaderboard.html": {"name"' in page


def test_a_second_run_has_nothing_to_do(finished):
    assert finished.planned() == {}


def test_dates_do_not_matter(finished):
    for folder in ("src", "workflow", "data", "results"):
        for path in sorted((finished.top / folder).rglob("*"), reverse=True):
            if path.is_file():
                path.touch()
    (finished.top / "params.yaml").touch()
    assert finished.planned() == {}


@pytest.mark.parametrize(
    ("old", "new", "jobs"),
    [
        # one dataset's parameter: its descendants
        (
            "probability: 0.2",
            "probability: 0.25",
            {"simulate": 2, "represent": 2, "floor": 1} | ONE_DATASET,
        ),
        # one model's: its trainings
        ("channels: 8\n      levels: 2\n    representation: waveform",
         "channels: 16\n      levels: 2\n    representation: waveform",
         {"train": 2, "sample": 2, "evaluate": 2, "summarise": 1} | FIGURES),
        # how it is scored: no training
        ("floor_draws: 3", "floor_draws: 4", {"floor": 2} | SCORED | EVALUATED),
        # a dataset that no grid names, other spellings, another order, a comment: nothing
        ("- 0.7", "- 0.6", {}),
        ("probability: 0.2", "probability: 0.20", {}),
        ("batch_size: 8\n      ema_half_life: 2", "ema_half_life: 2.0\n      batch_size: 8", {}),
        ("seed: 1", "seed: 1  # lucky", {}),
        # a dataset or replicates more: these alone
        ("- bg\n    models", "- bg\n    - fgn_h0.7\n    models",
         {"simulate": 2, "represent": 2, "floor": 1} | ONE_DATASET),
        ("replicates: 1", "replicates: 2",
         {"train": 4, "sample": 4, "evaluate": 4, "summarise": 1, "figure": 22, "table": 2}),
    ],
)  # fmt: skip
def test_an_edit_of_params_reruns_its_descendants(finished, old, new, jobs):
    with finished.edited("params.yaml", old, new):
        assert finished.planned() == jobs


def test_a_smaller_grid_retrains_nothing(finished):
    with finished.edited("params.yaml", "- bg\n    models", "models"):
        assert finished.planned() == {"summarise": 1}


@pytest.mark.parametrize(
    ("path", "old", "new", "jobs"),
    [
        ("processes/fgn.py", "return {\"hurst\": self.hurst}", "return {\"hurst\": self.hurst + 0}",
         {"simulate": 2, "represent": 2, "floor": 1} | ONE_DATASET),
        ("models/stftgan.py", "F.leaky_relu(conv(x), 0.2)", "F.leaky_relu(conv(x), 0.1)",
         {"train": 2, "sample": 2, "evaluate": 2, "summarise": 1} | FIGURES),
        ("losses/wgan_gp.py", "(norms - target).square()", "(norms - 2 * target).square()",
         {"train": 4, "sample": 4} | EVALUATED | FIGURES),
        ("metrics/marginal.py", "quantiles: int = 255", "quantiles: int = 63",
         {"floor": 2} | SCORED | EVALUATED),
        ("stages/summarise.py", "round(value, 6)", "round(value, 7)", {"summarise": 1}),
        ("models/stftgan.py", "# (n,)", "# scores (n,)", {}),
        ("models/stftgan.py", "STFT-GAN: a two", "STFT-GAN, a two", {}),
    ],
)  # fmt: skip
def test_an_edit_of_code_reruns_its_descendants(finished, path, old, new, jobs):
    with finished.edited(f"src/rpgan/{path}", old, new):
        assert finished.planned() == jobs


def test_processes_that_share_a_batch_are_started_by_torchrun(finished):
    old, new = "ema_half_life: 2", "ema_half_life: 2\n      processes: 2"
    with finished.edited("params.yaml", old, new):
        said = finished.run("snakemake", "-n", "-p", "results/bg/wavegan/0/generator.pt")
    assert "torchrun --standalone --nproc-per-node 2 -m rpgan train" in said


def test_a_pair_outside_of_every_grid_is_a_target(finished):
    target = "results/fgn_h0.7/stftgan/metrics.parquet"
    jobs = {"simulate": 2, "represent": 1, "train": 1, "sample": 1, "floor": 1, "evaluate": 1}
    assert finished.planned(target) == jobs | {"pair": 1}
    assert finished.planned("results/bg/wavegan/metrics.parquet") == {"pair": 1}


def test_a_new_dataset_and_a_new_model_are_targets_at_once(finished):
    dataset = "datasets:\n  new:\n    process: {name: fbm, hurst: 0.4}\n    length: 64\n    n_train: 9\n    n_test: 9\n"
    jobs = {"simulate": 2, "represent": 1, "floor": 1, "train": 1, "sample": 1, "evaluate": 1}
    with finished.edited(
        "params.yaml", "    replicates: 1\ndatasets:\n", f"    replicates: 1\n{dataset}"
    ):
        assert finished.planned("results/new/wavegan/metrics.parquet") == jobs | {"pair": 1}
        assert finished.planned() == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("probability: 0.2", "probabilty: 0.2", "datasets.bg.process.probabilty: unknown setting"),
        ("name: bernoulli_gaussian", "name: bernouli", "datasets.bg.process: unknown name 'bernouli'"),
        ("- 0.3", "- 1.5", "datasets.fgn_h1.5.process: hurst must lie in (0, 1), got 1.5"),
        ("- bg\n    models", "- bgg\n    models", "grids.toy.datasets: 'bgg' is not defined"),
        ("    replicates: 1\ndatasets:\n", "    replicates: 1\ndatasets:\n  fgn: {}\n", "duplicate key"),
    ],
)  # fmt: skip
def test_mistakes_stop_before_any_job(finished, old, new, message):
    with finished.edited("params.yaml", old, new):
        output = finished.refused("snakemake", "--cores", "1")
        (line,) = [line for line in output.splitlines() if line.startswith("rpgan: ")]
        assert message in line
        assert "Job stats" not in output


def test_unknown_targets_and_overrides_are_explained(finished):
    for target, message in (
        ("results/fgn_h0.8/wavegan/metrics.parquet", "'fgn_h0.8' is not defined; did you mean"),
        ("results/fgn_h0.3/wavgan/0/generator.pt", "'wavgan' is not defined; did you mean"),
        ("results/paper/summary.parquet", "grids: 'paper' is not defined; there are toy"),
        ("data/fgn_h0.3/stf/train.arrow", "'stf' is not defined; did you mean stft"),
    ):
        output = finished.refused("snakemake", "-n", target)
        (line,) = [line for line in output.splitlines() if line.startswith("rpgan: ")]
        assert message in line
    output = finished.refused("snakemake", "-n", "--config", "seed=3")
    assert "leave out --config" in output


def test_a_run_has_one_path(finished):
    assert "No rule to produce" in finished.refused(
        "snakemake", "-n", "results/bg/wavegan/00/generator.pt"
    )
    assert finished.planned("results/bg/wavegan/10/generator.pt")["train"] == 1


def test_snakemake_s_linter_asks_for_nothing_but_containers(finished):
    said = finished.command("snakemake", "--lint").stderr
    found = set(re.findall(r"^    \* (.*):$", said, re.MULTILINE))
    assert found == {"Specify a conda environment or container for each rule."}


@pytest.fixture
def broken(finished, tmp_path) -> Copy:
    """A finished copy that a test may break."""
    shutil.copytree(finished.top, tmp_path / "copy", symlinks=True)
    return Copy(tmp_path / "copy")


def test_a_truncated_file_is_named_and_never_used(broken):
    path = broken.top / "data/fgn_h0.3/train.arrow"
    path.write_bytes(path.read_bytes()[:5000])
    before = (broken.top / "results/summary.parquet").read_bytes()
    output = broken.refused("snakemake", "--cores", "2")
    assert "data/fgn_h0.3/train.arrow: not a whole Arrow file" in output
    path.unlink()
    broken.make()
    assert (broken.top / "results/summary.parquet").read_bytes() == before
    assert broken.planned() == {}


@pytest.mark.parametrize("name", ["samples.arrow", "metrics.parquet"])
def test_a_foreign_file_is_named_and_never_used(broken, name):
    """Whichever of the jobs that read it comes first: what they say begins with the same words."""
    here, there = (f"results/{dataset}/wavegan/0/{name}" for dataset in ("fgn_h0.3", "bg"))
    shutil.copy(broken.top / there, broken.top / here)
    output = broken.refused("snakemake", "--cores", "2", "results/summary.parquet", "-f")
    assert f"{here}: made from other settings" in output


def test_killed_and_started_again_ends_with_the_same_files(finished, tmp_path):
    """Two jobs at a time until it is killed, then one: neither shows, but in what time it took."""
    copy = copy_to(tmp_path / "killed")
    command = [str(BIN / "snakemake"), "--cores", "2", "results/summary.parquet"]
    process = subprocess.Popen(
        command, cwd=copy.top, start_new_session=True, stderr=subprocess.DEVNULL
    )
    while not list(copy.top.glob("scratch/*.lock")) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)  # Snakemake and every job, at once
    process.wait()
    assert not (copy.top / "results/summary.parquet").exists()
    copy.run("snakemake", "--unlock")
    copy.run("snakemake", "--cores", "1", "results/summary.parquet")
    results = finished.top / "results"
    made = [path for kind in MADE for path in results.rglob(f"*.{kind}")]
    made = [path for path in made if path.parent.name != "tables"]  # no part of the summary
    assert len(made) == 39
    for path in made:
        again = copy.top / path.relative_to(finished.top)
        if path.name in ("history.parquet", "costs.parquet"):
            untimed = [tables.read(p).drop(columns=MEASURED) for p in (path, again)]
            assert untimed[0].equals(untimed[1]), path
        elif path.suffix == ".pt":
            # The same contents may be pickled in several ways.
            weights = [checkpoint.load(p, torch.device("cpu"))["G"] for p in (path, again)]
            assert all(torch.equal(w, weights[1][name]) for name, w in weights[0].items()), path
        else:
            assert path.read_bytes() == again.read_bytes(), path


def test_a_run_that_is_alive_is_not_unlocked(finished):
    """Its files would be lost to the next run; after its end, however it came, they are free."""
    with (finished.top / ".snakemake/running").open("w") as running:
        fcntl.flock(running, fcntl.LOCK_SH)
        said = finished.refused("snakemake", "--unlock").splitlines()
        assert said[-1].startswith("rpgan: another Snakemake works in this folder; wait for it")
        assert finished.planned() == {}
    finished.run("snakemake", "--unlock")


def test_settings_that_change_while_it_runs_stop_it(broken):
    """A job that starts later must not see other settings than the run was planned with."""
    environment = os.environ | {
        "RPGAN_STATE": "of another time",
        "RPGAN_PARAMS": str(broken.top / "params.yaml"),
    }
    done = subprocess.run(
        [str(BIN / "snakemake"), "-n"],
        cwd=broken.top,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "changed while this workflow runs; start it again" in done.stdout + done.stderr
