"""Where the command line puts files when it is not told; the same tree as the workflow's."""

from pathlib import Path

DATA, RESULTS, SCRATCH = Path("data"), Path("results"), Path("scratch")
RECORDINGS = Path("recordings")  # what sources read


def series(dataset: str, part: str) -> Path:
    return DATA / dataset / f"{part}.arrow"


def encoded(dataset: str, representation: str) -> Path:
    return DATA / dataset / representation / "train.arrow"


def fitted(dataset: str, representation: str) -> Path:
    return DATA / dataset / representation / "fitted.arrow"


def law(dataset: str, table: str) -> Path:
    return RESULTS / dataset / "law" / f"{table}.parquet"


def run(dataset: str, model: str, replicate: int, file: str) -> Path:
    return RESULTS / dataset / model / str(replicate) / file


def unfinished(dataset: str, model: str, replicate: int) -> Path:
    return SCRATCH / f"{dataset}+{model}+{replicate}.pt"  # no name has a +


def kept_floor(dataset: str, digest: str) -> Path:
    return SCRATCH / "floors" / f"{dataset}.{digest}.parquet"


def summary(grid: str | None) -> Path:
    return RESULTS / (grid or "") / "summary.parquet"


def figures(name: str) -> list[Path]:
    folder = RESULTS / "figures"
    return [folder / f"{name}.pdf", folder / "png" / f"{name}.png"]


def tables(name: str) -> list[Path]:
    return [RESULTS / "tables" / f"{name}.{suffix}" for suffix in ("csv", "md")]
