"""BM25 over the words of titles and texts, in any language that the tokenizer knows."""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.large import words_folder
from workbench.retrieval.left_out import LeftOut
from workbench.retrieval.order import best_rows, query_text
from workbench.retrieval.postings import (
    Postings,
    best_of,
    no_postings,
    postings_of,
    read_postings,
    write_postings,
)
from workbench.retrieval.segmenting import words
from workbench.shelf import Shelf


class _Index:
    """A BM25 index of one catalog; ids by row."""

    def __init__(self, catalog: Catalog, folder: Path | None) -> None:
        self._language = _language(catalog)
        postings = read_postings(folder) if folder else None
        self._postings = postings or _indexed(catalog)
        if folder and not postings:
            write_postings(self._postings, folder)
        self._items = len(catalog.items)

    def scores(self, text: str) -> list[float]:
        """One score per item, in the catalog's order; [] when no word is known."""
        import numpy

        terms = self._postings.terms(words(text, self._language))
        if not terms:
            return []
        scores = numpy.zeros(self._items, dtype=numpy.float32)
        for term, times in self._postings.in_order(terms):
            rows, parts = self._postings.of(term)
            scores[rows] += times * parts
        found: list[float] = scores.tolist()
        return found

    def best(self, text: str, n: int, excluded: Any) -> tuple[Any, Any]:
        """Rows and scores, in no order, among which are the n best of over 0, none of `excluded`."""
        return best_of(self._postings, self._postings.terms(words(text, self._language)), self._items, n, excluded)


def _language(catalog: Catalog) -> str:
    return catalog.facts.language.split("-")[0]


def _indexed(catalog: Catalog) -> Postings:
    import bm25s

    vocabulary: dict[str, int] = {}
    language = _language(catalog)
    documents = [
        [vocabulary.setdefault(word, len(vocabulary)) for word in words(f"{item.title} {item.text}", language)]
        for item in catalog.items
    ]
    model: Any = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    if not vocabulary:  # bm25s can't index a catalog of stop words and signs
        return no_postings()
    model.index((documents, dict(vocabulary)), show_progress=False)  # it adds a word of its own
    return postings_of(
        vocabulary, model.scores["data"], model.scores["indices"], model.scores["indptr"], len(documents)
    )


_indexes = Shelf(8)


def index_of(catalog: Catalog, cache: Path | None = None) -> _Index:
    """Kept on disk, and mapped from there, where there is a cache and the catalog is large."""
    return _indexes.get(catalog.fingerprint, lambda: _Index(catalog, words_folder(cache, catalog)))


@dataclass(frozen=True, slots=True)
class Bm25:
    """Robertson and Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond"."""

    summary: ClassVar[str] = "Items that share rare words with the description and the history."

    recent: int = option(
        10,
        "History items in the query",
        "The most recent history items whose words are asked for.",
        minimum=0,
        maximum=200,
    )

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        index, out = index_of(catalog, embeddings.cache), LeftOut.of(catalog, exclude)
        rows, scores = index.best(query_text(catalog, case, recent=self.recent), n, out.rows)
        return best_rows(catalog, rows, scores, n=n, source="bm25")

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        return index_of(catalog, embeddings.cache).scores(query_text(catalog, case, recent=self.recent))
