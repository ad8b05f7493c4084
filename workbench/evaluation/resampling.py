"""Resamples and sign flips of many lists of numbers: drawn once for each length, so that a board of many is quick."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

    from numpy import floating
    from numpy.typing import NDArray

    Numbers = NDArray[floating]

KEPT = 20_000_000
"""Up to so many numbers (80 MB) a draw is kept for the next list of that length; a longer one is drawn in parts."""
ROUNDING = 1e-5
"""Draws are kept in single precision; means that differ by less than this share are the same."""


def resampled_means(values: "Numbers", *, seed: int, resamples: int) -> "Numbers":
    """The means of `resamples` draws with replacement, the same draws for every list of this length."""
    return _means(_resamples, values, seed, resamples)


def flipped_means(values: "Numbers", *, seed: int, resamples: int) -> tuple["Numbers", bool]:
    """The means under random signs, and whether those are all signs that there are."""
    if 2 ** len(values) <= resamples:
        return _all_signs(len(values)) @ values, True
    return _means(_signs, values, seed, resamples), False


def _means(draw: "_lru_cache_wrapper[Numbers]", values: "Numbers", seed: int, resamples: int) -> "Numbers":
    import numpy

    n = len(values)
    if n * resamples <= KEPT:
        return (draw(n, seed, 0, resamples) @ values.astype(numpy.float32)).astype(float)
    rows = max(1, KEPT // n)
    parts = [
        draw.__wrapped__(n, seed, at, min(rows, resamples - at)) @ values.astype(numpy.float32)
        for at in range(0, resamples, rows)
    ]
    return numpy.concatenate(parts).astype(float)


@lru_cache(maxsize=2)
def _resamples(n: int, seed: int, part: int, rows: int) -> "Numbers":
    """How often each of n values is drawn, by n; a row for each resample."""
    import numpy

    rng = numpy.random.default_rng([seed, part])
    drawn = rng.integers(0, n, size=(rows, n), dtype=numpy.int64)
    drawn += numpy.arange(rows)[:, None] * n
    counts = numpy.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
    return (counts / n).astype(numpy.float32)


@lru_cache(maxsize=2)
def _signs(n: int, seed: int, part: int, rows: int) -> "Numbers":
    import numpy

    rng = numpy.random.default_rng([seed, part, 1])
    return (rng.integers(0, 2, size=(rows, n), dtype=numpy.int8) * numpy.float32(2) - 1).astype(numpy.float32) / n


@lru_cache(maxsize=16)
def _all_signs(n: int) -> "Numbers":
    import numpy

    bits = (numpy.arange(2**n)[:, None] >> numpy.arange(n)) & 1
    return (bits * 2.0 - 1) / n
