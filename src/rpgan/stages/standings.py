"""How near each model comes to the law, by family of data sets and metric."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rpgan import words
from rpgan.metrics.seeds import over_seeds, paired

# Distances, whose floor is positive: of an unbiased estimate, which has 0, there is no multiple.
RANKED = r"psd_distance|log_spectrum_rms|acf_distance|\w+_wasserstein|marginal_ks"
MEANING = """\
How far the series of each model are from the law, in multiples of how far fresh draws from it are:
1 is the floor, which a perfect generator reaches. Multiples are geometric means over data sets and
trainings. Intervals (95 %) are over trainings: those of two are wide, it takes five to say much.
Comparisons are paired by data set and seed. The effect (Cohen's d) is the mean logarithm of the
ratio of two models over its standard deviation from pair to pair.
"""
AT_FLOOR, NEAREST, LEVEL, BEHIND = "at the floor", "nearest", "level", "behind"
UNSCORED = "no score"
PLACES = {  # mark and meaning
    AT_FLOOR: ("●", "all trainings score within the range of fresh draws from the law"),
    NEAREST: ("◐", "the least multiple of the floor"),
    LEVEL: ("◐", "a greater multiple, but the interval of the comparison holds 1"),
    BEHIND: ("○", "a greater multiple, beyond that doubt"),
    UNSCORED: ("–", "no training has a score"),
}

Interval = tuple[float, float]
FEW = 4  # data sets that are all named
UNKNOWN = [np.nan] * 3  # a mean and its interval
MUCH = 100  # standard deviations


@dataclass(frozen=True)
class Standing:
    """One model in one contest. Numbers that do not exist are NaN."""

    model: str
    ratio: float  # value over floor, geometric mean over data sets and trainings
    interval: Interval  # of that, 95 %, over trainings
    inside: int  # trainings whose value lies in the range of fresh draws from the law
    scored: int  # trainings that have a value
    trainings: int
    nearest: bool
    against: float  # ratio to the nearest model, paired by data set and seed
    against_interval: Interval  # of that, 95 %
    effect: float  # its logarithm, in standard deviations from pair to pair

    @property
    def place(self) -> str:
        """One of `PLACES`."""
        if not self.scored:
            return UNSCORED
        if self.inside == self.trainings:
            return AT_FLOOR
        if self.nearest:
            return NEAREST
        return BEHIND if self.against_interval[0] > 1 else LEVEL

    @property
    def comparison(self) -> str:
        """With the nearest model, in print."""
        if self.nearest or not self.scored:
            return NEAREST if self.scored else UNSCORED
        return f"{words.number(self.against)} × ({words.between(*self.against_interval)})"

    @property
    def effect_size(self) -> str:
        """`effect` in print; – where there is no pair, or but one."""
        if not np.isfinite(self.effect):
            return words.NONE
        if abs(self.effect) < MUCH:
            return f"{self.effect:.1f}"
        return f"> {MUCH}" if self.effect > 0 else f"< -{MUCH}"


@dataclass(frozen=True)
class Contest:
    """All models in one metric of one family, the nearest first."""

    metric: str
    name: str  # of the metric, in print
    draws: Interval  # range of fresh draws over their mean, geometric mean over data sets
    standings: list[Standing]


@dataclass(frozen=True)
class Board:
    """All contests of one family: of data sets that differ in numbers alone."""

    family: str
    datasets: list[str]
    models: list[str]
    contests: list[Contest]

    @property
    def members(self) -> str:
        """Its data sets, of many the first and the last."""
        if len(self.datasets) <= FEW:
            return ", ".join(self.datasets)
        return f"{len(self.datasets)} data sets, {self.datasets[0]} to {self.datasets[-1]}"

    def places(self, model: str) -> dict[str, str]:
        """Those of `model` by metric, in all contests that it takes part in."""
        return {
            of.name: own.place for of in self.contests for own in of.standings if own.model == model
        }


def boards(scores: pd.DataFrame) -> list[Board]:
    """Those of the rows of `scores` (`rpgan.stages.summarise`) whose metric is ranked."""
    rows = pd.DataFrame(scores.loc[scores["metric"].str.fullmatch(RANKED) & (scores["floor"] > 0)])
    value, floor = numbers(rows, "value"), numbers(rows, "floor")
    ratio = np.divide(value, floor, where=value > 0, out=np.full_like(value, np.nan))
    rows = rows.assign(family=families(rows), log_ratio=np.log(ratio))
    return [board(of, str(family)) for family, of in rows.groupby("family", sort=False)]


def places(found: list[Board]) -> dict[str, tuple[str, str]]:
    """Those of `PLACES` that are taken."""
    standings = (own for board in found for of in board.contests for own in of.standings)
    taken = {own.place for own in standings}
    return {place: own for place, own in PLACES.items() if place in taken}


def models(found: list[Board]) -> list[str]:
    """All that take part, in the order of the scores."""
    return list(dict.fromkeys(model for board in found for model in board.models))


def families(scores: pd.DataFrame) -> list[str]:
    """What the process of each row is called, or the kind and the path of its recordings.

    With the rest of its settings that are words where the name alone stands for several.
    """
    settings = [json.loads(text) for text in scores["parameters"]]
    names = [(called(own), further(own)) for own in settings]
    meant: dict[str, set[str]] = {}
    for name, more in names:
        meant.setdefault(name, set()).add(more)
    return [f"{name}, {more}" if len(meant[name]) > 1 else name for name, more in names]


def called(settings: dict[str, Any]) -> str:
    return ", ".join([words.process(settings), *([settings["path"]] if "path" in settings else [])])


def further(settings: dict[str, Any]) -> str:
    named = ("name", "pulse", "path")
    values = [value for key, value in settings.items() if key not in named]
    return ", ".join(words.plain(value) for value in values if isinstance(value, str))


def board(rows: pd.DataFrame, family: str) -> Board:
    """That of the rows of one family."""
    contests = [contest(of, str(metric)) for metric, of in rows.groupby("metric", sort=False)]
    datasets, names = (list(dict.fromkeys(rows[column])) for column in ("dataset", "model"))
    return Board(family, datasets, names, contests)


def contest(rows: pd.DataFrame, metric: str) -> Contest:
    """That of the rows of one family and metric."""
    floors = rows.drop_duplicates("dataset")
    low, high = (
        float(np.exp(np.log(numbers(floors, end) / numbers(floors, "floor")).mean()))
        for end in ("floor_low", "floor_high")
    )
    runs = rows.pivot_table(
        index=["dataset", "replicate"], columns="model", values="log_ratio", dropna=False
    )
    order = [str(model) for model in runs.mean().sort_values(na_position="last").index]
    standings = [standing(rows, runs, model, order[0]) for model in order]
    return Contest(
        metric, words.metric(str(rows["process"].iloc[0]), metric), (low, high), standings
    )


def standing(rows: pd.DataFrame, runs: pd.DataFrame, model: str, nearest: str) -> Standing:
    """That of `model`, whose column in `runs` has the logarithms of its ratios to the floor."""
    own = pd.DataFrame(rows.loc[rows["model"] == model])
    value = numbers(own, "value")
    inside = (numbers(own, "floor_low") <= value) & (value <= numbers(own, "floor_high"))
    ratio, *interval = over_trainings(pd.DataFrame(runs[[model]]))
    against, *reach, effect = compared(runs, nearest, model)
    return Standing(
        model=model,
        ratio=ratio,
        interval=(interval[0], interval[1]),
        inside=int(np.count_nonzero(inside)),
        scored=int(np.isfinite(numbers(runs, model)).sum()),
        trainings=len(own),
        nearest=model == nearest,
        against=against,
        against_interval=(reach[0], reach[1]),
        effect=effect,
    )


def over_trainings(runs: pd.DataFrame) -> list[float]:
    """Geometric mean and its interval, of one column; data sets are averaged first."""
    by_seed = pd.DataFrame(runs.dropna().groupby("replicate").mean()).to_numpy()[:, 0]
    return [float(np.exp(x)) for x in over_seeds(by_seed)] if len(by_seed) else UNKNOWN


def compared(runs: pd.DataFrame, first: str, second: str) -> list[float]:
    """The ratio of the second of two models to the first, its interval, and the effect."""
    both = runs[[first, second]].dropna().to_numpy()
    if first == second or not len(both):
        return [*UNKNOWN, np.nan]
    found = paired(both[:, 0], both[:, 1])
    ratio = [float(np.exp(found[name])) for name in ("difference", "low", "high")]
    return [*ratio, found["effect"]]


def numbers(rows: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return rows[column].to_numpy(np.float64)
