import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from rpgan.errors import UserError
from rpgan.metrics.dtw import compiled, distances, dtw
from rpgan.metrics.legacy import dtw as legacy_dtw
from rpgan.processes import FGN, AlphaStable
from rpgan.randomness import generator

X, Y = [0, 1, 2, 1, 0, -1, 0, 1], [0, 0, 1, 2, 1, 0, -1, 0]
KERNELS = [pytest.param(None, id="numpy")]
if compiled() is not None:
    KERNELS.append(pytest.param(compiled(), id="numba"))


def by_definition(x, y, window):
    """Every cell of the band, one by one."""
    best = np.full((len(x) + 1, len(y) + 1), np.inf)
    best[0, 0] = 0
    for i in range(len(x)):
        for j in range(len(y)):
            if abs(i - j) < window:
                least = min(best[i, j], best[i, j + 1], best[i + 1, j])
                best[i + 1, j + 1] = (x[i] - y[j]) ** 2 + least
    return np.sqrt(best[-1, -1])


def white(n, length, *purpose):
    return FGN(hurst=0.5).sample(n, length, generator(1, "dtw", *purpose))


@pytest.mark.parametrize("numba", KERNELS)
@pytest.mark.parametrize(("window", "expected"), [(1, np.sqrt(7)), (2, 1), (3, 1), (8, 1)])
def test_a_shift_by_hand(numba, window, expected):
    # One sample later: seven steps of size 1 on the diagonal, and one off it.
    got = distances(np.array([X]), np.array([Y]), window, numba)
    assert_allclose(got, [[expected]], rtol=1e-15)


@pytest.mark.parametrize("numba", KERNELS)
@pytest.mark.parametrize(
    ("window", "expected"),
    [(1, 9.69246614460229), (4, 6.46467106504399), (8, 2.46531427274182), (32, 2.44721514400723)],
)
def test_sine_against_cosine(numba, window, expected):
    i = np.arange(64)
    got = distances(np.sin(0.3 * i)[None], np.cos(0.31 * i + 0.2)[None], window, numba)
    assert_allclose(got, [[expected]], rtol=1e-14)


# Pairs 01, 02, 03, 12, 13, 23 by dtaidistance 2.5.1: dtw.distance_matrix_fast, without pruning.
DTAIDISTANCE = [
    (
        "waves",
        1,
        [
            14.429131950851076,
            14.447834381592818,
            14.942814924459176,
            14.48579926157516,
            14.708861255305681,
            14.518280974651523,
        ],
    ),
    (
        "waves",
        2,
        [
            14.172564415632237,
            14.156944731577418,
            14.57399440094647,
            14.154882213294679,
            14.36149807686951,
            13.882132352498257,
        ],
    ),
    (
        "waves",
        8,
        [
            12.55180467283038,
            12.450267554263501,
            12.477353341788508,
            11.451516112018254,
            11.803416467318385,
            10.22661148074525,
        ],
    ),
    (
        "waves",
        32,
        [
            7.251591543342596,
            8.084761276240403,
            9.586285371087266,
            5.8241147655791705,
            8.091380846299234,
            5.264252148346336,
        ],
    ),
    (
        "waves",
        500,
        [
            6.336517056133069,
            7.96658857013285,
            9.585068084011215,
            5.758487004262133,
            8.049987675155734,
            5.264252148346336,
        ],
    ),
    (
        "chirps",
        1,
        [
            11.350574693520445,
            10.750344762999024,
            10.390049084919442,
            7.753228368018682,
            7.514297568075017,
            5.668278126910825,
        ],
    ),
    (
        "chirps",
        2,
        [
            10.418412661591043,
            10.630173673039003,
            9.888148969847553,
            6.723044010892692,
            6.698601561579256,
            4.740553858479279,
        ],
    ),
    (
        "chirps",
        8,
        [
            6.379899758717815,
            8.178006973883889,
            7.937345703768606,
            3.2950105831968273,
            4.165077094970928,
            1.8588241617939618,
        ],
    ),
    (
        "chirps",
        32,
        [
            4.521368093288812,
            5.582073401547117,
            6.340985685508419,
            1.7542413871827167,
            2.6367948400067127,
            1.0351240613968096,
        ],
    ),
    (
        "chirps",
        500,
        [
            3.849910577265091,
            4.215984262711879,
            4.47744348378509,
            1.6722120066727464,
            2.1349406126108934,
            1.0351240613968096,
        ],
    ),
]


def reference_set(name):
    i = np.arange(200)
    if name == "waves":
        return np.array(
            [np.sin((0.05 + 0.03 * k) * i + k) + 0.2 * k * np.cos(0.9 * i) for k in range(4)]
        )
    return np.array([np.sin(0.001 * (k + 1) * i**2) * np.exp(-0.004 * k * i) for k in range(4)])


