"""DVC's record of what Snakemake made: fresh clones, experiments, and no stale result in any of them."""

import json
import shutil

import pytest
from project_copy import Copy, copy_to

BG = {"simulate": 2, "represent": 2, "floor": 1, "train": 2, "sample": 2, "evaluate": 2}
BG_CHANGED = BG | {"summarise": 1, "figure": 11, "table": 1}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Copy:
    """A git repository in which `dvc repro` has run and `dvc push` has saved everything."""
    top = tmp_path_factory.mktemp("recorded")
    copy = copy_to(top / "project")
    copy.run("git", "init", "-q", "-b", "main")
    copy.run("dvc", "remote", "add", "-d", "store", str(top / "store"))
    commit(copy, "start")
    copy.run("dvc", "repro")
    commit(copy, "results")
    copy.run("dvc", "push")
    return copy


def commit(copy: Copy, message: str) -> None:
    copy.run("git", "add", "-A")
    copy.run("git", "commit", "-q", "-m", message)


@pytest.fixture
def clone(recorded, tmp_path) -> Copy:
    """A fresh clone with everything pulled."""
    recorded.run("git", "clone", "-q", str(recorded.top), str(tmp_path / "clone"))
    copy = Copy(tmp_path / "clone")
    copy.run("dvc", "pull")
    return copy


def probability(copy: Copy) -> float:
    """What the summary says that the law's parameter is."""
    digest = json.loads((copy.top / "results/summary.json").read_text())
    return digest["bg"]["floor"]["probability_median"]


def test_git_holds_no_data(recorded):
    tracked = recorded.run("git", "ls-files").splitlines()
    assert "dvc.lock" in tracked
    assert not [name for name in tracked if name.startswith(("data", "results", ".snakemake"))]


def test_a_fresh_clone_has_nothing_to_do(clone):
    assert clone.planned() == {}
    assert "up to date" in clone.run("dvc", "status")
    assert "didn't change, skipping" in clone.run("dvc", "repro")


def test_an_edit_in_a_fresh_clone_is_seen_and_recorded(clone):
    """Without Snakemake's records among DVC's outs, old results were kept under new settings."""
    before = probability(clone)
    file = clone.top / "params.yaml"
    file.write_text(file.read_text().replace("probability: 0.2", "probability: 0.6"))
    assert clone.planned() == BG_CHANGED
    clone.run("dvc", "repro")
    assert before == pytest.approx(0.2, abs=0.1)
    assert probability(clone) == pytest.approx(0.6, abs=0.1)
    assert clone.planned() == {}
    assert "up to date" in clone.run("dvc", "status")


def test_edited_code_in_a_fresh_clone_is_seen(clone):
    """A shell rule hides its package from Snakemake; the digests of code show it."""
    with clone.edited(
        "src/rpgan/losses/wgan_gp.py", "(norms - target).square()", "(norms - 2 * target).square()"
    ):
        assert clone.planned()["train"] == 4
        assert "modified" in clone.run("dvc", "status")
    with clone.edited(
        "src/rpgan/losses/wgan_gp.py",
        "from torch import Tensor\n",
        "from torch import Tensor  # why\n",
    ):
        assert clone.planned() == {}


def test_an_experiment_and_back_and_forth(clone):
    """Data that were checked out again must not pass for those of the experiment."""
    before = probability(clone)
    clone.run("dvc", "exp", "run", "-S", "datasets.bg.process.probability=0.6")
    assert probability(clone) == pytest.approx(0.6, abs=0.1)
    assert "bg.floor.probability_median" in clone.run("dvc", "metrics", "diff")
    clone.run("git", "checkout", "-q", ".")
    clone.run("dvc", "checkout", "--force")
    assert probability(clone) == before
    assert clone.planned() == {}
    file = clone.top / "params.yaml"
    text = file.read_text().replace("probability: 0.2", "probability: 0.6")
    file.write_text(
        text.replace(
            "steps: 20\n      batch_size: 8\n      ema", "steps: 21\n      batch_size: 8\n      ema"
        )
    )
    planned = clone.planned()
    assert {rule: planned[rule] for rule in ("simulate", "train")} == {"simulate": 2, "train": 3}


def test_what_dvc_shows(clone, tmp_path):
    shown = json.loads(clone.run("dvc", "metrics", "show", "--json").splitlines()[-1])
    metrics = shown[""]["data"]["results/summary.json"]["data"]
    assert metrics["fgn_h0.3"]["stftgan"]["psd_distance"] > 0
    clone.run("dvc", "plots", "show", "--out", str(tmp_path / "plots"))
    images = {path.name for path in (tmp_path / "plots").rglob("*.png")}
    assert any("combined_fgn" in name for name in images)
    assert (clone.top / "results/tables/results_fgn.md").exists()


def test_a_pull_of_one_dataset(recorded, tmp_path):
    recorded.run("git", "clone", "-q", str(recorded.top), str(tmp_path / "clone"))
    copy = Copy(tmp_path / "clone")
    copy.run("dvc", "pull", "results/bg")
    assert (copy.top / "results/bg/wavegan/0/metrics.parquet").exists()
    assert not (copy.top / "results/fgn_h0.3").exists()
    shutil.rmtree(copy.top)
