"""What each figure and table of a family of datasets is made from, and which families have it."""

import itertools
from collections.abc import Container
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Exhibit:
    """Files that one kind of figure or table reads, and what it needs to exist at all."""

    of_run: tuple[str, ...] = ()  # files of every run
    of_law: tuple[str, ...] = ()  # tables of the law of each member
    of_data: tuple[str, ...] = ()  # parts of the series of each member
    law: bool = False  # whether the process must be known
    metric: str = ""  # that must be in the battery, if any


FIGURES = {
    "combined": Exhibit(("metrics.parquet", "estimates.parquet"), ("estimates",)),
    "battery": Exhibit(("metrics.parquet",), ("estimates",)),
    "density_coverage": Exhibit(
        ("metrics.parquet",), ("estimates",), metric="legacy_density_coverage"
    ),
    "histograms": Exhibit(("metrics.parquet", "estimates.parquet"), ("estimates",), law=True),
    "spectra": Exhibit(("spectra.parquet",), ("spectra",)),
    "autocorrelations": Exhibit(("samples.arrow",), (), ("test",)),
    "marginals": Exhibit(("samples.arrow",), (), ("test",)),
    "examples": Exhibit(("samples.arrow",), (), ("test",)),
    "spectrograms": Exhibit(("samples.arrow",), (), ("test",)),
    "process": Exhibit((), ("spectra",), ("test",), law=True),
    "training": Exhibit(("history.parquet",)),
    "dynamics": Exhibit(("history.parquet",)),
}
TABLES = {"results": Exhibit(("metrics.parquet",))}


def kinds(of: dict[str, Exhibit], family: dict[str, Any], metrics: Container[str]) -> list[str]:
    """Those kinds that `family` has, given the names of the `metrics` that are computed."""
    return [
        kind
        for kind, exhibit in of.items()
        if (family["process"] or not exhibit.law)
        and (not exhibit.metric or exhibit.metric in metrics)
    ]


def inputs(exhibit: Exhibit, family: dict[str, Any]) -> list[str]:
    """All files that `exhibit` of `family` is made from."""
    runs = list(itertools.product(family["members"], family["models"], range(family["replicates"])))
    return [
        *(f"results/{d}/{m}/{r}/{file}" for file in exhibit.of_run for d, m, r in runs),
        *(
            f"results/{d}/law/{table}.parquet"
            for table in exhibit.of_law
            for d in family["members"]
        ),
        *(f"data/{d}/{part}.arrow" for part in exhibit.of_data for d in family["members"]),
    ]
