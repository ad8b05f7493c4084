"""Ids that say what a text is, whatever its place: what an index keeps under them survives a change of the catalog."""

from typing import Any


def content_ids(keys: Any) -> Any:
    """int64 [len(keys)], none negative."""
    import numpy

    halves = numpy.ascontiguousarray(keys).view(numpy.uint64).reshape(-1, 2)[:, 0]
    return (halves >> numpy.uint64(1)).astype(numpy.int64)


class ContentRows:
    """From ids to rows of a catalog; several items may have one text."""

    def __init__(self, ids: Any) -> None:
        import numpy

        self._order = numpy.argsort(ids, kind="stable")
        self._sorted = ids[self._order]

    def of(self, found: Any) -> Any:
        """All rows whose text one of the ids names."""
        import numpy

        starts = numpy.searchsorted(self._sorted, found)
        counts = numpy.searchsorted(self._sorted, found, side="right") - starts
        return self._order[numpy.repeat(starts - numpy.cumsum(counts) + counts, counts) + numpy.arange(counts.sum())]
