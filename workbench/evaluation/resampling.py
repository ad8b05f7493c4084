"""Means over many resamples of the same cases: drawn once for all lists of values of one length, so that a board of
many variants takes seconds, not minutes. Near scipy's own, which draws anew for each list (a test holds how near)."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64, uint8
    from numpy.random import Generator
    from numpy.typing import NDArray

    Draw = Callable[[Generator, int, int], NDArray[uint8]]

ROWS = 500
"""Resamples at a time: a few megabytes."""
KEPT_BYTES = 25_000_000
"""Draws of more than this are not kept, but made anew each time."""


def bootstrap_means(values: Sequence[float], *, resamples: int, seed: int) -> "NDArray[float64]":
    """The means of `resamples` draws, with replacement, of as many values as there are."""
    return _sums(values, _drawn_counts, resamples, seed) / len(values)


def flipped_means(differences: Sequence[float], *, resamples: int, seed: int) -> "NDArray[float64]":
    """The means with the sign of each difference turned by the toss of a coin."""
    kept = _sums(differences, _tossed, resamples, seed)
    return (2 * kept - sum(differences)) / len(differences)


def _sums(values: Sequence[float], draw: "Draw", resamples: int, seed: int) -> "NDArray[float64]":
    """For each resample the sum of the values, each as often as it was drawn."""
    import numpy

    given, n = numpy.asarray(values, dtype=float), len(values)
    small = n * resamples <= KEPT_BYTES
    chunks = _kept(draw, n, resamples, seed) if small else _chunks(draw, n, resamples, seed)
    return numpy.concatenate([chunk.astype(float) @ given for chunk in chunks])


@lru_cache(maxsize=6)
def _kept(draw: "Draw", n: int, resamples: int, seed: int) -> "tuple[NDArray[uint8], ...]":
    return tuple(_chunks(draw, n, resamples, seed))


def _chunks(draw: "Draw", n: int, resamples: int, seed: int) -> "Iterator[NDArray[uint8]]":
    import numpy

    rng = numpy.random.default_rng(seed)
    for start in range(0, resamples, ROWS):
        yield draw(rng, min(ROWS, resamples - start), n)


def _drawn_counts(rng: "Generator", rows: int, n: int) -> "NDArray[uint8]":
    """How often each of n is drawn. No case is drawn 256 times: that has a chance of less than one in 10^500."""
    import numpy

    at = rng.integers(0, n, (rows, n)) + numpy.arange(rows)[:, None] * n
    return numpy.bincount(at.ravel(), minlength=rows * n).reshape(rows, n).astype(numpy.uint8)


def _tossed(rng: "Generator", rows: int, n: int) -> "NDArray[uint8]":
    import numpy

    return rng.integers(0, 2, (rows, n), dtype=numpy.uint8)
