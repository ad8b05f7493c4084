"""What a catalog looks like in numbers: distributions small enough to draw, however large the catalog is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.item_table import ItemTable

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

BARS, POINTS = 20, 200
"""The most that one plot shows."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Labels with their counts, the most frequent first; `others` is how many more labels there are."""

    bars: tuple[tuple[str, int], ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Bin:
    """Values from `low` up to `high`, which only the last bin includes."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Tail:
    """(rank, interactions) of items, the most taken first, thinned towards the end; `head` is the share of all
    interactions that the most taken tenth of the items has; `untaken` items were never taken."""

    points: tuple[tuple[int, int], ...]
    head: float
    untaken: int


def values(table: ItemTable, name: str) -> Counted:
    found = table.counts(name)
    return Counted(tuple(found[:BARS]), max(0, len(found) - BARS))


def histogram(numbers: "NDArray[numpy.float64]", *, whole: bool = False) -> tuple[Bin, ...]:
    """At most 2 x BARS bins of equal width; of `whole` numbers each is at least 1 wide and begins at a whole number."""
    import numpy

    if not len(numbers):
        return ()
    low, high = float(numbers.min()), float(numbers.max())
    if whole:
        width = max(1.0, numpy.ceil((high - low + 1) / (2 * BARS)))
        edges = numpy.arange(low, high + width + 1, width)
    else:
        edges = numpy.linspace(low, high if high > low else low + 1, 2 * BARS + 1)
    counts, edges = numpy.histogram(numbers, edges)
    last = len(counts) - 1 if counts[-1] or len(counts) == 1 else len(counts) - 2
    found = zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    return tuple(Bin(*one) for one in list(found)[: last + 1])


def popularity_tail(catalog: Catalog) -> Tail:
    import numpy

    counts = numpy.sort(numpy.bincount(catalog.timeline.item, minlength=len(catalog.items)))[::-1]
    taken = counts[counts > 0]
    if not len(taken):
        return Tail((), 0.0, len(counts))
    ranks = numpy.unique(numpy.geomspace(1, len(taken), POINTS).round().astype(int))
    head = counts[: max(1, len(counts) // 10)].sum() / counts.sum()
    points = tuple((int(rank), int(taken[rank - 1])) for rank in ranks)
    return Tail(points, float(head), int(len(counts) - len(taken)))


def user_lengths(catalog: Catalog) -> "NDArray[numpy.float64]":
    """How many interactions each user has."""
    import numpy

    counts = numpy.bincount(catalog.timeline.user)
    return counts[counts > 0].astype(numpy.float64)


def history_lengths(catalog: Catalog) -> "NDArray[numpy.float64]":
    """How many items each case's history has."""
    import numpy

    return numpy.array([len(case.history) for case in catalog.cases], dtype=numpy.float64)


def segments(catalog: Catalog) -> Counted:
    return _counted(case.segment for case in catalog.cases)


def by_month(catalog: Catalog) -> tuple[tuple[str, int], ...]:
    """Interactions of each month (YYYY-MM) that has any, in order; those without a time are left out."""
    import numpy

    times = catalog.timeline.time[numpy.isfinite(catalog.timeline.time)]
    if not len(times):
        return ()
    months, counts = numpy.unique(times.astype("datetime64[s]").astype("datetime64[M]"), return_counts=True)
    return tuple((str(month), int(count)) for month, count in zip(months, counts, strict=True))


def _counted(labels: Iterable[str]) -> Counted:
    found = Counter(label for label in labels if label).most_common()
    return Counted(tuple(found[:BARS]), max(0, len(found) - BARS))
