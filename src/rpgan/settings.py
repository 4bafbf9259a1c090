"""From plain data to types, with one line that names the place, the value and what is allowed."""

import dataclasses
import reprlib
import types
import typing
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from rpgan.errors import UserError

T = TypeVar("T")
UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = SHORT.maxlong = 80  # characters


def build(kind: type[T], data: Any, where: str = "") -> T:
    """Check `data` against the type `kind` and build it; `where` is the path of `data` in the file.

    Raises UserError for the first thing that is wrong.
    """
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        # A misspelt key is also a missing one: name what was written first.
        first = min(error.errors(), key=lambda e: e["type"] not in UNKNOWN)
        place = ".".join(map(str, _path_in_file(first["loc"], data)))
        said = [where, place, _reason(kind, first)]
        raise UserError(": ".join(part for part in said if part)) from None


def _path_in_file(location: Iterable[str | int], data: Any) -> list[str | int]:
    """`location` without the union tags that pydantic puts into it."""
    path: list[str | int] = []
    for step in location:
        if isinstance(data, dict) and step not in data and step == data.get("name"):
            continue
        path.append(step)
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
    return path


def _reason(kind: Any, error: Any) -> str:
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case kind_of if kind_of in UNKNOWN:
            return f"unknown setting; allowed here: {', '.join(_allowed(kind, error['loc'][:-1]))}"
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return "this setting is missing"
        case "union_tag_invalid":
            return f"unknown name {context['tag']!r}; allowed: {context['expected_tags']}"
        case "union_tag_not_found":
            return f"wanted settings with a `name`, got {shown(value)}"
        case "value_error":
            return str(context["error"])
        case "dataclass_type" | "dataclass_exact_type":
            return f"wanted settings (a mapping), got {shown(value)}"
    return f"{error['msg'][0].lower()}{error['msg'][1:]}, got {shown(value)}"


def shown(value: Any) -> str:
    """A value of the file in a message, long ones in part."""
    return SHORT.repr(value)


def _allowed(kind: Any, location: Iterable[str | int]) -> list[str]:
    """Names of the settings that the dataclass at `location` inside `kind` has."""
    for step in location:
        kind = _inside(kind, step)
    for choice in _choices(kind):
        if dataclasses.is_dataclass(choice):
            fields = [field for field in dataclasses.fields(choice) if field.init]
            return [field.name for field in fields if field.metadata.get("given", True)]
    return []


def _inside(kind: Any, step: str | int) -> Any:
    for choice in _choices(kind):
        if dataclasses.is_dataclass(choice):
            hints = typing.get_type_hints(choice, include_extras=True)
            if step in hints and step != "name":
                return hints[step]
            if step in typing.get_args(hints.get("name")):
                return choice
        elif typing.get_origin(choice) in (list, tuple, dict):
            return typing.get_args(choice)[-1 if typing.get_origin(choice) is dict else 0]
    return kind


def _choices(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Annotated:
        return _choices(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [inner for choice in typing.get_args(kind) for inner in _choices(choice)]
    return [kind]
