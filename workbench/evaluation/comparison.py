"""Several lists for one case side by side: what moved, what is relevant, how alike they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from workbench.evaluation.agreement import Agreement, agreement
from workbench.evaluation.measures import measures
from workbench.evaluation.rates import LEFT_OUT, OF_LINES, Count, counts
from workbench.records import Candidate, Ranking

RETRIEVAL, POPULARITY = "Retrieval", "Popularity"


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One row of a list that is compared; `score` is None where the list has none for it, `spread` after one order."""

    item_id: str
    score: float | None = None
    candidate_rank: int | None = None
    note: str = ""
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class NamedList:
    """A whole ranked list under the name that the page shows; `counts` say what became of what a model wrote."""

    name: str
    listed: tuple[ListedItem, ...]
    counts: Mapping[str, Count] = field(default_factory=dict)

    @property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(row.item_id for row in self.listed)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list cut at k. `moved` counts ranks against the baseline's whole list: up is positive; None where
    the baseline does not hold the item at all. `is_new` says that the baseline's first k do not hold it."""

    rank: int
    item_id: str
    score: float | None
    candidate_rank: int | None
    moved: int | None
    is_new: bool
    grade: int
    note: str = ""
    spread: float | None = None

    @property
    def movement(self) -> str:
        if self.moved is None or self.is_new:
            return "new"
        return "=" if self.moved == 0 else f"▲{self.moved}" if self.moved > 0 else f"▼{-self.moved}"


@dataclass(frozen=True, slots=True)
class Compared:
    """One list against the baseline. `dropped` are the baseline's first k that this list's first k do not hold."""

    name: str
    rows: tuple[Row, ...]
    dropped: tuple[str, ...]
    measures: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, Count] = field(default_factory=dict)


def of_ranking(name: str, ranking: Ranking) -> NamedList:
    return NamedList(
        name,
        tuple(
            ListedItem(r.item_id, r.score, r.candidate_rank, "left out" if r.left_out else r.explanation, r.spread)
            for r in ranking.ranked
        ),
        counts(ranking),
    )


def of_candidates(name: str, candidates: Sequence[Candidate]) -> NamedList:
    """The retriever's own order."""
    return NamedList(name, tuple(ListedItem(c.item_id, c.score, c.rank) for c in candidates))


def of_popularity(candidates: Sequence[Candidate], popularity: Mapping[str, float]) -> NamedList:
    """The same candidates by popularity, ties in the retriever's order."""
    ordered = sorted(candidates, key=lambda c: (-popularity.get(c.item_id, 0.0), c.rank))
    return NamedList(POPULARITY, tuple(ListedItem(c.item_id, popularity.get(c.item_id, 0.0), c.rank) for c in ordered))


def compare(lists: Sequence[NamedList], baseline: str, *, k: int, grades: Mapping[str, int]) -> tuple[Compared, ...]:
    """Each list at k against the baseline (the first list where there is none of that name)."""
    base = next((entry for entry in lists if entry.name == baseline), lists[0])
    places = {item_id: rank for rank, item_id in enumerate(base.item_ids, start=1)}
    top = base.item_ids[:k]
    return tuple(_compared(entry, places, top, k, grades) for entry in lists)


def _compared(
    entry: NamedList, places: Mapping[str, int], top: Sequence[str], k: int, grades: Mapping[str, int]
) -> Compared:
    rows = tuple(
        Row(
            rank=rank,
            item_id=item.item_id,
            score=item.score,
            candidate_rank=item.candidate_rank,
            moved=places[item.item_id] - rank if item.item_id in places else None,
            is_new=item.item_id not in top,
            grade=grades.get(item.item_id, 0),
            note=item.note,
            spread=item.spread,
        )
        for rank, item in enumerate(entry.listed[:k], start=1)
    )
    shown = {row.item_id for row in rows}
    dropped = tuple(item_id for item_id in top if item_id not in shown)
    return Compared(entry.name, rows, dropped, measures(entry.item_ids, grades), entry.counts)


def agreements(lists: Sequence[NamedList], *, k: int) -> dict[tuple[str, str], Agreement]:
    """Every pair of lists."""
    return {(a.name, b.name): agreement(a.item_ids, b.item_ids, k=k) for a, b in combinations(lists, 2)}


def flat(compared: Sequence[Compared], titles: Mapping[str, str]) -> list[dict[str, object]]:
    """The comparison as rows of one table, for a CSV file; after each list what it dropped, without a rank. Each row
    repeats its list's rates of invented, ambiguous, outside, repeated and left-out items."""
    return [{**row, **_rates(entry)} for entry in compared for row in _flat(entry, titles)]


def _rates(entry: Compared) -> dict[str, object]:
    found = {name: entry.counts[name].rate if name in entry.counts else None for name in (*OF_LINES, LEFT_OUT)}
    return {f"{name.replace(' ', '_')}_rate": rate for name, rate in found.items()}


def _flat(entry: Compared, titles: Mapping[str, str]) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = [
        {
            "list": entry.name,
            "rank": row.rank,
            "item_id": row.item_id,
            "title": titles.get(row.item_id, ""),
            "score": row.score,
            "retrieval_rank": row.candidate_rank,
            "movement": row.movement,
            "grade": row.grade,
            "note": row.note,
        }
        for row in entry.rows
    ]
    blank = {"rank": None, "score": None, "retrieval_rank": None, "grade": None, "note": ""}
    return listed + [
        {"list": entry.name, "item_id": i, "title": titles.get(i, ""), "movement": "dropped", **blank}
        for i in entry.dropped
    ]
