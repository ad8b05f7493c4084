"""The pool of a catalog as an analyst looks at it: where each exemplar is from, searched and filtered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.sequences import TAKEN, sequence_exemplars
from workbench.exemplars.informed import segment_of
from workbench.records import Case, Exemplar

FROM_CASE = "case:"
"""How the ids of exemplars begin that were cases: `case:ID`."""
Source = Literal["shipped", "case", "interactions", "by hand"]
SOURCES: tuple[Source, ...] = ("shipped", "by hand", "case", "interactions")


@dataclass(frozen=True, slots=True)
class Entry:
    """One exemplar of the pool."""

    exemplar: Exemplar
    source: Source

    @property
    def segment(self) -> str:
        return segment_of(self.exemplar)

    @property
    def own(self) -> bool:
        """Whether it can be edited and deleted."""
        return self.source != "shipped"


def entries(catalog: Catalog, own_ids: Collection[str]) -> tuple[Entry, ...]:
    """Every exemplar of the catalog, the analyst's own among them."""
    return tuple(Entry(e, _source(e.id) if e.id in own_ids else "shipped") for e in catalog.exemplars)


def _source(exemplar_id: str) -> Source:
    if exemplar_id.startswith(FROM_CASE):
        return "case"
    return "interactions" if exemplar_id.startswith(TAKEN) else "by hand"


def search(
    pool: Sequence[Entry],
    catalog: Catalog,
    *,
    text: str = "",
    sources: Collection[str] = (),
    tags: Collection[str] = (),
    segments: Collection[str] = (),
) -> tuple[Entry, ...]:
    """Those that hold the text in any field or title, and one of each that is asked for; nothing asked is no filter."""
    wanted = text.casefold().strip()
    return tuple(
        entry
        for entry in pool
        if wanted in _text(entry.exemplar, catalog)
        and (not sources or entry.source in sources)
        and (not tags or any(tag in tags for tag in entry.exemplar.tags))
        and (not segments or entry.segment in segments)
    )


def _text(exemplar: Exemplar, catalog: Catalog) -> str:
    titles = [catalog.item(i).title for i in (*exemplar.history, *exemplar.answer)]
    return " ".join([exemplar.id, exemplar.description, exemplar.reason, *exemplar.tags, *titles]).casefold()


def from_case(case: Case, grades: Mapping[str, int]) -> Exemplar | None:
    """A case kept apart to be shown, best grades first; None where its answer is not known. The guard keeps it from
    the case itself; `kept_apart` names the cases that an experiment should leave out."""
    answer = tuple(sorted((i for i, grade in grades.items() if grade > 0), key=lambda i: (-grades[i], i)))
    if not answer:
        return None
    candidates = case.candidates if set(answer) <= set(case.candidates) else ()
    tags = (case.segment,) if case.segment else ()
    return Exemplar(
        f"{FROM_CASE}{case.id}", case.description, case.history, candidates, answer, case.user, "", tags, case.time
    )


def kept_apart(exemplars: Sequence[Exemplar]) -> frozenset[str]:
    """Ids of the cases that have become exemplars."""
    return frozenset(e.id.removeprefix(FROM_CASE) for e in exemplars if e.id.startswith(FROM_CASE))


def from_interactions(catalog: Catalog, n: int) -> tuple[Exemplar, ...]:
    """The last step of n users at most, those with the longest sequences first."""
    found = sorted(sequence_exemplars(catalog.taken, Case("")), key=lambda e: (-len(catalog.taken[e.user]), e.user))
    return tuple(found[:n])
