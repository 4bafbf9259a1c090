"""What every test of a process shares."""

from collections.abc import Callable

import numpy as np
import pytest

from rpgan.processes import Process

# Sidak's threshold for a chance of 1e-6 that any of 1000 checks of a right program fails.
LIMIT = 6.1


@pytest.fixture
def limit() -> float:
    """How many standard errors are too many."""
    return LIMIT


@pytest.fixture
def draw() -> Callable[..., np.ndarray]:
    def draw(process: Process, n: int, length: int, seed: int = 1) -> np.ndarray:
        return process.sample(n, length, np.random.Generator(np.random.SFC64(seed)))

    return draw


@pytest.fixture
def agree() -> Callable[..., None]:
    """Fails unless the mean of independent `values` is `truth` to within chance."""

    def agree(values: np.ndarray, truth: float, bias: float = 0.0) -> None:
        error = np.mean(values) - truth
        standard_error = np.std(values) / np.sqrt(len(values))
        assert abs(error) < LIMIT * standard_error + bias, (error, standard_error)

    return agree
