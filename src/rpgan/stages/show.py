"""Tables of scores for people."""

from pathlib import Path

import pandas as pd

from rpgan import tables
from rpgan.errors import UserError
from rpgan.stages.summarise import averaged, defined

# What a reader looks at first: the spectrum, the parameters, the marginal, and all of it at once.
HEADLINES = r"psd_distance|\w+_wasserstein|marginal_ks|energy_distance|\w+_missing|not_finite"


def show(path: Path, everything: bool) -> None:
    """Print the table in `path`: headline metrics averaged over replicates, or everything."""
    table = tables.read(path)
    if "metric" not in table:
        raise UserError(f"{path}: not a table of scores")
    if everything or "dataset" not in table:
        print(shown(defined(table).drop(columns="undefined", errors="ignore")))
        for line in not_defined(table):
            print(line)
        return
    table = defined(table)
    means = averaged(table).reset_index()
    kept = means["metric"].str.fullmatch(HEADLINES) & ~is_idle(means)
    replicates = table.groupby(["dataset", "model"])["replicate"].nunique().max()
    columns = ["dataset", "model", "metric", "untrained", "value", "floor", "excess"]
    print(shown(means.loc[kept, columns]))
    print(
        f"\nMeans over {replicates} replicates. untrained: the same networks before their first"
        " step; floor: a fresh\ndraw from the law, which no generator can beat; excess: value"
        " - floor. More: rpgan show --all"
    )
    if without := lawless(table):
        print(
            f"No law is known of {', '.join(without)}: there the floor is of one half of the test"
            " set against the other."
        )


def not_defined(table: pd.DataFrame) -> list[str]:
    """One line for each metric that a data set does not have, with the reason."""
    if "undefined" not in table:
        return []
    rows = table.loc[table["undefined"] != ""]
    where = rows["dataset"] + ": " if "dataset" in rows else ""
    return list(dict.fromkeys(where + "no " + rows["metric"] + ": " + rows["undefined"]))


def lawless(table: pd.DataFrame) -> list[str]:
    """The data sets that have no p-value at all, as nothing could be drawn from their law."""
    if "p_value" not in table:
        return []
    judged = set(table.loc[table["p_value"].notna(), "dataset"])
    return [name for name in dict.fromkeys(table["dataset"]) if name not in judged]


def is_idle(rows: pd.DataFrame) -> pd.Series:
    """Rows that say only that no estimate was missing, and no series broken."""
    counts = rows["metric"].str.endswith("_missing") | (rows["metric"] == "not_finite")
    return counts & (rows["value"] == 0)


def shown(rows: pd.DataFrame) -> str:
    """Rows as aligned text; repeated names in the leading columns are left out."""
    text = rows.map(lambda v: f"{v:.4g}" if isinstance(v, float) else str(v))
    text = text.replace("nan", "-").reset_index(drop=True)
    for depth, column in enumerate(c for c in ("dataset", "model") if c in text):
        keys = rows[["dataset", "model"][: depth + 1]].reset_index(drop=True)
        text.loc[keys.duplicated(), column] = ""
    return text.to_string(index=False)