@pytest.mark.parametrize("numba", KERNELS)
@pytest.mark.parametrize(("name", "window", "expected"), DTAIDISTANCE)
def test_it_is_that_of_dtaidistance(numba, name, window, expected):
    series = reference_set(name)
    pairs = np.triu_indices(4, 1)
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-4)):
        one = distances(series.astype(dtype), series.astype(dtype), window, numba)
        assert one.dtype == dtype
        assert_allclose(one[pairs], expected, rtol=tolerance)


def test_it_is_that_of_the_dtaidistance_installed_here():
    library = pytest.importorskip("dtaidistance.dtw")
    series = white(12, 300, "library")
    expected = library.distance_matrix_fast(list(series), window=32, use_pruning=False)
    assert_allclose(dtw(series, series, 32), expected, rtol=1e-12)


@pytest.mark.parametrize("numba", KERNELS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 8, 13])
@pytest.mark.parametrize("window", [1, 2, 3, 4, 7, 40])
def test_every_length_and_window_is_as_defined(numba, dtype, length, window):
    # 37 others: neither a multiple of the lanes of a vector nor less than one.
    x, y = (white(n, length, who, window).astype(dtype) for n, who in ((3, "x"), (37, "y")))
    expected = [[by_definition(a.astype(float), b.astype(float), window) for b in y] for a in x]
    tolerance = 1e-13 if dtype == np.float64 else 1e-5
    assert_allclose(distances(x, y, window, numba, 1), expected, rtol=tolerance)


@pytest.mark.parametrize("numba", KERNELS)
@pytest.mark.parametrize("n", [1, 2, 31, 33, 70])
def test_one_set_is_symmetric_and_the_same_as_two(numba, n):
    series = white(n, 24, "set")
    one, two = (distances(series, others, 5, numba, 2) for others in (series, series.copy()))
    assert_array_equal(one, one.T)
    assert_array_equal(one, two)  # bit by bit: a radius and a distance that tie stay tied
    assert_array_equal(np.diag(one), 0)


def test_numpy_and_numba_agree_on_long_series():
    if compiled() is None:
        pytest.skip("numba is not installed")
    for law in (FGN(hurst=0.9), AlphaStable(alpha=1.0)):
        x, y = (law.sample(4, 1001, generator(1, "dtw", who)) for who in ("a", "b"))
        slow, fast = (distances(x, y, 32, numba) for numba in (None, compiled()))
        assert_allclose(fast, slow, rtol=1e-13)
        single = distances(x.astype(np.float32), y.astype(np.float32), 32, compiled())
        assert_allclose(single, slow, rtol=1e-4)


@pytest.mark.parametrize("numba", KERNELS)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(numba, threads):
    x, y = white(9, 16, "x"), white(40, 16, "y")
    assert_array_equal(distances(x, y, 4, numba, threads), distances(x, y, 4, numba, 1))


@given(st.integers(1, 12), st.integers(1, 14), st.integers(0, 2**32))
@settings(max_examples=30)
def test_a_wider_window_is_never_further(length, window, seed):
    x, y = np.random.default_rng(seed).standard_normal((2, 1, length))
    near, far = dtw(x, y, window + 1), dtw(x, y, window)
    assert near[0, 0] <= far[0, 0] * (1 + 1e-12)
    assert_allclose(far, dtw(y, x, window), rtol=1e-14)


def test_without_numba_the_values_are_the_same(monkeypatch):
    series = white(5, 40, "without")
    with_numba = dtw(series, series, 8)
    for module in ("rpgan.metrics.dtw_numba", "rpgan.metrics.dtw_vectors"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr("rpgan.metrics.dtw_numba", raising=False)
    for module in ("numba", "llvmlite"):
        monkeypatch.setitem(sys.modules, module, None)
    assert compiled() is None
    assert_allclose(dtw(series, series, 8), with_numba, rtol=1e-13)


def test_importing_the_metrics_does_not_load_numba():
    import subprocess

    code = "import sys, rpgan.metrics.legacy; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_integers_and_slices_are_taken():
    series = np.arange(40).reshape(4, 10)[::2, ::-1]
    expected = dtw(series.astype(float), series.astype(float), 3)
    assert_array_equal(dtw(series, series, 3), expected)


def test_the_plain_function_is_the_same():
    assert legacy_dtw is dtw


@pytest.mark.parametrize(
    ("series", "others", "window", "words"),
    [
        (np.zeros((2, 5)), np.zeros((2, 6)), 3, "5 and 6"),
        (np.zeros((2, 5)), np.zeros((2, 5)), 0, "window must be at least 1"),
        (np.zeros(5), np.zeros((2, 5)), 3, r"got \(5,\)"),
        (np.full((2, 5), np.nan), np.zeros((2, 5)), 3, "NaN"),
        (np.zeros((2, 5)), np.full((2, 5), np.inf), 3, "infinite"),
        (np.zeros((2, 0)), np.zeros((2, 0)), 3, r"got \(2, 0\)"),
    ],
)
def test_what_cannot_be_warped_is_refused(series, others, window, words):
    with pytest.raises(UserError, match=words):
        dtw(series, others, window)
