"""Made-up tables of a family, with numbers that a test can find again in the figure."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rpgan import layout, series, tables
from rpgan.figures import Family
from rpgan.spec import as_json

N, LENGTH, BINS = 32, 64, 31
NONE = pd.DataFrame(columns=["set", "parameter", "estimate"])  # estimates without a law


@pytest.fixture
def family() -> Family:
    return family_of(3)


@pytest.fixture
def root(tmp_path: Path, family: Family, folder_of: Callable[[Family], Path]) -> Path:
    """A folder with everything that the figures of `family` need, to be tampered with."""
    return Path(shutil.copytree(folder_of(family), tmp_path / "root"))


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Family], Path]:
    """The folder with everything that the figures of a family need, to be read only."""
    made: dict[str, Path] = {}

    def folder(family: Family) -> Path:
        key = as_json(family)
        if key not in made:
            made[key] = tmp_path_factory.mktemp("family")
            write(made[key], family)
        return made[key]

    return folder


@pytest.fixture
def made_up() -> Callable[..., None]:
    """write(root, family, distance): a family whose spectral distance is called otherwise."""
    return write


@pytest.fixture
def of_size() -> Callable[[int], Family]:
    """A family of so many members."""
    return family_of


@pytest.fixture
def heavy() -> Family:
    """A family of laws without variance."""
    return Family(
        name="sas",
        process="alpha_stable",
        parameter="alpha",
        members={"sas_a1": 1.0, "sas_a1.5": 1.5},
        models=["wavegan"],
        replicates=1,
    )


def family_of(members: int) -> Family:
    values = np.round(np.linspace(0.1, 0.9, members), 3)
    return Family(
        name="fgn",
        process="fgn",
        parameter="hurst",
        members={f"fgn_h{value}": float(value) for value in values},
        models=["wavegan", "stftgan"],
        replicates=2,
    )


def write(root: Path, family: Family, distance: str | None = "psd_distance") -> None:
    """All tables and series of `family`; `distance` is the spectral distance that it has."""
    for dataset, value in family.members.items():
        rng = np.random.default_rng(round(1000 * value))
        real = draw(family, dataset, "test")
        series.write(root / layout.series(dataset, "test"), made_series(rng), real)
        law = {"real": real, "metrics": []}
        tables.write(root / layout.law(dataset, "spectra"), spectra(rng, "real"), law)
        found = estimates(rng, "real", value) if family.process else NONE
        tables.write(root / layout.law(dataset, "estimates"), found, law)
        for model, replicate in itertools.product(family.models, range(family.replicates)):
            write_run(root, family, dataset, model, replicate, rng, distance)


def write_run(
    root: Path,
    family: Family,
    dataset: str,
    model: str,
    replicate: int,
    rng: np.random.Generator,
    distance: str | None,
) -> None:
    data = {"draw": draw(family, dataset, "train"), "steps": []}
    run = {"data": data, "label": model, "replicate": replicate, "loss": {"name": "wgan_gp"}}
    value = family.members[dataset]
    both = ("fake", "untrained")
    for name, rows in {
        "spectra": pd.concat([spectra(rng, name) for name in both]),
        "estimates": pd.concat([estimates(rng, name, value) for name in both])
        if family.process
        else NONE,
        "metrics": metrics(family, dataset, model, replicate, distance),
    }.items():
        path = root / layout.run(dataset, model, replicate, f"{name}.parquet")
        tables.write(path, rows, {"battery": {}, "run": run})
    tables.write(root / layout.run(dataset, model, replicate, "history.parquet"), history(rng), run)
    samples = root / layout.run(dataset, model, replicate, "samples.arrow")
    series.write(samples, made_series(rng), {"run": run, "n": N, "trained": True})


def draw(family: Family, dataset: str, part: str) -> dict[str, Any]:
    made = {"dataset": dataset, "part": part, "length": LENGTH, "n": N, "seed": 0, "varying": {}}
    if not family.process:
        source = {"name": "table", "path": "recordings/x.csv"}
        return made | {"process": None, "source": source}
    process: dict[str, Any] = {"name": family.process}
    process |= {family.parameter: family.members[dataset]} if family.parameter else {"hurst": 0.5}
    return made | {"process": process, "source": None}


def made_series(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((N, LENGTH))


def spectra(rng: np.random.Generator, name: str) -> pd.DataFrame:
    frequency = np.arange(1, BINS + 1) / (2 * BINS + 2)
    median = (1 + 0.1 * rng.random(BINS)) * (0.1 + frequency)
    columns = {"frequency": frequency, "mean": 1.1 * median, "median": median}
    return pd.DataFrame({"set": name} | columns | {"low": 0.5 * median, "high": 2 * median})


def estimates(rng: np.random.Generator, name: str, value: float) -> pd.DataFrame:
    found = {
        "hurst": value + 0.02 * rng.standard_normal(N),
        "scale": np.exp(rng.standard_normal(N)),
    }
    return pd.concat(
        [pd.DataFrame({"set": name, "parameter": p, "estimate": e}) for p, e in found.items()]
    )


def metrics(
    family: Family, dataset: str, model: str, replicate: int, distance: str | None
) -> pd.DataFrame:
    value = 0.2 + 0.1 * family.models.index(model) + 0.01 * replicate + family.members[dataset]
    names = (
        {"hurst_median": family.members[dataset], "scale_median": 1.0}
        | {"energy_distance": 0.0, "legacy_density": 1.0, "legacy_coverage": 1.0}
        | ({distance: 0.0} if distance else {})
    )
    return pd.DataFrame(
        [
            {"dataset": dataset, "model": model, "replicate": replicate, "metric": name}
            | {"value": value, "low": value - 0.01, "high": value + 0.02}
            | {"floor": 0.05, "floor_low": 0.04, "floor_high": 0.07}
            | {"ideal": ideal, "untrained": 3 * value, "n": N, "length": LENGTH, "undefined": ""}
            for name, ideal in names.items()
        ]
    )


def history(rng: np.random.Generator) -> pd.DataFrame:
    step = np.arange(1, 21) * 5
    terms = {
        "D/real": -rng.random(20) - 1 / step,
        "D/fake": -rng.random(20),
        "D/gradient_penalty": 0.1 + rng.random(20),
        "G/fake": rng.standard_normal(20),
        "score_real": rng.standard_normal(20),
        "score_fake": rng.standard_normal(20),
        "D_gradient_norm": 1 + rng.random(20),
        "G_gradient_norm": 2 + rng.random(20),
    }
    return pd.DataFrame({"step": step} | terms)
