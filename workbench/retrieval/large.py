"""Search among more items than are looked through whole: an inverted file of 8-bit vectors, mapped from disk.

The lists of Sivic and Zisserman (2003), "Video Google", over k-means cells: a search reads only the cells that lie
nearest. What it finds is scored again by the whole vectors, so that only what it misses is lost; how many cells are
read is set when the index is built, so that of what exact search finds at most a hundredth is missed.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalogs.catalog import Catalog
from workbench.retrieval.content import ContentRows, content_ids
from workbench.retrieval.database import DatabaseIndex
from workbench.retrieval.folders import PART, writing_in
from workbench.retrieval.kept import keys_of
from workbench.retrieval.left_out import LeftOut
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.embeddings import Embeddings
    from workbench.retrieval.protocol import Vectors

EXACT = 50_000
"""Up to so many items, every one is looked at."""
FEW_LEFT = 0.2
"""Where rules leave no more than this share of that, too: whole vectors from all over the disk take longer to read."""
DEPTH = 3
"""How many times as many as are wanted the index finds, for the whole vectors to choose from."""
RECALL, RECALL_AT, SAMPLE = 0.99, 100, 64
ROUNDS, PER_CELL = 8, 50
KEPT_CELLS = 0.2
"""The share of items that may come and go before the cells are computed anew."""
BLOCK = 65_536
_open = Shelf(4)


def is_large(catalog: Catalog) -> bool:
    return len(catalog.items) > EXACT


def words_folder(cache: Path | None, catalog: Catalog) -> Path | None:
    """Where the words of a large catalog are kept; None where they are indexed anew at each start, which is quick."""
    if cache is None or not is_large(catalog):
        return None
    digest = hashlib.sha256(f"3:{catalog.facts.language}".encode())
    digest.update(keys_of([f"{item.title} {item.text}" for item in catalog.items]).tobytes())
    return cache / "indexes" / f"words-{digest.hexdigest()[:32]}"


class VectorFile:
    """The index of one catalog's texts by one embedder, named by what it holds."""

    def __init__(self, folder: Path, catalog: str, ids: Any) -> None:
        import numpy

        digest = hashlib.sha256(b"1" + numpy.unique(ids).tobytes()).hexdigest()[:24]
        self.folder, self._catalog = folder, catalog
        self.path = folder / f"{catalog}.{digest}.faiss"

    @classmethod
    def of(cls, catalog: str, embeddings: "Embeddings", keys: Any) -> "VectorFile":
        assert embeddings.kept is not None
        return cls(
            embeddings.kept.path.parent.parent / "indexes" / embeddings.kept.path.stem, catalog, content_ids(keys)
        )

    def others(self) -> list[Path]:
        """Indexes of the same catalog as it was at other times, the latest first."""
        found = (p for p in self.folder.glob(f"{self._catalog}.*.faiss") if p != self.path)
        return sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)


