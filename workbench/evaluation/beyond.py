"""What a list is like beside being right: how varied, how unexpected, how popular."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from statistics import fmean
from typing import TYPE_CHECKING

from workbench.catalogs.catalog import Catalog
from workbench.retrieval.embeddings import Embeddings

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

HEAD = 0.2
"""The share of the catalog, its most popular, that `popular` counts."""


@dataclass(frozen=True)
class Beyond:
    """Looks at the first k of a list; what of the catalog it needs is computed once."""

    catalog: Catalog
    embeddings: Embeddings
    k: int

    def numbers(self, item_ids: Sequence[str]) -> dict[str, float]:
        """By name: `diversity`, the mean of 1 - cosine over all pairs; `novelty`, the mean of -log2 of an item's share
        of all popularity, in bits (Vargas and Castells, 2011); `popular`, the share of items of the catalog's most
        popular fifth; `lift`, their mean popularity over the catalog's. {} for an empty list."""
        shown = item_ids[: self.k]
        if not shown:
            return {}
        found = {"novelty": fmean(self._novelty[i] for i in shown), "popular": fmean(i in self._head for i in shown)}
        if self._mean_popularity > 0:
            found["lift"] = fmean(self.catalog.popularity[i] for i in shown) / self._mean_popularity
        if len(shown) > 1:
            found["diversity"] = self._diversity(shown)
        return {f"{name}@{self.k}": value for name, value in found.items()}

    def _diversity(self, shown: Sequence[str]) -> float:
        vectors = self._vectors[[self.catalog.rows[i] for i in shown]]
        n = len(shown)
        # Unit vectors: all products with one another, less the n of each with itself, are 2 for each pair.
        total = float((vectors.sum(axis=0) ** 2).sum())
        return 1 - (total - n) / (n * (n - 1))

    @cached_property
    def _vectors(self) -> "Vectors":
        return self.embeddings.of([item.text for item in self.catalog.items])

    @cached_property
    def _mean_popularity(self) -> float:
        return fmean(self.catalog.popularity.values())

    @cached_property
    def _novelty(self) -> dict[str, float]:
        """One is added to each, so that what nobody took is very new and not infinitely."""
        popularity = self.catalog.popularity
        total = sum(max(0.0, p) + 1 for p in popularity.values())
        return {i: -log2((max(0.0, p) + 1) / total) for i, p in popularity.items()}

    @cached_property
    def _head(self) -> frozenset[str]:
        ordered = sorted(self.catalog.popularity.items(), key=lambda pair: (-pair[1], pair[0]))
        return frozenset(i for i, p in ordered[: max(1, round(HEAD * len(ordered)))] if p > 0)
