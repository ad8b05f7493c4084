"""What a page reads of an experiment: costs, and its cases side by side, a page at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Subquery, case, func, or_, select

from workbench.store import tables
from workbench.store.database import Database
from workbench.store.experiment import Result

_experiments, _results, _costs = tables.experiments, tables.results, tables.costs
CaseOrder = Literal["largest gains first", "largest losses first", "as asked"]


@dataclass(frozen=True, slots=True)
class ExperimentName:
    """An experiment in a list of them."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """Some of all `total` results that failed, and how often each error was told, the most frequent first."""

    rows: tuple[Result, ...]
    total: int
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case under two entries: their values (the worst where one failed, None where the answer is not known), and
    whether their lists differ."""

    case_at: int
    a: float | None
    b: float | None
    differ: bool
    failed: bool

    @property
    def difference(self) -> float | None:
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some rows of all `total` that the filter leaves."""

    rows: tuple[CaseRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What one ranking cost when it was made."""

    entry: int
    case_at: int
    seconds: float
    passes: int
    tokens: int


class ExperimentReading(Database):
    """The reading half of the experiment part of the Store."""

    def case_page(
        self,
        experiment_id: str,
        a: int,
        b: int,
        measure: str,
        *,
        only_differing: bool = False,
        among: Sequence[int] | None = None,
        order: CaseOrder = "largest gains first",
        less_is_better: bool = False,
        when_failed: tuple[float | None, float | None] = (0.0, 0.0),
        offset: int = 0,
        limit: int = 50,
    ) -> CasePage:
        """The cases that both entries have a result for, means over repeats, sorted and cut by the database, those
        without a value last; `among` keeps those at these places alone. `when_failed` is what a failed case counts for
        either; gains are of the smaller values where less is better."""
        left = _side(experiment_id, a, measure, "a", when_failed[0])
        right = _side(experiment_id, b, measure, "b", when_failed[1])
        difference = right.c.value - left.c.value
        where: list[ColumnElement[bool]] = []
        if only_differing:
            where.append(or_(left.c["items"] != right.c["items"], left.c.failed != right.c.failed))
        if among is not None:
            where.append(left.c.case_at.in_(among))
        gain = -difference if less_is_better else difference
        sorting = {
            "largest gains first": [gain.desc().nulls_last()],
            "largest losses first": [gain.asc().nulls_last()],
            "as asked": [],
        }
        joined = select(
            left.c.case_at,
            left.c.value.label("a"),
            right.c.value.label("b"),
            (left.c["items"] != right.c["items"]).label("differ"),
            (left.c.failed + right.c.failed).label("failed"),
        ).join(right, left.c.case_at == right.c.case_at)
        query = joined.where(*where)
        with self.reading() as connection:
            total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
            ordered = query.order_by(*sorting[order], left.c.case_at).limit(limit).offset(offset)
            rows = tuple(
                CaseRow(r.case_at, r.a, r.b, bool(r.differ), bool(r.failed)) for r in connection.execute(ordered)
            )
        return CasePage(rows, total)

    def experiment_names(self, *, limit: int = 500) -> tuple[ExperimentName, ...]:
        """The newest first; without the counts, for which every result must be looked at."""
        columns = (_experiments.c.id, _experiments.c.name, _experiments.c.created_at)
        query = select(*columns).order_by(_experiments.c.created_at.desc()).limit(limit)
        with self.reading() as connection:
            rows = connection.execute(query)
            return tuple(ExperimentName(r.id, r.name, datetime.fromisoformat(r.created_at)) for r in rows)

    def failures(self, experiment_id: str, *, offset: int = 0, limit: int = 50) -> Failures:
        """What failed, by case, entry and repeat."""
        failed = (_results.c.experiment_id == experiment_id) & (_results.c.status == "failed")
        order = (_results.c.case_at, _results.c.entry, _results.c.repeat)
        some = select(_results).where(failed).order_by(*order).limit(limit).offset(offset)
        count = func.count().label("n")
        kinds = select(_results.c.problem, count).where(failed).group_by(_results.c.problem)
        with self.reading() as connection:
            rows = tuple(result_of(row) for row in connection.execute(some))
            told = tuple(tuple(row) for row in connection.execute(kinds.order_by(count.desc(), _results.c.problem)))
        return Failures(rows, sum(n for _, n in told), told)

    def case_results(self, experiment_id: str, case_at: int) -> tuple[Result, ...]:
        """Every entry's result for one case."""
        this = (_results.c.experiment_id == experiment_id) & (_results.c.case_at == case_at)
        query = select(_results).where(this).order_by(_results.c.entry, _results.c.repeat)
        with self.reading() as connection:
            return tuple(result_of(row) for row in connection.execute(query))

    def first_lists(self, experiment_id: str, entries: Sequence[int]) -> dict[int, dict[int, tuple[str, ...]]]:
        """Entry -> case -> the first items of its list, in the first repeat; without those that failed."""
        columns = (_results.c.entry, _results.c.case_at, _results.c["items"])
        these = (_results.c.experiment_id == experiment_id) & _results.c.entry.in_(entries)
        done = (_results.c.repeat == 0) & (_results.c.status == "done")
        found: dict[int, dict[int, tuple[str, ...]]] = {}
        with self.reading() as connection:
            for entry, case_at, items in connection.execute(select(*columns).where(these, done)):
                found.setdefault(entry, {})[case_at] = tuple(json.loads(items))
        return found

    def experiment_costs(self, experiment_id: str) -> tuple[Cost, ...]:
        """What the rankings of an experiment cost when they were made, be it by this experiment or an earlier one."""
        columns = (_results.c.entry, _results.c.case_at, _costs.c.seconds, _costs.c.passes, _costs.c.tokens)
        query = select(*columns).join(_costs, _costs.c.key == _results.c.key)
        with self.reading() as connection:
            rows = connection.execute(query.where(_results.c.experiment_id == experiment_id))
            return tuple(Cost(*row) for row in rows)


def result_of(row: Row[*tuple[object, ...]]) -> Result:
    return Result(
        entry=row.entry,
        case_at=row.case_at,
        repeat=row.repeat,
        status=row.status,
        key=row.key,
        numbers=row.numbers,
        items=tuple(json.loads(row._mapping["items"])),
        problem=row.problem,
    )


def _side(experiment_id: str, entry: int, measure: str, name: str, when_failed: float | None) -> Subquery:
    """An entry's value for each case; one that failed counts as in every mean, and one whose answer is not known has
    none."""
    number: ColumnElement[Any] = _results.c.numbers[measure].as_float()
    is_failed = _results.c.status == "failed"
    mean = func.avg(case((is_failed, func.coalesce(number, when_failed)), else_=number))
    unknown = func.max(case((~is_failed & number.is_(None), 1), else_=0))
    failed = func.max(func.length(_results.c.problem))
    columns = (
        _results.c.case_at,
        case((unknown == 0, mean)).label("value"),
        func.min(_results.c["items"]).label("items"),
        func.coalesce(failed, 0).label("failed"),
    )
    these = (_results.c.experiment_id == experiment_id) & (_results.c.entry == entry)
    return select(*columns).where(these).group_by(_results.c.case_at).subquery(name)
