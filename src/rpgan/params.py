"""`params.yaml` as types, checked whole before anything is computed."""

import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from rpgan import exhibits
from rpgan.battery import Battery
from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.entries import Dataset, Evaluation, Figures, Grid, Recipe, Sweep
from rpgan.errors import UserError
from rpgan.exhibits import Exhibit
from rpgan.models import conditional
from rpgan.pairs import require_audible, require_given, require_maps, require_range
from rpgan.representations import Step
from rpgan.settings import build, shown
from rpgan.spec import plain, spec
from rpgan.sweeps import with_laws, written_out
from rpgan.training.combinations import AT_ONCE
from rpgan.training.run import Run

NAME = r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*"  # of datasets, models, representations and grids
LONGEST = 80  # characters of a name
RESERVED = {"figures", "law", "tables", "train", "test"}  # the tree of files needs them for itself
MOST = 1_000_000  # trainings of one grid

Steps = tuple[Annotated[Step, Field(discriminator="name")], ...]


@spec
class Params:
    """The whole file. `grid` names the grid that is made when no target is given."""

    seed: int
    grid: str
    grids: dict[str, Grid]
    datasets: dict[str, Dataset]
    representations: dict[str, Steps]
    models: dict[str, Recipe]
    evaluation: Evaluation
    figures: Figures = field(default_factory=Figures)
    sweeps: dict[str, Sweep] = field(default_factory=dict, metadata={"given": False})

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}")

    def draw(self, dataset: str, part: str) -> Draw:
        """The training or the test set of a dataset."""
        entry = _named(self.datasets, dataset, "datasets")
        return entry.draw(dataset, part, self.seed)

    def encoding(self, dataset: str, representation: str) -> Encoding:
        """A training set in one representation."""
        steps = _named(self.representations, representation, "representations")
        return Encoding(draw=self.draw(dataset, "train"), steps=steps)

    def run(self, dataset: str, model: str, replicate: int) -> Run:
        """One training. Raises UserError if the model cannot make the dataset's series."""
        recipe = self.recipe(model)
        data = self.encoding(dataset, recipe.representation)
        try:
            recipe.model.check(conditional.shape_with(recipe.condition, data.shape()))
            require_range(recipe, data)
            require_maps(recipe, data)
            if recipe.condition is not None:
                require_given(recipe.condition, data.draw)
                conditional.check(recipe.model, recipe.condition, data.shape())
        except ValueError as error:
            raise UserError(f"models.{model} on datasets.{dataset}: {error}") from None
        return Run(
            data=data,
            label=model,
            replicate=replicate,
            seed=self.seed,
            model=recipe.model,
            loss=recipe.loss,
            training=recipe.training or AT_ONCE,
            condition=recipe.condition,
        )

    def battery(self, dataset: str) -> Battery:
        """What the generators of a dataset are scored by."""
        metrics = self.evaluation.metrics
        reads_training = any(getattr(metric, "reads_training", False) for metric in metrics)
        return Battery(
            real=self.draw(dataset, "test"),
            metrics=metrics,
            floor_draws=self.evaluation.floor_draws,
            training=self.draw(dataset, "train") if reads_training else None,
        )

    def members(self, grid: str) -> list[str]:
        """The datasets of a grid, families written out."""
        entry = _named(self.grids, grid, "grids")
        return [name for given in entry.datasets for name in self._written_out(given)]

    def _written_out(self, given: str) -> list[str]:
        return self.sweeps[given].members if given in self.sweeps else [given]

    def runs(self, grid: str) -> list[tuple[str, str, int]]:
        """All (dataset, model, replicate) of a grid."""
        entry = _named(self.grids, grid, "grids")
        pairs = itertools.product(self.members(grid), entry.models)
        return [(dataset, model, r) for dataset, model in pairs for r in range(entry.replicates)]

    def recipe(self, model: str) -> Recipe:
        """One entry of `models:`."""
        return _named(self.models, model, "models")

    def families(self) -> dict[str, dict[str, Any]]:
        """What figures show of `grid`: {family: its members, their parameter, models, ...}.

        A sweep over distinct numbers is one family. The members of any other sweep, and datasets
        of their own, are drawn alone, over the first number among the settings of their process;
        without such a number there is no axis, and `parameter` is empty. Images have no figures but
        the samples.png of each run.
        """
        grid = self.grids[self.grid]
        shared = {"models": grid.models, "replicates": grid.replicates, "axes": self.figures.axes}
        found: dict[str, dict[str, Any]] = {}
        for name, parameter, datasets in self._groups():
            settings = {dataset: self._settings(dataset) for dataset in datasets}
            process = settings[datasets[0]].get("name", "")
            members = {d: float(s[parameter]) if parameter else 0.0 for d, s in settings.items()}
            axis = {"process": process, "parameter": parameter, "members": members}
            found[name] = {"name": name} | axis | shared
        return found

    def kinds(self, of: dict[str, Exhibit], family: str) -> list[str]:
        """Those kinds of figures or tables that a family of `grid` has."""
        metrics = {metric.name for metric in self.evaluation.metrics}
        return exhibits.kinds(of, self.families()[family], metrics)

    def _groups(self) -> Iterator[tuple[str, str, list[str]]]:
        """Family, parameter and datasets of each figure of `grid`."""
        left = self.members(self.grid)
        for family, sweep in self.sweeps.items():
            here = [dataset for dataset in left if dataset in sweep.members]
            values = [self._settings(dataset).get(sweep.parameter) for dataset in here]
            numbers = all(isinstance(value, int | float) for value in values)
            if here and numbers and len(set(values)) == len(values):
                left = [dataset for dataset in left if dataset not in here]
                yield family, sweep.parameter, here
        for dataset in left:
            if len(self.draw(dataset, "test").shape()) < 3:
                settings = self._settings(dataset)
                found = (k for k, value in settings.items() if isinstance(value, int | float))
                yield dataset, next(found, ""), [dataset]

    def _settings(self, dataset: str) -> dict[str, Any]:
        """The process of a dataset, as far as it is one for all series; empty without one."""
        entry = self.datasets[dataset]
        settings = plain(entry.process) if entry.process is not None else {}
        return {name: value for name, value in settings.items() if name not in entry.varying}

    def check_target(self, path: str) -> None:
        """Raise UserError if `path` is a file of the tree that names what is not defined."""
        if found := re.fullmatch(rf"results/({NAME})/({NAME})/(\d+/)?[a-z]+\.[a-z]+", path):
            dataset, model = found[1], found[2]
            self.battery(dataset) if model == "law" else self.pair(dataset, model)
            if path.endswith("/samples.wav"):
                require_audible(self.draw(dataset, "test"))
        elif found := re.fullmatch(rf"results/({NAME})/summary\.[a-z]+", path):
            self.runs(found[1])
        elif found := re.fullmatch(rf"data/({NAME})/(({NAME})/)?[a-z]+\.arrow", path):
            self.draw(found[1], "train")
            if found[3]:
                self.encoding(found[1], found[3])

    def pair(self, dataset: str, model: str) -> list[tuple[str, str, int]]:
        """All replicates of one pair: as many as the grid with the most of them asks for."""
        self.run(dataset, model, 0)
        asked = [
            grid.replicates
            for name, grid in self.grids.items()
            if model in grid.models and dataset in self.members(name)
        ]
        n = max(asked, default=self.grids[self.grid].replicates)
        return [(dataset, model, replicate) for replicate in range(n)]


