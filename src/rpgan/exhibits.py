"""What each figure and table of a family of datasets is made from, and which families have it."""

import itertools
from collections.abc import Container
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Exhibit:
    """What one kind of figure or table shows, reads, and needs to exist at all."""

    shows: str
    of_run: tuple[str, ...] = ()  # files of every run
    of_law: tuple[str, ...] = ()  # tables of the law of each member
    of_data: tuple[str, ...] = ()  # parts of the series of each member
    law: bool = False  # whether the process must be known
    metric: str = ""  # that must be in the battery, if any


FIGURES = {
    "combined": Exhibit(
        "spectral distance over the floor; box plots of each estimated parameter against the true"
        " one",
        ("metrics.parquet", "estimates.parquet"),
        ("estimates",),
    ),
    "battery": Exhibit(
        "a panel for every metric of the battery, over its floor",
        ("metrics.parquet",),
        ("estimates",),
    ),
    "density_coverage": Exhibit(
        "density and coverage by dynamic time warping, with bootstrap and Wilson intervals, over"
        " the floor",
        ("metrics.parquet",),
        ("estimates",),
        metric="legacy_density_coverage",
    ),
    "histograms": Exhibit(
        "estimates of each parameter, in 50 bins",
        ("metrics.parquet", "estimates.parquet"),
        ("estimates",),
        law=True,
    ),
    "spectra": Exhibit(
        "median spectra, with the central 90 % of the target", ("spectra.parquet",), ("spectra",)
    ),
    "autocorrelations": Exhibit(
        "median autocorrelations to lag 59, beside the law's", ("samples.arrow",), (), ("test",)
    ),
    "marginals": Exhibit(
        "densities of samples, beside the law's", ("samples.arrow",), (), ("test",)
    ),
    "examples": Exhibit(
        "first series of target and models, side by side", ("samples.arrow",), (), ("test",)
    ),
    "spectrograms": Exhibit("spectrograms of the first series", ("samples.arrow",), (), ("test",)),
    "process": Exhibit(
        "series, spectra and densities of the law", (), ("spectra",), ("test",), law=True
    ),
    "training": Exhibit(
        "losses, gradient penalty, estimated Wasserstein distance", ("history.parquet",)
    ),
    "dynamics": Exhibit(
        "each network's whole loss, mean scores of real and generated series, norms of gradients",
        ("history.parquet",),
    ),
}
TABLES = {
    "results": Exhibit(
        "`.csv`: one row per run, with all values, and one per floor; `.md`: means, ranges over"
        " trainings, floors",
        ("metrics.parquet",),
    )
}


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
