"""A Catalog: items, cases, exemplars and interactions of one folder, loaded whole."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbench.catalogs.columns import Taken, as_columns
from workbench.catalogs.meta import CatalogMeta
from workbench.catalogs.sequences import sequence_exemplar
from workbench.catalogs.timeline import Timeline, timeline_of, times_of
from workbench.errors import CatalogError, Problem
from workbench.records import Case, CatalogFacts, Exemplar, Interaction, Item, Relation

if TYPE_CHECKING:
    from workbench.catalogs.timeline import Rows, Times

T = TypeVar("T")
HINTED = 50
"""Unknown ids beyond this many get no hint."""


@dataclass(frozen=True)
class Catalog:
    """Checked: every id that anything in it names is there. `fingerprint` is the SHA-256 (hex) of what matters to a
    ranking: items, exemplars, interactions and how an item is described."""

    meta: CatalogMeta
    items: tuple[Item, ...]
    cases: tuple[Case, ...]
    exemplars: tuple[Exemplar, ...]
    interactions: Sequence[Interaction]
    fingerprint: str
    folder: Path
    relations: tuple[Relation, ...] = ()
    own_of: str = ""
    """The fingerprint before a user's own exemplars were added; "" where none were."""

    @property
    def of_files(self) -> str:
        """The fingerprint of the catalog as its files say it, the same wherever they are."""
        return self.own_of or self.fingerprint

    @cached_property
    def neighbours(self) -> Mapping[str, Mapping[str, tuple[Item | str, ...]]]:
        """Item id -> relation -> the items or values at its other end, in the order of the file."""
        found: dict[str, dict[str, list[Item | str]]] = {}
        for r in self.relations:
            items = self.meta.relations[r.name] == "items"
            found.setdefault(r.item, {}).setdefault(r.name, []).append(self.item(r.target) if items else r.target)
        return {item: {name: tuple(ends) for name, ends in by.items()} for item, by in found.items()}

    @cached_property
    def facts(self) -> CatalogFacts:
        m = self.meta
        return CatalogFacts(m.name, m.title, m.domain, m.language, m.noun, len(self.items))

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Item id -> title."""
        return {item.id: item.title for item in self.items}

    @cached_property
    def released(self) -> Mapping[str, int]:
        """Item id -> its attribute `year`, where it has one."""
        years = ((item.id, item.attributes.get("year")) for item in self.items)
        return {item_id: year for item_id, year in years if isinstance(year, int)}

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Item id -> its place in `items`, and so in every list of vectors or scores."""
        return {item.id: row for row, item in enumerate(self.items)}

    @cached_property
    def popularity(self) -> Mapping[str, float]:
        """Item id -> the attribute that catalog.yaml names, else the number of interactions; 0 where unknown. It looks
        at interactions of all times: what ranks a case goes by `popularity_for`."""
        return self._by_id(self._popularity)

    def popularity_for(self, case: Case) -> Mapping[str, float]:
        """Item id -> popularity when the case was asked, as `popularity_rows`."""
        rows = self.popularity_rows(case)
        return self.popularity if rows is self._popularity else self._by_id(rows)

    def popularity_rows(self, case: Case) -> "Times":
        """float64 [items], popularity when the case was asked: the interactions of others before its time. An attribute
        has no time, and is what the catalog says it is."""
        if self.meta.popularity or not (case.time or case.user):
            return self._popularity
        return self._counted(self.timeline.item[self.timeline.known_to(case)])

    @cached_property
    def _popularity(self) -> "Times":
        import numpy

        if not self.meta.popularity:
            return self._counted(self.timeline.item)
        values = (item.attributes.get(self.meta.popularity) for item in self.items)
        return numpy.array([float(v) if isinstance(v, int | float) else 0.0 for v in values])

    def _counted(self, taken: "Rows") -> "Times":
        import numpy

        return numpy.bincount(taken, minlength=len(self.items)).astype(numpy.float64)

    def _by_id(self, rows: "Times") -> Mapping[str, float]:
        return {item.id: value for item, value in zip(self.items, rows.tolist(), strict=True)}

    @cached_property
    def timeline(self) -> Timeline:
        """The interactions as columns."""
        return timeline_of(self.interactions, self.rows)

    @cached_property
    def taken(self) -> Mapping[str, tuple[Interaction, ...]]:
        """User -> what they took, oldest first; users in the order of their ids."""
        columns = as_columns(self.interactions)
        return Taken(columns, times_of(columns))

    def with_exemplars(self, own: Sequence[Exemplar]) -> "Catalog":
        """The same catalog with more exemplars: those whose ids are new and whose items are all there."""
        named = ((e, (*e.history, *e.candidates, *e.answer)) for e in own if e.id not in self._exemplars)
        added = tuple(e for e, ids in named if all(i in self.titles for i in ids))
        if not added:
            return self
        fingerprint = hashlib.sha256(repr((self.fingerprint, added)).encode()).hexdigest()
        return replace(self, exemplars=(*self.exemplars, *added), fingerprint=fingerprint, own_of=self.of_files)

    def item(self, item_id: str) -> Item:
        """Raises CatalogError, with the nearest ids, when there is no such item."""
        return self._found("item", self._items, item_id)

    def case(self, case_id: str) -> Case:
        """Raises CatalogError, with the nearest ids, when there is no such case."""
        return self._found("case", self._cases, case_id)

    def exemplar(self, exemplar_id: str) -> Exemplar:
        """One of the catalog's, or one out of its interactions (`taken:USER:N`). Raises CatalogError, with the nearest
        ids, when there is no such exemplar."""
        if exemplar_id not in self._exemplars and (found := sequence_exemplar(self.taken, exemplar_id)):
            return found
        return self._found("exemplar", self._exemplars, exemplar_id)

    @cached_property
    def _items(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    @cached_property
    def _cases(self) -> dict[str, Case]:
        return {case.id: case for case in self.cases}

    @cached_property
    def _exemplars(self) -> dict[str, Exemplar]:
        return {exemplar.id: exemplar for exemplar in self.exemplars}

    def _found(self, kind: str, table: Mapping[str, T], wanted: str) -> T:
        if wanted in table:
            return table[wanted]
        raise CatalogError(Problem(f"no {kind} {wanted!r}", f"catalog {self.meta.name}", nearest(wanted, list(table))))


class Hints:
    """The nearest of many known ids, for the first unknown ones only: each takes milliseconds, and a file that belongs
    to another catalog has thousands."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = sorted(known)
        self._found: dict[str, str] = {}

    def nearest(self, wanted: str) -> str:
        if wanted not in self._found and len(self._found) < HINTED:
            self._found[wanted] = nearest(wanted, self._known)
        return self._found.get(wanted, "")


def nearest(wanted: str, known: Sequence[str]) -> str:
    """A hint that names the nearest known ids."""
    near = get_close_matches(wanted, known, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else ""
