"""What metrics ask of a law, with the reason where it has no answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpgan.errors import UndefinedLaw

Array = NDArray[np.float64]


def known(law: object, quantity: str) -> Callable[..., Any]:
    """The method `quantity` of `law`; UndefinedLaw if there is no law, or it has no such method."""
    words = WORDS.get(quantity, quantity)
    if law is None:
        raise UndefinedLaw(
            f"it needs {words} of a known law, and this data set is recorded, without `process`"
        )
    found = getattr(law, quantity, None)
    if found is None:
        raise UndefinedLaw(f"it needs {words} of the law, which {called(law)} does not give")
    return found


WORDS = {
    "autocovariance": "the autocovariance",
    "cdf": "the distribution function",
    "crlb": "the Cramer-Rao bounds",
    "loglik": "the likelihood",
    "moments": "the moments",
    "whiten": "a way to turn series into independent residuals",
}


def called(law: Any) -> str:
    """A law by the name that it has in params.yaml, as far as it has one."""
    of_each = getattr(law, "process", None)  # parameters differ from series to series
    if of_each is not None:
        return f"{called(of_each)} with parameters that differ from series to series"
    return str(getattr(law, "name", type(law).__name__))


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