class LargeIndex:
    """Which rows of a catalog lie nearest to given vectors. Safe to share between threads."""

    def __init__(self, file: VectorFile, vectors: "Vectors", ids: Any) -> None:
        import faiss

        self._vectors, self._ids = vectors, ids
        self._rows = ContentRows(ids)
        self._selectors = Shelf(8)
        with writing_in(file.folder):
            if not file.path.is_file():
                _write(self._made(file), file)
        read: Any = faiss.read_index
        self._index = read(str(file.path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)

    def search(self, asked: "Vectors", n: int, excluded: LeftOut) -> Any:
        """Rows among which are the n nearest to each of the vectors asked for, in no order; none of `excluded`."""
        import numpy

        left = len(self._ids) - len(excluded)
        if left <= EXACT * FEW_LEFT:
            return numpy.flatnonzero(~excluded.mask)
        import faiss

        cells, some = self._index.nprobe, {}
        if excluded.barred is not None:
            cells = min(self._index.nlist, int(cells * len(self._ids) / left) + 1)
            some["sel"] = faiss.IDSelectorNot(self._barred(excluded))
        kind: Any = faiss.SearchParametersIVF
        wanted = DEPTH * n + len(excluded.few)
        _, found = self._index.search(numpy.ascontiguousarray(asked), wanted, params=kind(nprobe=cells, **some))
        rows = self._rows.of(numpy.unique(found[found >= 0]))
        return rows[~excluded.mask[rows]]

    def _barred(self, excluded: LeftOut) -> Any:
        """What tells the index to pass over items; of half a million, it takes a third of a second to make."""
        import faiss

        def make() -> Any:
            return faiss.IDSelectorBatch(self._ids[excluded.barred])

        return make() if excluded.key is None else self._selectors.get(excluded.key, make)

    def _made(self, file: VectorFile) -> Any:
        """The latest index of the same catalog with what came and went, or a new one."""
        import faiss
        import numpy

        wanted, rows = numpy.unique(self._ids, return_index=True)
        for path in file.others():
            index = faiss.read_index(str(path))
            had = _ids_of(index)
            new, gone = numpy.setdiff1d(wanted, had), numpy.setdiff1d(had, wanted)
            if len(new) + len(gone) <= KEPT_CELLS * len(wanted):
                index.remove_ids(faiss.IDSelectorBatch(gone))
                self._add(index, rows[numpy.searchsorted(wanted, new)])
                return index
        index = self._trained(rows)
        self._add(index, rows)
        self._set_cells(index, rows)
        return index

    def _trained(self, rows: Any) -> Any:
        import faiss
        import numpy

        cells = max(1, min(2048, int(2 * len(rows) ** 0.5)))
        width = self._vectors.shape[1]
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(width),
            width,
            cells,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
            False,
        )
        index.cp.niter, index.cp.spherical, index.cp.min_points_per_centroid = ROUNDS, True, 1
        drawn = numpy.random.default_rng(0).permutation(len(rows))[: cells * PER_CELL]
        index.train(numpy.ascontiguousarray(self._vectors[numpy.sort(rows[drawn])]))
        return index

    def _add(self, index: Any, rows: Any) -> None:
        import numpy

        for start in range(0, len(rows), BLOCK):
            part = rows[start : start + BLOCK]
            index.add_with_ids(numpy.ascontiguousarray(self._vectors[part]), self._ids[part])

    def _set_cells(self, index: Any, rows: Any) -> None:
        """As many cells are read as it takes to find what exact search finds, for items and for means of three: the
        latter lie between cells, as a user's history does."""
        import numpy

        drawn = numpy.random.default_rng(1).integers(len(rows), size=(SAMPLE, 3))
        parts = self._vectors[rows[drawn]]
        asked = numpy.concatenate([parts[: SAMPLE // 2, 0], parts[SAMPLE // 2 :].mean(axis=1)]).astype(numpy.float32)
        at = min(RECALL_AT, len(rows))
        truth = self._exactly(asked, rows, at)
        index.nprobe = 4
        while index.nprobe < index.nlist:
            _, found = index.search(asked, min(DEPTH * at, len(rows)))
            shares = [len(numpy.intersect1d(f, t)) / at for f, t in zip(found, truth, strict=True)]
            if sum(shares) / len(shares) >= RECALL:
                return
            index.nprobe = min(index.nlist, index.nprobe + max(1, index.nprobe // 4))

    def _exactly(self, asked: "Vectors", rows: Any, n: int) -> Any:
        import numpy

        scores = numpy.concatenate(
            [asked @ self._vectors[rows[start : start + BLOCK]].T for start in range(0, len(rows), BLOCK)], axis=1
        )
        return self._ids[rows[numpy.argpartition(-scores, n - 1, axis=1)[:, :n]]]


def index_of(catalog: Catalog, embeddings: "Embeddings") -> LargeIndex | DatabaseIndex | None:
    """The index of a large catalog, built or brought up to date where needed; None where exact search is enough.
    Raises ModelError, and StoreError where a database is named that can't be used."""
    if not is_large(catalog) or embeddings.kept is None:
        return None

    def make() -> LargeIndex | DatabaseIndex:
        vectors = embeddings.items(catalog)
        keys = keys_of([item.text for item in catalog.items])
        if embeddings.database:
            return DatabaseIndex(embeddings.database, table_name(catalog, embeddings), vectors, content_ids(keys))
        return LargeIndex(VectorFile.of(catalog.meta.name, embeddings, keys), vectors, content_ids(keys))

    return _open.get(
        (embeddings.cache, embeddings.database, embeddings.embedder.fingerprint, catalog.fingerprint), make
    )


def table_name(catalog: Catalog, embeddings: "Embeddings") -> str:
    """One table for each catalog and embedder; a name of PostgreSQL has at most 63 characters."""
    digest = hashlib.sha256(f"{catalog.meta.name}\0{embeddings.embedder.fingerprint}".encode()).hexdigest()
    return f"workbench_{catalog.meta.name.replace('-', '_')[:20]}_{digest[:16]}"


def _ids_of(index: Any) -> Any:
    import faiss
    import numpy

    lists = index.invlists
    parts = [
        faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)).copy()
        for cell in range(index.nlist)
        if lists.list_size(cell)
    ]
    return numpy.concatenate(parts) if parts else numpy.zeros(0, numpy.int64)


def _write(index: Any, file: VectorFile) -> None:
    """Written beside its place and moved there whole; what it replaces goes, though whoever has it open keeps it."""
    import faiss

    with tempfile.NamedTemporaryFile(dir=file.folder, suffix=PART, delete=False) as part:
        faiss.write_index(index, part.name)
    os.replace(part.name, file.path)
    for old in file.others():
        old.unlink()
