"""What metrics ask of a law, with the reason where it has no answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw

Array = NDArray[np.float64]


def known(law: object, quantity: str) -> Callable[..., Any]:
    """The method `quantity` of `law`; UndefinedLaw if there is no law, or it has no such method."""
    if law is None:
        raise UndefinedLaw(f"recorded data have no law, so no {quantity} to compare with")
    found = getattr(law, quantity, None)
    if found is None:
        raise UndefinedLaw(f"this law has no {quantity} in closed form")
    return found


def one_channel(series: Array) -> None:
    """Refuse series of several channels: the law is known of each by itself, not of all."""
    if series.ndim != 2:
        raise UndefinedLaw(
            f"series of shape {series.shape[1:]} have several channels, of a joint law not known"
        )


def stationary(law: Any) -> tuple[Any, Callable[[Array], Array]]:
    """The stationary law behind `law`, and what makes its series out of those of `law`.

    A law with stationary increments is compared by them.
    """
    increments = getattr(law, "increments", None)
    return (law, unchanged) if increments is None else (increments, np.diff)


def unchanged(series: Array) -> Array:
    """The series themselves."""
    return series


def is_gaussian(law: Any) -> bool:
    """Whether `law` says that its series are Gaussian: by skewness 0 and kurtosis 3."""
    law, _ = stationary(law)
    try:
        moments = known(law, "moments")()
    except UndefinedLaw:
        return False
    return moments["skewness"] == 0 and moments["kurtosis"] == 3
