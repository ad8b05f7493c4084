"""Search in a vector database that is there already, behind the same seam as the index on disk."""

from typing import TYPE_CHECKING, Any

from workbench.retrieval.content import ContentRows
from workbench.retrieval.left_out import LeftOut
from workbench.store.vector_table import VectorTable

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

DEPTH = 3


class DatabaseIndex:
    """Which rows of a catalog lie nearest to given vectors, by what a table of the database finds."""

    def __init__(self, url: str, name: str, vectors: "Vectors", ids: Any) -> None:
        """Brings the table to these texts: what is new goes in, what is gone comes out. Raises StoreError."""
        import numpy

        self._ids, self._rows = ids, ContentRows(ids)
        self._table = VectorTable(url, name, vectors.shape[1])
        wanted, rows = numpy.unique(ids, return_index=True)
        had = numpy.array(self._table.ids(), dtype=numpy.int64)
        new = rows[numpy.isin(wanted, had, invert=True)]
        gone = numpy.setdiff1d(had, wanted).tolist()
        if len(new) or gone:
            self._table.change(gone, ((int(ids[row]), vectors[row]) for row in new))

    def close(self) -> None:
        self._table.close()

    def search(self, asked: "Vectors", n: int, excluded: LeftOut) -> Any:
        """Rows among which are the n nearest to each of the vectors asked for, in no order; none of `excluded`."""
        import numpy

        # A text that is left out for one item may be another's too: its rows go, not the text.
        out = numpy.setdiff1d(self._ids[excluded.rows], self._ids[~excluded.mask]).tolist()
        found = [i for vector in asked for i in self._table.nearest(vector, DEPTH * n, out)]
        rows = self._rows.of(numpy.unique(numpy.array(found, dtype=numpy.int64)))
        return rows[~excluded.mask[rows]]
