"""Hybrid retrieval: dense and BM25 fused, by reciprocal rank or by their scores."""

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.dense import POOLINGS, Dense
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.lexical import Bm25
from workbench.retrieval.order import best

RRF_K = 60
"""The constant of Cormack, Clarke and Buettcher (2009), "Reciprocal Rank Fusion outperforms Condorcet …"."""
DEPTH = 100
"""How deep each list is read at least."""


@dataclass(frozen=True, slots=True)
class Hybrid:
    """By ranks: weight / (60 + dense rank) + (1 - weight) / (60 + BM25 rank). By scores: weight x dense score +
    (1 - weight) x BM25 score, each list's own moved to 0 to 1. A list that lacks the item gives 0."""

    summary: ClassVar[str] = "Dense and BM25 together, fused by reciprocal rank or by their scores."

    weight: float = option(
        0.5, "Weight of dense", "0: BM25 alone decides; 1: dense alone.", minimum=0.0, maximum=1.0, step=0.1
    )
    by: str = option(
        "ranks",
        "Fused by",
        "ranks: reciprocal ranks, which need no common scale; scores: each list's scores moved to 0 to 1.",
        choices=("ranks", "scores"),
    )
    history: str = option("mean", "History by", "How dense retrieval takes the history (see dense).", choices=POOLINGS)

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        fused: dict[str, float] = defaultdict(float)
        for source, weight in ((Dense(history=self.history), self.weight), (Bm25(), 1 - self.weight)):
            if not weight:
                continue  # its items would follow the other list's with a score of 0
            found = source.retrieve(catalog, case, n=max(n, DEPTH), exclude=exclude, embeddings=embeddings)
            low, high = (found[-1].score, found[0].score) if found else (0.0, 0.0)
            for candidate in found:
                share = (candidate.score - low) / (high - low) if high > low else 1.0
                fused[candidate.item_id] += weight * (1 / (RRF_K + candidate.rank) if self.by == "ranks" else share)
        return best(fused.items(), n=n, exclude=exclude, source="hybrid")
