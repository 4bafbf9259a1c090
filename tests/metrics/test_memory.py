import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from rpgan.metrics.memory import Memory, fingerprint


def test_a_result_is_computed_once_and_cannot_be_changed():
    memory, asked = Memory(2), []

    def compute():
        asked.append(1)
        return np.arange(3.0)

    first, second = memory.get("a", compute), memory.get("a", compute)
    assert first is second
    assert len(asked) == 1
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 7


def test_the_least_recently_asked_for_is_forgotten():
    memory = Memory(2)
    for key in "abac":  # b is the oldest when c comes
        memory.get(key, lambda key=key: np.array([ord(key)]))
    new = np.array([0])
    assert memory.get("b", lambda: new) is new
    assert_array_equal(memory.get("c", lambda: new), [ord("c")])


def test_threads_wait_for_one_that_is_at_work():
    memory, begun, go_on, found = Memory(2), threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        assert go_on.wait(10)
        return np.zeros(1)

    def never():
        raise AssertionError("another thread is at it")

    first = threading.Thread(target=lambda: found.append(memory.get("a", slow)))
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=lambda: found.append(memory.get("a", never)))
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert found[0] is found[1]


def test_an_error_is_everyones():
    memory = Memory(2)

    def fails():
        raise ValueError("no such thing")

    for _ in range(2):
        with pytest.raises(ValueError, match="no such thing"):
            memory.get("a", fails)


def test_a_fingerprint_is_of_samples_and_shape_alone():
    x = np.arange(12.0).reshape(3, 4)
    assert fingerprint(x) == fingerprint(x.copy()) == fingerprint(np.asfortranarray(x))
    others = [x.reshape(4, 3), x.astype(np.float32), x + 1e-12, x[::-1], x[:2]]
    assert len({fingerprint(other) for other in [x, *others]}) == 6
