"""Which items of a catalog have the texts most like a given one, as shares that sum to 1."""

from typing import TYPE_CHECKING, Any

from workbench.catalogs.catalog import Catalog
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.large import is_large
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

NEIGHBOURS = 20
SHARPNESS = 10.0
BLOCK = 1024
"""Texts that are compared with all others at a time."""
_alike = Shelf(4)


def alike(asked: "Vectors", items: "Vectors", *, but: Any = None) -> Any:
    """Sparse float32 [asked, items]: each row's 20 nearest items, in shares exp(10 cosine) that sum to 1. `but` names
    for each row the item that it is itself, which is no neighbour of its own."""
    import numpy
    from scipy import sparse

    n = min(NEIGHBOURS, items.shape[0] - (but is not None))
    blocks = []
    for start in range(0, len(asked), BLOCK):
        near = asked[start : start + BLOCK] @ items.T
        lines = numpy.arange(len(near))[:, None]
        if but is not None:
            near[lines[:, 0], but[start : start + BLOCK]] = -2.0
        # Of equal ones any may be taken; the order within a row does not matter.
        places = numpy.argpartition(-near, max(n - 1, 0), axis=1)[:, :n]
        weights = numpy.exp(SHARPNESS * (near[lines, places] - 1))
        weights /= weights.sum(axis=1, keepdims=True)
        owner = numpy.repeat(lines[:, 0], n)
        blocks.append(sparse.csr_array((weights.ravel(), (owner, places.ravel())), shape=near.shape))
    return sparse.csr_array(sparse.vstack(blocks))


def alike_of(catalog: Catalog, embeddings: Embeddings) -> Any:
    """`alike` of every item to every other, once per catalog and embedder; None where they are too many to compare."""
    import numpy

    if is_large(catalog) or len(catalog.items) < 2:
        return None

    def compare() -> Any:
        items = embeddings.items(catalog)
        return alike(items, items, but=numpy.arange(len(items)))

    return _alike.get((catalog.fingerprint, embeddings.embedder.fingerprint), compare)
