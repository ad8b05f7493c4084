"""The seams of retrieval: a question in, scored items out; and texts in, vectors out."""

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Protocol

from workbench.catalogs.catalog import Catalog
from workbench.records import Candidate, Case

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from workbench.retrieval.embeddings import Embeddings

    Vectors = NDArray[numpy.float32]


class Embedder(Protocol):
    """Turns texts into vectors of unit length; the same text gives the same vector."""

    fingerprint: str
    """Names the model and its version: part of the name of everything computed with it."""

    def encode(self, texts: Sequence[str]) -> "Vectors":
        """float32 [len(texts), dimensions]."""
        ...


class Retriever(Protocol):
    """One source of candidates. Pure: same catalog, case and n, same answer. Implementations are frozen dataclasses
    whose fields (see `workbench.options`) are their options."""

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: "Embeddings"
    ) -> list[Candidate]:
        """At most n candidates, best first, none of `exclude`, scores descending, ties by item id."""
        ...


class Scorer(Protocol):
    """A source that can say of every item how well it fits: what a fusion adds to the model's own scores."""

    def scores(self, catalog: Catalog, case: Case, *, embeddings: "Embeddings") -> list[float]:
        """A score for each item in the catalog's order; [] where the source has nothing to go by."""
        ...
