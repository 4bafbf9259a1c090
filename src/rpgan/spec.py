"""Settings that are the thing itself: `{name: fgn, hurst: 0.3}` becomes `FGN(hurst=0.3)`."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def spec(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, keyword-only dataclass that refuses unknown and infinite settings.

    Limits belong in `__post_init__`, raised as ValueError, so that they hold in a notebook as well
    as for `params.yaml`.
    """
    cls.__pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(cls)


def as_json(settings: Any) -> str:
    """Canonical text of settings: equal text means equal settings, whatever their order was."""
    return json.dumps(plain(settings), sort_keys=True, separators=(",", ":"))


def plain(settings: Any) -> Any:
    """Settings as dicts, lists, numbers and text, exactly as JSON will give them back."""
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        fields = dataclasses.fields(settings)
        return {field.name: plain(getattr(settings, field.name)) for field in fields if field.init}
    if isinstance(settings, dict):
        return {key: plain(value) for key, value in settings.items()}
    if isinstance(settings, list | tuple):
        return [plain(value) for value in settings]
    return settings
