"""Sources that need no search: what is popular, and the list that the case itself gives."""

import math
import random
from collections.abc import Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.order import best, best_left


@dataclass(frozen=True, slots=True)
class Popularity:
    """The same list for everyone who asks at that time: the floor that a personal list must beat."""

    summary: ClassVar[str] = "What most people take, the same for everyone."

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        return best_left(catalog, catalog.popularity_rows(case), n=n, exclude=exclude, source="popularity")

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        """Logarithms: twice as popular is the same step everywhere."""
        popularity = catalog.popularity_for(case)
        return [math.log1p(max(0.0, popularity.get(item.id, 0.0))) for item in catalog.items]


@dataclass(frozen=True, slots=True)
class Given:
    """The case's own candidates in their own order, all of them however many are asked for: they are the protocol."""

    summary: ClassVar[str] = "The case's own list of candidates, in its own order."

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        given = [i for i in dict.fromkeys(case.candidates) if i not in exclude]
        if not given:
            what = f"case {case.id!r} has no candidates of its own"
            raise VariantError(Problem(what, "candidate source given", "choose dense, bm25, hybrid or popularity"))
        return [Candidate(item_id, 1.0 / rank, rank, "given") for rank, item_id in enumerate(given, 1)]


@dataclass(frozen=True, slots=True)
class Random:
    """Any items, the same ones each time for one case: the floor under every other source."""

    summary: ClassVar[str] = "Any items at all: what a source must beat."

    seed: int = option(0, "Seed", "Another seed draws other items.", minimum=0)

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        drawn = random.Random(f"{self.seed}:{case.id}:{case.description}:{','.join(case.history)}")
        return best(((item.id, drawn.random()) for item in catalog.items), n=n, exclude=exclude, source="random")
