"""`params.yaml` as types, checked whole before anything is computed."""

import difflib
import itertools
import re
import string
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from rpgan import exhibits, layout
from rpgan.battery import Battery
from rpgan.draw import Draw, Laws
from rpgan.encoding import Encoding
from rpgan.errors import UserError
from rpgan.exhibits import Exhibit
from rpgan.losses import Loss
from rpgan.metrics import Metric
from rpgan.models import Fitted, Model, WithOwnLosses, conditional
from rpgan.models.conditions import Condition
from rpgan.processes import Process
from rpgan.processes.parameter_laws import ParameterLaw
from rpgan.processes.varying import Varying
from rpgan.representations import Step
from rpgan.settings import build
from rpgan.sources import Source
from rpgan.spec import plain, spec
from rpgan.training.combinations import require_condition
from rpgan.training.run import AT_ONCE, Run
from rpgan.training.settings import Training

NAME = r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*"  # of datasets, models, representations and grids
RESERVED = {
    "figures",
    "floor",
    "law",
    "tables",
    "train",
    "test",
}  # names that the tree of files needs for itself

LAW: Any = Annotated[ParameterLaw, Field(discriminator="name")]
Steps = tuple[Annotated[Step, Field(discriminator="name")], ...]


@spec
class Dataset:
    """One entry of `datasets:`, or one member of a sweep: a process, recordings, or both.

    In the file a parameter that differs from series to series has a law for a value, as in
    ``hurst: {name: uniform, low: 0.1, high: 0.9}``; here those laws are in `varying`.
    """

    process: Annotated[Process, Field(discriminator="name")] | None = None
    varying: Laws = field(default_factory=dict, metadata={"given": False})
    source: Annotated[Source, Field(discriminator="name")] | None = None
    length: int | None = None
    n_train: int
    n_test: int

    def __post_init__(self) -> None:
        for name, least in (("n_train", 1), ("n_test", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        if self.varying and self.process is not None:
            Varying(self.process, self.varying)
        draw = self.draw("", "train", 0)
        if draw.source is not None:
            require_inside(draw.source.path)

    def draw(self, dataset: str, part: str, seed: int) -> Draw:
        """The training or the test set, under the name `dataset`."""
        return Draw(
            dataset=dataset,
            part=part,
            process=self.process,
            varying=self.varying,
            source=self.source,
            length=self.length,
            n=self.n_train if part == "train" else self.n_test,
            seed=seed,
        )


@spec
class Sweep:
    """An entry of `datasets:` that stands for several: the setting it sweeps, and their names."""

    parameter: str
    members: list[str]


@spec
class Recipe:
    """One entry of `models:`: networks, what they see, and how they are trained.

    A model that is fitted, not trained, has neither loss nor training; one with losses of its own
    has training alone.
    """

    model: Annotated[Model, Field(discriminator="name")]
    representation: str
    loss: Loss | None = None
    training: Training | None = None
    condition: Condition | None = None

    def __post_init__(self) -> None:
        for name in ("loss", "training"):
            given = getattr(self, name) is not None
            if isinstance(self.model, Fitted) and given:
                raise ValueError(f"{self.model.name} is fitted at once; leave out {name}")
            if isinstance(self.model, WithOwnLosses) and name == "loss":
                if given:
                    raise ValueError(f"{self.model.name} has losses of its own; leave out loss")
            elif not isinstance(self.model, Fitted) and not given:
                raise ValueError(f"{name}: this setting is missing; {self.model.name} needs it")
        if self.condition is not None:
            require_condition(self.model, self.loss, self.condition)


@spec
class Evaluation:
    """What every generator is scored by."""

    metrics: tuple[Annotated[Metric, Field(discriminator="name")], ...]
    floor_draws: int = 39


@spec
class Grid:
    """Pairs of dataset and model; a family of `datasets:` stands for all its members."""

    datasets: list[str]
    models: list[str]
    replicates: int

    def __post_init__(self) -> None:
        if self.replicates < 1:
            raise ValueError(f"replicates must be at least 1, got {self.replicates}")
        for section in ("datasets", "models"):
            names = getattr(self, section)
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"{section} names {twice[0]!r} twice")


@spec
class Figures:
    """How figures look: with axes of their own, or those of `rpgan.figures.published`."""

    axes: Literal["own", "published"] = "own"


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
        return Battery(
            real=self.draw(dataset, "test"),
            metrics=self.evaluation.metrics,
            floor_draws=self.evaluation.floor_draws,
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


def require_range(recipe: Recipe, data: Encoding) -> None:
    """Refuse a generator that cannot make what a representation holds."""
    output = getattr(recipe.model, "output", "tanh")
    if output in ("tanh", "sigmoid") and not data.bounded():
        raise ValueError(
            f"the generator ends in {output}, within [-1, 1], and representations."
            f"{recipe.representation} does not keep to that; let it end with a scale of kind"
            " feature_min_max or global_min_max, or give the model output: linear"
        )


def require_audible(draw: Draw) -> None:
    """Refuse a sound of images of anything but sound."""
    if len(draw.shape()) > 2 and draw.square is None:
        raise UserError(
            f"datasets.{draw.dataset}: images make no sound; ask for samples.png instead"
        )


def require_given(condition: Condition, draw: Draw) -> None:
    """Refuse a condition on what is not known of each series, or has other values."""
    columns = draw.columns()
    if condition.on not in columns:
        known = f"are {', '.join(columns)}" if columns else "is nothing"
        raise ValueError(
            f"condition on {condition.on}: there is no such column beside the series, where there"
            f" {known}; name one of them, or give the parameter of the process a law for a value"
        )
    if draw.source is None:
        condition.require_law(draw.varying[condition.on])


def load(path: Path) -> Params:
    """Read and check `path`. Raises UserError, one line, for the first thing that is wrong."""
    return check(read(path), path.name)


def read(path: Path) -> dict[str, Any]:
    """The plain data of a YAML 1.2 file (1e-05 is a number, a repeated key an error)."""
    if not path.is_file():
        raise UserError(f"{path}: no such file; run where params.yaml is, or name it with --params")
    try:
        data = YAML(typ="safe", pure=True).load(path)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise UserError(f"{path.name}, line {line}: {error.problem}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path.name}: wanted settings by name, got {data!r}")
    return data


def check(data: dict[str, Any], where: str = "params.yaml") -> Params:
    """Params from the plain data of the file."""
    if "sweeps" in data:
        raise UserError(f"{where}: sweeps: unknown setting; a sweep is an entry of datasets")
    expanded, sweeps = _expand(data.get("datasets"), where)
    expanded = {
        name: _with_laws(entry, f"{where}: datasets.{name}") for name, entry in expanded.items()
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
            if not re.fullmatch(NAME, name) or name in RESERVED:
                raise UserError(
                    f"{where}: {section}.{name}: a name is lower-case letters, digits and _, with"
                    f" single dots inside, and not one of {', '.join(sorted(RESERVED))}"
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
    twice = [name for name in members if members.count(name) > 1]
    if twice:
        raise UserError(f"{where}.datasets: {twice[0]!r} is named twice, once by its family")
    for dataset, model in itertools.product(members, entry.models):
        try:
            params.run(dataset, model, 0)
        except UserError as error:
            raise UserError(f"{where}: {error}") from None


def _expand(entries: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """`datasets:` with every sweep written out, and what each sweep was."""
    if not isinstance(entries, dict):
        raise UserError(f"{where}: datasets: wanted datasets by name, got {entries!r}")
    datasets: dict[str, Any] = {}
    sweeps: dict[str, Any] = {}
    for key, entry in entries.items():
        members = {key: entry}
        if isinstance(entry, dict) and "members" in entry:
            swept, members = _members(entry, f"{where}: datasets.{key}")
            sweeps[key] = {"parameter": swept[0], "members": list(members)}
        for name in members.keys() & datasets.keys():
            raise UserError(f"{where}: datasets.{key}: {name!r} is already a dataset")
        datasets |= members
    for name in sweeps.keys() & datasets.keys():
        raise UserError(f"{where}: datasets.{name}: also the name of a member of a sweep")
    return datasets, sweeps


def _members(entry: dict[str, Any], where: str) -> tuple[list[str], dict[str, Any]]:
    """The settings that an entry sweeps, and the dataset for each combination of their values."""
    template, process = str(entry["members"]), entry.get("process")
    swept = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    if not swept or not isinstance(process, dict):
        raise UserError(f"{where}.members: wanted a name with a setting, as in x_h{{hurst}}")
    swept_values = {name: _named_values(process.get(name)) for name in swept}
    for name, values in swept_values.items():
        if not values:
            raise UserError(
                f"{where}.process.{name}: wanted a list of values, or values by name, because"
                f" members sweeps it, got {process.get(name)!r}"
            )
    rest = {name: value for name, value in entry.items() if name != "members"}
    members: dict[str, Any] = {}
    for pairs in itertools.product(*swept_values.values()):
        names, values = zip(*pairs, strict=True)
        name = template.format(**dict(zip(swept, names, strict=True)))
        if name in members:
            raise UserError(f"{where}.members: two members are called {name!r}")
        members[name] = rest | {"process": process | dict(zip(swept, values, strict=True))}
    return swept, members


def _named_values(values: Any) -> list[tuple[str, Any]]:
    """The values of a sweep and what each is called; none if `values` are not several."""
    if isinstance(values, list):
        return [(_short(value), value) for value in values]
    return list(values.items()) if isinstance(values, dict) and "name" not in values else []


def _with_laws(entry: Any, where: str) -> Any:
    """An entry of `datasets:` whose varying parameters are apart from those of its process."""
    if not isinstance(entry, dict) or not isinstance(entry.get("process"), dict):
        return entry
    if "varying" in entry:
        raise UserError(f"{where}: varying: unknown setting; give a law as a parameter's value")
    laws = {
        name: build(LAW, value, f"{where}.process.{name}")
        for name, value in entry["process"].items()
        if isinstance(value, dict)
    }
    middle = {name: law.middle() for name, law in laws.items()}
    return entry | {"process": entry["process"] | middle, "varying": plain(laws)}


def require_inside(path: str) -> None:
    """Refuse recordings that are not under `recordings/`, where DVC looks for changes."""
    parts = PurePosixPath(path).parts
    if parts[:1] != (str(layout.RECORDINGS),) or ".." in parts:
        raise ValueError(
            f"path must lie in {layout.RECORDINGS}/, whose changes DVC notices, got {path!r}; move"
            " or link the files there"
        )


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


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
