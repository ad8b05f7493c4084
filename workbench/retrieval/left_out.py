"""Items that may not be ranked, as rows of the catalog: among a million, half may be left out of every search."""

from collections.abc import Hashable, Iterable, Iterator, Set
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.catalogs.catalog import Catalog

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Mask = NDArray[numpy.bool_]

FEW = 1_000
"""Up to so many ids are kept as rows; more become a mask over all items."""


class LeftOut(Set[str]):
    """The ids of what is left out. `barred` is a bool for each item, or None, named by `key` where others may ask for
    the same again; `few` are rows beside it."""

    def __init__(self, catalog: Catalog, few: Any, barred: "Mask | None" = None, key: Hashable = None) -> None:
        self._catalog = catalog
        self.few, self.barred, self.key = few, barred, key

    @classmethod
    def of(cls, catalog: Catalog, ids: Set[str]) -> "LeftOut":
        """Ids that the catalog lacks are no matter."""
        if isinstance(ids, cls):
            return ids
        rows = rows_of(catalog, ids)
        if len(rows) <= FEW:
            return cls(catalog, rows)
        return cls(catalog, rows[:0], _mask(catalog, rows))

    @cached_property
    def mask(self) -> "Mask":
        """bool [items]: whether it is left out."""
        found = _mask(self._catalog, self.few)
        return found if self.barred is None else found | self.barred

    @cached_property
    def rows(self) -> Any:
        """int64, in order, each once."""
        import numpy

        return self.few if self.barred is None else numpy.flatnonzero(self.mask)

    def __contains__(self, item_id: object) -> bool:
        row = self._catalog.rows.get(item_id) if isinstance(item_id, str) else None
        return row is not None and bool(self.mask[row])

    def __iter__(self) -> Iterator[str]:
        return (self._catalog.items[row].id for row in self.rows.tolist())

    def __len__(self) -> int:
        return len(self.rows)


def rows_of(catalog: Catalog, ids: Iterable[str]) -> Any:
    """int64, in order, each once."""
    import numpy

    return numpy.array(sorted({catalog.rows[i] for i in ids if i in catalog.rows}), dtype=numpy.int64)


def _mask(catalog: Catalog, rows: Any) -> "Mask":
    import numpy

    found = numpy.zeros(len(catalog.items), dtype=numpy.bool_)
    found[rows] = True
    return found
