"""The stylised facts of returns that FinGAN reproduces, real against generated."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rpgan.errors import UndefinedLaw
from rpgan.metrics.fitted import Array, Fitted, Law
from rpgan.spec import spec

TRANSFORMED = 2**16  # samples at a time, so that they stay in cache
WAITS = 2**21  # samples of windows at a time

Row = dict[str, Array]


@spec
class StylisedFacts:
    """Differences of the facts that financial returns have in common [1]_.

    Each fact is estimated from each series, averaged over series, and compared: so series are never
    taken for one long one, as the published code takes them.

    ``stylised_acf``, ``stylised_abs_acf``
        Root mean square over lags of the difference of the autocorrelations of r, and of |r|:
        returns are white, their sizes are not (volatility clusters).
    ``stylised_leverage``
        The same of L(t) = (E[r(s) r(s+t)^2] - E[r] E[r^2]) / E[r^2]^2, in units of 1 / r: losses
        raise volatility.
    ``stylised_coarse_fine``
        The same of rho(k) - rho(-k), where rho is the correlation of the size of the sum of
        `coarse` returns, k samples later, with the sum of their sizes: coarse volatility predicts
        fine volatility better than the other way around.
    ``stylised_gain_loss``
        Difference, generated less real, of (G - L) / (G + L), where G and L are the mean waits
        until the sum of returns has risen or fallen by `threshold` median sizes of real returns,
        or `horizon` if it has not: losses are quicker.
    ``stylised_tail``
        Difference, generated less real, of the exponent of the tail of |r|: by Hill's estimator
        from the largest twentieth of each series; its mean over series is inverted.

    Of one channel, whose samples are the returns; defined for every law. A series of zeros has no
    facts and is left out.

    Parameters
    ----------
    lags : int >= 1
        Of the autocorrelations and the leverage, at most half of the length. (FinGAN: 1000.)
    coarse : int >= 2
    coarse_lags : int >= 1
    threshold : float > 0
        15 is about 10 standard deviations of Gaussian returns, the published 0.1 of log prices.
    horizon : int >= 1
        Longest wait, at most half of the length.

    References
    ----------
    .. [1] Takahashi, Chen, Tanaka-Ishii. "Modeling financial time-series with generative
       adversarial networks." Physica A 527 (2019), 121261.
    """

    blind: ClassVar[str] = "what varies from series to series, scale, the centre of the marginal"

    lags: int = 100
    coarse: int = 5
    coarse_lags: int = 20
    threshold: float = 15.0
    horizon: int = 500
    name: Literal["stylised_facts"] = "stylised_facts"

    def __post_init__(self) -> None:
        least = {"lags": 1, "coarse": 2, "coarse_lags": 1, "horizon": 1}
        for setting, limit in least.items():
            if not getattr(self, setting) >= limit:
                raise ValueError(
                    f"{setting} must be at least {limit}, got {getattr(self, setting)}"
                )
        if not self.threshold > 0:
            raise ValueError(f"threshold must be positive, got {self.threshold}")

    def fit(self, real: Array, law: Law | None) -> Fitted:
        """See `rpgan.metrics`. Undefined for several channels, short series and zeros."""
        if real.ndim != 2:
            raise UndefinedLaw(f"returns are of one channel, not of shape {real.shape[1:]}")
        length = real.shape[1]
        if length < 4 * self.coarse:
            raise UndefinedLaw(f"the facts need {4 * self.coarse} returns, got {length}")
        size = float(np.median(np.abs(real))) or float(np.abs(real).mean())
        if size == 0:
            raise UndefinedLaw("all real returns are 0")
        limit = self.threshold * size
        facts = partial(self.facts, limit)
        widths = {name: part.shape[1] for name, part in self.of_few(limit, real[:2]).items()}
        wanted = means(widths, facts(real))
        return Fitted(facts, partial(compare, widths, wanted), dict.fromkeys(NAMES, 0.0))

    def facts(self, limit: float, series: Array) -> Array:
        """All facts of each series side by side, shape (n, k)."""
        rows = [
            np.concatenate(list(self.of_few(limit, few).values()), axis=1)
            for few in parts(series, TRANSFORMED)
        ]
        return np.concatenate(rows)

    def of_few(self, limit: float, series: Array) -> Row:
        """Each fact of each of a few series, (n, its own number of columns)."""
        length = series.shape[1]
        lags = min(self.lags, length // 2)
        return {
            "acf": autocorrelation(series, lags),
            "abs_acf": autocorrelation(np.abs(series), lags),
            "leverage": leverage(series, lags),
            "coarse_fine": coarse_fine(series, self.coarse, min(self.coarse_lags, length // 4)),
            "gain_loss": gain_loss(series, limit, min(self.horizon, length // 2)),
            "tail": hill(np.abs(series)),
        }


NAMES = tuple(
    f"stylised_{fact}"
    for fact in ("acf", "abs_acf", "leverage", "coarse_fine", "gain_loss", "tail")
)


def parts(series: Array, samples: int) -> Iterator[Array]:
    """The series, a few at a time."""
    step = max(1, samples // series.shape[1])
    return (series[start : start + step] for start in range(0, len(series), step))


def means(widths: dict[str, int], rows: Array) -> Row:
    """Mean of each fact over the series that have it."""
    there = np.isfinite(rows)
    count = there.sum(axis=0)
    total = np.where(there, rows, 0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return dict(zip(widths, np.split(mean, np.cumsum(list(widths.values()))[:-1]), strict=True))


def compare(widths: dict[str, int], real: Row, rows: Array) -> dict[str, float]:
    """Values of the facts `rows` of a generated set against the mean real ones."""
    fake = means(widths, rows)
    curves = ("acf", "abs_acf", "leverage", "coarse_fine")
    values = {name: float(np.sqrt(np.mean((fake[name] - real[name]) ** 2))) for name in curves}
    values["gain_loss"] = float(fake["gain_loss"][0] - real["gain_loss"][0])
    values["tail"] = exponent(fake["tail"]) - exponent(real["tail"])
    return {f"stylised_{name}": value for name, value in values.items()}


def exponent(inverse: Array) -> float:
    """Of a tail, from the mean of its inverse; NaN if that is not positive."""
    return float(1 / inverse[0]) if inverse[0] > 0 else np.nan


def correlation(x: Array, y: Array, lags: int) -> Array:
    """Sums of x(s) y(s + t) over s, for t = 0 to `lags`, shape (n, lags + 1)."""
    n_fft = 1 << (x.shape[1] + lags - 1).bit_length()
    product = np.conj(np.fft.rfft(x, n_fft)) * np.fft.rfft(y, n_fft)
    return np.fft.irfft(product, n_fft)[:, : lags + 1]


def ratio(a: Array, b: Array) -> Array:
    """a / b, NaN where b is 0."""
    return np.where(b > 0, a / np.where(b > 0, b, 1), np.nan)


def autocorrelation(x: Array, lags: int) -> Array:
    """About the mean of the series, at lags 1 to `lags`; sums of fewer terms count as less."""
    centred = x - x.mean(axis=1, keepdims=True)
    found = correlation(centred, centred, lags)
    return ratio(found[:, 1:], np.einsum("ij,ij->i", centred, centred)[:, None])


def leverage(r: Array, lags: int) -> Array:
    """L(t) for t = 1 to `lags`: each expectation is the mean of the terms there are."""
    square = r * r
    terms = r.shape[1] - np.arange(1, lags + 1)
    together = correlation(r, square, lags)[:, 1:] / terms
    mean, energy = r.mean(axis=1, keepdims=True), square.mean(axis=1, keepdims=True)
    return ratio(together - mean * energy, energy**2)


def coarse_fine(r: Array, coarse: int, lags: int) -> Array:
    """rho(k) - rho(-k) for k = 1 to `lags`."""
    of_sum = standardised(np.abs(moving_sum(r, coarse)))
    of_sizes = standardised(moving_sum(np.abs(r), coarse))
    later, earlier = correlation(of_sizes, of_sum, lags), correlation(of_sum, of_sizes, lags)
    return (later - earlier)[:, 1:] / of_sum.shape[1]


def moving_sum(x: Array, width: int) -> Array:
    """Sums of `width` neighbours."""
    return sliding_window_view(x, width, axis=1).sum(axis=2)


def standardised(x: Array) -> Array:
    """Each series with mean 0 and variance 1; NaN if it is constant."""
    centred = x - x.mean(axis=1, keepdims=True)
    return ratio(centred, np.sqrt(np.mean(centred**2, axis=1, keepdims=True)))


def gain_loss(r: Array, limit: float, horizon: int) -> Array:
    """(G - L) / (G + L) of each series, (n, 1), from starts an eighth of the horizon apart."""
    price = np.cumsum(r, axis=1)
    step = max(1, horizon // 8)
    rows = []
    for few in parts(price, max(1, WAITS * step // (horizon + 1))):
        windows = sliding_window_view(few, horizon + 1, axis=1)[:, ::step]
        moves = windows[:, :, 1:] - windows[:, :, :1]
        gain, loss = waits(moves >= limit), waits(moves <= -limit)
        rows.append((gain - loss) / (gain + loss))
    return np.concatenate(rows)[:, None]


def waits(reached: np.ndarray) -> Array:
    """Mean over starts of the steps until `reached`, (n, starts, horizon); at most the horizon."""
    first = np.where(reached.any(axis=2), reached.argmax(axis=2) + 1, reached.shape[2])
    return first.mean(axis=1)


def hill(size: Array) -> Array:
    """Inverse exponent of each series' tail, (n, 1), from its largest twentieth; NaN from zeros."""
    count = max(2, size.shape[1] // 20)
    largest = np.partition(size, size.shape[1] - count - 1, axis=1)[:, -count - 1 :]
    least = largest[:, :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(largest[:, 1:] / least)
    return np.where(least[:, 0] > 0, logs.mean(axis=1), np.nan)[:, None]
