"""Items that the catalog's relations lead to: from what the user took, or from what another source found."""

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.dense import Dense
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.hybrid import Hybrid
from workbench.retrieval.lexical import Bm25
from workbench.retrieval.order import best
from workbench.retrieval.protocol import Retriever
from workbench.shelf import Shelf

SOURCES: dict[str, type[Retriever]] = {"hybrid": Hybrid, "dense": Dense, "bm25": Bm25}


class _Groups:
    """Items that one relation holds together: those of one value, and an item with each that it leads to."""

    def __init__(self, catalog: Catalog) -> None:
        by_value: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.of: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for r in catalog.relations:
            if catalog.meta.relations[r.name] == "items":
                self.of[r.item].append((r.name, (r.target,)))
                self.of[r.target].append((r.name, (r.item,)))
            else:
                by_value[(r.name, r.target)].append(r.item)
        for (name, _), items in by_value.items():
            for item in items:
                self.of[item].append((name, tuple(other for other in items if other != item)))


_groups = Shelf(8)


@dataclass(frozen=True, slots=True)
class Related:
    """Each start hands its weight, half as much for the last as for the first, on along its relations, in both
    directions. What a value leads to shares it, so that few others of one series count more than many of one country.
    Items that another source found keep the weight that they start with."""

    summary: ClassVar[str] = "Items that the catalog's relations lead to, such as others of the same series."

    start: str = option(
        "history",
        "From",
        "What the user took; or the first items of another source, which stay and are added to.",
        choices=("history", *SOURCES),
    )
    along: str = option(
        "", "Along", "Names of relations with commas between them; empty for all. A catalog without any finds nothing."
    )
    starts: int = option(
        10, "Starts", "The most recent items of the history, or the first found.", minimum=1, maximum=50
    )

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        along = self._along(catalog)
        groups = _groups.get(catalog.fingerprint, lambda: _Groups(catalog))
        scores: dict[str, float] = defaultdict(float)
        for place, item in enumerate(self._from(catalog, case, exclude, embeddings)):
            weight = 0.5 ** (place / self.starts)
            scores[item] += 0.0 if self.start == "history" else weight
            for name, others in groups.of.get(item, ()):
                for other in others if name in along else ():
                    scores[other] += weight / len(others)
        return best(((i, s) for i, s in scores.items() if s > 0), n=n, exclude=exclude, source="related")

    def _from(self, catalog: Catalog, case: Case, exclude: Set[str], embeddings: Embeddings) -> list[str]:
        """Where it starts: the latest or the best first."""
        if self.start == "history":
            return list(dict.fromkeys(reversed(case.history[-self.starts :])))
        source = SOURCES[self.start]()
        found = source.retrieve(catalog, case, n=self.starts, exclude=exclude, embeddings=embeddings)
        return [candidate.item_id for candidate in found]

    def _along(self, catalog: Catalog) -> frozenset[str]:
        known = catalog.meta.relations
        asked = [name.strip() for name in self.along.split(",") if name.strip()] or list(known)
        if unknown := [name for name in asked if name not in known]:
            what = f"no relation {', '.join(unknown)} in catalog {catalog.meta.name}"
            raise VariantError(Problem(what, "candidate source related", f"known: {', '.join(known) or 'none'}"))
        return frozenset(asked)
