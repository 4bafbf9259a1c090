"""Entries of `datasets:` that stand for several, and parameters that have a law for a value."""

import itertools
import math
import re
from typing import Annotated, Any

from pydantic import Field

from rpgan.errors import UserError
from rpgan.processes.parameter_laws import ParameterLaw
from rpgan.settings import build, shown
from rpgan.spec import plain

SETTING = r"\{(\w+)\}"  # in the name of members
MOST = 10_000  # members of one sweep
LAW: Any = Annotated[ParameterLaw, Field(discriminator="name")]


def written_out(entries: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """`datasets:` with every sweep written out, and what each sweep was."""
    if not isinstance(entries, dict):
        raise UserError(f"{where}: datasets: wanted datasets by name, got {shown(entries)}")
    datasets: dict[str, Any] = {}
    sweeps: dict[str, Any] = {}
    for key, entry in entries.items():
        members = {key: entry}
        if isinstance(entry, dict) and "members" in entry:
            swept, members = members_of(entry, f"{where}: datasets.{key}")
            sweeps[key] = {"parameter": swept[0], "members": list(members)}
        for name in members.keys() & datasets.keys():
            raise UserError(f"{where}: datasets.{key}: {name!r} is already a dataset")
        datasets |= members
    for name in sweeps.keys() & datasets.keys():
        raise UserError(f"{where}: datasets.{name}: also the name of a member of a sweep")
    return datasets, sweeps


def members_of(entry: dict[str, Any], where: str) -> tuple[list[str], dict[str, Any]]:
    """The settings that an entry sweeps, and the dataset for each combination of their values."""
    template, process = str(entry["members"]), entry.get("process")
    swept = list(dict.fromkeys(re.findall(SETTING, template)))
    if (
        not swept
        or re.search("[{}]", re.sub(SETTING, "", template))
        or not isinstance(process, dict)
    ):
        raise UserError(
            f"{where}.members: wanted a name with a setting, as in x_h{{hurst}}, got {template!r}"
        )
    swept_values = {name: named_values(process.get(name)) for name in swept}
    for name, values in swept_values.items():
        if not values:
            raise UserError(
                f"{where}.process.{name}: wanted a list of values, or values by name, because"
                f" members sweeps it, got {shown(process.get(name))}"
            )
    count = math.prod(map(len, swept_values.values()))
    if count > MOST:
        raise UserError(f"{where}.members: wanted at most {MOST} datasets, got {count}")
    rest = {name: value for name, value in entry.items() if name != "members"}
    members: dict[str, Any] = {}
    for pairs in itertools.product(*swept_values.values()):
        names, values = zip(*pairs, strict=True)
        name = template.format(**dict(zip(swept, names, strict=True)))
        if name in members:
            raise UserError(f"{where}.members: two members are called {name!r}")
        members[name] = rest | {"process": process | dict(zip(swept, values, strict=True))}
    return swept, members


def named_values(values: Any) -> list[tuple[str, Any]]:
    """The values of a sweep and what each is called; none if `values` are not several."""
    if isinstance(values, list):
        return [(short(value), value) for value in values]
    return list(values.items()) if isinstance(values, dict) and "name" not in values else []


def with_laws(entry: Any, where: str) -> Any:
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


def short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
