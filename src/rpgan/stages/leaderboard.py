"""Which model is nearest to the law, by family of data sets and metric."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from rpgan.files import write_text
from rpgan.metrics.seeds import over_seeds, paired

# Distances, whose floor is positive: of an unbiased estimate, which has 0, there is no multiple.
HEADLINES = r"psd_distance|log_spectrum_rms|acf_distance|\w+_wasserstein|marginal_ks"
COLUMNS = ["family", "metric", "rank", "model", "times the floor", "95 %", "at the floor"]
COLUMNS += ["against the best", "95 % of that"]

LEGEND = """\
times the floor: value over floor, the geometric mean over data sets and trainings; a perfect
generator has 1. Its 95 % interval is over trainings. at the floor: trainings whose value lies in
the range of fresh draws from the law, of all. against the best: ratio to the first model, paired by
data set and seed; an interval that holds 1 leaves the two in doubt.
"""


def leaderboard(scores: pd.DataFrame) -> pd.DataFrame:
    """Models of each family and metric of `scores` (`rpgan.stages.summarise`), the best first."""
    kept = scores["metric"].str.fullmatch(HEADLINES) & (scores["floor"] > 0) & (scores["value"] > 0)
    rows = pd.DataFrame(scores.loc[kept])
    ratio = rows["value"].to_numpy(np.float64) / rows["floor"].to_numpy(np.float64)
    rows = rows.assign(family=families(rows), log_ratio=np.log(ratio))
    groups = rows.groupby(["family", "metric"], sort=False)
    parts = [ranked(of, *map(str, names)) for names, of in groups]  # type: ignore[arg-type]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def families(scores: pd.DataFrame) -> list[str]:
    """What data sets share that differ in numbers alone: the process and its settings in words.

    Of recordings these are the kind of source and its path.
    """

    def name(process: str, parameters: str) -> str:
        settings = json.loads(parameters)
        words = [v for k, v in settings.items() if isinstance(v, str) and k != "name"]
        return ", ".join([process, *([settings["path"]] if "path" in settings else words)])

    return [name(*row) for row in zip(scores["process"], scores["parameters"], strict=True)]


def ranked(rows: pd.DataFrame, family: str, metric: str) -> pd.DataFrame:
    """Rows of the table for one family and metric."""
    by_seed = rows.pivot_table(index="replicate", columns="model", values="log_ratio")
    order = by_seed.mean().sort_values().index
    paired_rows = rows.pivot_table(
        index=["dataset", "replicate"], columns="model", values="log_ratio"
    )
    table = []
    for rank, model in enumerate(order, 1):
        own = pd.DataFrame(rows.loc[rows["model"] == model])
        mean, low, high = np.exp(over_seeds(by_seed[model].dropna().to_numpy()))
        both = paired_rows[[order[0], model]].dropna() if rank > 1 else None
        against = compared(both.to_numpy().T) if both is not None and len(both) else ("", "")
        value, floor_low, floor_high = (
            own[name].to_numpy(np.float64) for name in ("value", "floor_low", "floor_high")
        )
        inside = (floor_low <= value) & (value <= floor_high)
        reached = f"{np.count_nonzero(inside)} of {len(own)}"
        table.append(
            [family, metric, rank, model, number(mean), between(low, high), reached, *against]
        )
    return pd.DataFrame(table, columns=COLUMNS)


def compared(pair: np.ndarray) -> tuple[str, str]:
    """The ratio of the second to the first, and its interval, in words."""
    found = paired(*pair)
    return number(np.exp(found["difference"])), between(np.exp(found["low"]), np.exp(found["high"]))


def number(value: float) -> str:
    return f"{value:.3g}"


def between(low: float, high: float) -> str:
    return f"{low:.3g} to {high:.3g}" if np.isfinite([low, high]).all() else "–"


def write(scores: pd.DataFrame, target: Path) -> None:
    """Write the table as Markdown to `target` (.md) and as a page beside it (.html)."""
    table = without_repeats(leaderboard(scores))
    write_text(target, f"{table.to_markdown(index=False)}\n\n{LEGEND}")
    page = table.to_html(index=False, border=0, justify="left")
    write_text(target.with_suffix(".html"), PAGE.format(table=page, legend=LEGEND))


def without_repeats(table: pd.DataFrame) -> pd.DataFrame:
    """For the eye: family and metric only in the first row of each group."""
    shown = table.copy()
    for depth, column in enumerate(("family", "metric"), 1):
        shown[column] = table[column].mask(table[COLUMNS[:depth]].duplicated(), "")
    return shown


PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>rpgan: leaderboard</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em }}
table {{ border-collapse: collapse }}
th, td {{ padding: .25em .8em; white-space: nowrap; font-variant-numeric: tabular-nums }}
td:nth-child(3), td:nth-child(5), td:nth-child(8) {{ text-align: right }}
td:nth-child(2):not(:empty), td:nth-child(2):not(:empty) ~ td {{ border-top: 1px solid #ccc }}
td:nth-child(1):not(:empty), td:nth-child(1):not(:empty) ~ td {{ border-top: 2px solid #666 }}
tr:hover {{ background: #f4f7fa }}
p {{ max-width: 45em; color: #444 }}
</style>
<h1>Leaderboard</h1>
{table}
<p>{legend}</p>
"""
