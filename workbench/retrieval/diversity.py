"""Candidates that differ: maximal marginal relevance over what any source found."""

from collections.abc import Sequence
from dataclasses import replace

from workbench.catalogs.catalog import Catalog
from workbench.records import Candidate
from workbench.retrieval.embeddings import Embeddings

POOL = 5
"""How many times as many candidates as are wanted are drawn from."""


def diversified(
    found: Sequence[Candidate], catalog: Catalog, *, n: int, weight: float, embeddings: Embeddings
) -> list[Candidate]:
    """n of `found`, each the best by (1 - weight) x relevance - weight x likeness to what was taken before.

    Carbonell and Goldstein (1998), "The Use of MMR". Relevance is the source's score, moved to 0..1 over `found`;
    likeness the greatest cosine of the items' sentences. Scores stay the source's own.
    """
    if not found:
        return []
    import numpy

    vectors = embeddings.items(catalog)[[catalog.rows[c.item_id] for c in found]]
    scores = numpy.array([c.score for c in found])
    width = scores.max() - scores.min()
    relevance = (scores - scores.min()) / width if width else numpy.ones(len(found))
    likeness = numpy.zeros(len(found))
    taken: list[int] = []
    for _ in range(min(n, len(found))):
        gain = (1 - weight) * relevance - weight * likeness
        gain[taken] = -numpy.inf
        at = int(gain.argmax())
        taken.append(at)
        # The first one is like nothing that went before; after it, likeness is to the nearest one taken.
        near = vectors @ vectors[at]
        likeness = near if len(taken) == 1 else numpy.maximum(likeness, near)
    return [replace(found[at], rank=rank) for rank, at in enumerate(taken, start=1)]
