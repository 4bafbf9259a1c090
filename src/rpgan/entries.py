"""The entries of `params.yaml`, each checked by itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from rpgan import layout
from rpgan.draw import Draw, Laws
from rpgan.losses import Loss
from rpgan.metrics import Metric
from rpgan.models import Fitted, Model, WithOwnLosses
from rpgan.models.conditions import Condition
from rpgan.processes import Process
from rpgan.processes.varying import Varying
from rpgan.sources import Source
from rpgan.spec import spec
from rpgan.training.combinations import require_condition
from rpgan.training.settings import Training


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

    def __post_init__(self) -> None:
        require_names("metrics", [metric.name for metric in self.metrics])
        if self.floor_draws < 1:
            raise ValueError(f"floor_draws must be at least 1, got {self.floor_draws}")


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
            require_names(section, getattr(self, section))


@spec
class Figures:
    """How figures look: with axes of their own, or those of `rpgan.figures.published`."""

    axes: Literal["own", "published"] = "own"


def require_names(what: str, names: Sequence[str]) -> None:
    """Refuse a list of `names` that is empty, or has one of them twice."""
    if not names:
        raise ValueError(f"{what} names nothing; name at least one")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ValueError(f"{what} names {twice[0]!r} twice")


def require_inside(path: str) -> None:
    """Refuse recordings that are not under `recordings/`, where DVC looks for changes."""
    parts = PurePosixPath(path).parts
    if parts[:1] != (str(layout.RECORDINGS),) or ".." in parts or "\0" in path:
        raise ValueError(
            f"path must lie in {layout.RECORDINGS}/, whose changes DVC notices, got {path!r}; move"
            " or link the files there"
        )