def load(path: Path) -> Params:
    """Read and check `path`. Raises UserError, one line, for the first thing that is wrong."""
    try:
        return check(read(path), path.name)
    except MemoryError:
        raise UserError(f"{path.name}: a size is too large for this machine's memory") from None


def read(path: Path) -> dict[str, Any]:
    """The plain data of a YAML 1.2 file (1e-05 is a number, a repeated key an error)."""
    if not path.is_file():
        raise UserError(f"{path}: no such file; run where params.yaml is, or name it with --params")
    try:
        data = YAML(typ="safe", pure=True).load(path)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise UserError(f"{path.name}, line {line}: {error.problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:  # bytes, numbers, depths beyond it
        raise UserError(f"{path.name}: {str(error).splitlines()[0]}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path.name}: wanted settings by name, got {shown(data)}")
    return data


def check(data: dict[str, Any], where: str = "params.yaml") -> Params:
    """Params from the plain data of the file."""
    if "sweeps" in data:
        raise UserError(f"{where}: sweeps: unknown setting; a sweep is an entry of datasets")
    expanded, sweeps = written_out(data.get("datasets"), where)
    expanded = {
        name: with_laws(entry, f"{where}: datasets.{name}") for name, entry in expanded.items()
    }
    params = build(Params, data | {"datasets": expanded, "sweeps": sweeps}, where)
    _check_names(params, where)
    for name in params.grids:
        _check_grid(params, name, f"{where}: grids.{name}")
    if params.grid not in params.grids:
        raise UserError(f"{where}: grid: {_unknown(params.grid, params.grids)}")
    return params


def _check_names(params: Params, where: str) -> None:
    for section in ("datasets", "models", "representations", "grids"):
        for name in getattr(params, section):
            if not re.fullmatch(NAME, name) or len(name) > LONGEST or name in RESERVED:
                raise UserError(
                    f"{where}: {section}.{name}: a name is up to {LONGEST} lower-case letters,"
                    " digits and _, with single dots inside, and not one of"
                    f" {', '.join(sorted(RESERVED))}"
                )
    for name in params.grids.keys() & params.datasets.keys():
        raise UserError(f"{where}: grids.{name}: a dataset has this name; results would collide")
    for name, recipe in params.models.items():
        if recipe.representation not in params.representations:
            raise UserError(
                f"{where}: models.{name}.representation:"
                f" {_unknown(recipe.representation, params.representations)}"
            )


def _check_grid(params: Params, grid: str, where: str) -> None:
    entry = params.grids[grid]
    for name in entry.datasets:
        if name not in params.datasets and name not in params.sweeps:
            known = params.datasets.keys() | params.sweeps
            raise UserError(f"{where}.datasets: {_unknown(name, known)}")
    for name in entry.models:
        if name not in params.models:
            raise UserError(f"{where}.models: {_unknown(name, params.models)}")
    members = params.members(grid)
    twice = [name for name, times in Counter(members).items() if times > 1]
    if twice:
        raise UserError(f"{where}.datasets: {twice[0]!r} is named twice, once by its family")
    trainings = len(members) * len(entry.models) * entry.replicates
    if trainings > MOST:
        raise UserError(f"{where}: wanted at most {MOST} trainings, got {trainings}")
    for dataset, model in itertools.product(members, entry.models):
        try:
            params.run(dataset, model, 0)
        except UserError as error:
            raise UserError(f"{where}: {error}") from None


def _named(entries: dict[str, Any], name: str, section: str) -> Any:
    if name not in entries:
        raise UserError(f"params.yaml: {section}: {_unknown(name, entries)}")
    return entries[name]


def _unknown(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    listed = close or sorted(known)[:12]
    return (
        f"{name!r} is not defined; {'did you mean' if close else 'there are'} {', '.join(listed)}"
    )
