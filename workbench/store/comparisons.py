"""Comparisons in the store: begun, followed run by run, found again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from workbench.errors import Problem
from workbench.records import Case, Ranking
from workbench.store import tables
from workbench.store.comparison import UNFINISHED, Comparison, Run, RunStatus
from workbench.store.database import Database, now
from workbench.store.documents import Document
from workbench.store.errors import StoreError, check_length
from workbench.store.ids import new_id
from workbench.variant import NAME_LENGTH, Variant

_comparisons, _runs = tables.comparisons, tables.runs
_CASE, _VARIANT, _RANKING = Document(Case), Document(Variant), Document(Ranking)
_PROBLEMS = Document(tuple[Problem, ...])


class Comparisons(Database):
    """The comparison part of the Store. A run that is done, failed or stopped is never changed again: a write that
    comes late is dropped."""

    def start_comparison(
        self,
        draft_id: str,
        *,
        catalog: str,
        catalog_fingerprint: str,
        case: Case,
        variants: Sequence[Variant],
        baseline: str,
    ) -> str:
        """Keep what is asked, every run queued, and return the comparison's id, fit for a URL. Raises
        StoreError for a catalog's name that is too long."""
        check_length("name of a catalog", catalog, NAME_LENGTH)
        comparison_id = new_id()
        values = {
            "id": comparison_id,
            "draft_id": draft_id,
            "catalog": catalog,
            "catalog_fingerprint": catalog_fingerprint,
            "case": _CASE.dump(case),
            "baseline": baseline,
            "created_at": now(),
        }
        with self.writing() as connection:
            connection.execute(insert(_comparisons).values(values))
            connection.execute(
                insert(_runs), [_queued(comparison_id, position, v) for position, v in enumerate(variants)]
            )
        return comparison_id

    def set_progress(self, comparison_id: str, position: int, *, text: str, fraction: float) -> None:
        """Mark the run as running, `fraction` of 1 done."""
        self._write(comparison_id, position, {"status": "running", "progress": text, "fraction": fraction})

    def save_ranking(self, comparison_id: str, position: int, ranking: Ranking, *, seconds: float = 0.0) -> None:
        """Mark the run as done with its ranking."""
        values = {"status": "done", "fraction": 1.0, "ranking": _RANKING.dump(ranking), "seconds": seconds}
        self._write(comparison_id, position, values)

    def save_failure(
        self, comparison_id: str, position: int, problems: Sequence[Problem], *, seconds: float = 0.0
    ) -> None:
        """Mark the run as failed, and why."""
        values = {"status": "failed", "problems": _PROBLEMS.dump(tuple(problems)), "seconds": seconds}
        self._write(comparison_id, position, values)

    def stop(self, comparison_id: str) -> None:
        """Mark every run that has not come to its end as stopped."""
        self._mark("stopped", UNFINISHED, comparison_id)

    def resume(self, comparison_id: str) -> None:
        """Queue again the runs that a killed server left."""
        self._mark("queued", ("interrupted",), comparison_id)

    def interrupt_unfinished(self) -> None:
        """Mark what an earlier server left queued or running as interrupted. Called by the one that runs the jobs,
        before it takes any."""
        self._mark("interrupted", ("queued", "running"))

    def comparison(self, comparison_id: str) -> Comparison:
        """Raises StoreError when there is no such comparison."""
        query = select(_comparisons).where(_comparisons.c.id == comparison_id)
        with self.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise StoreError(Problem(f"no comparison {comparison_id!r}", fix="check the link, or run again"))
            return _comparison(connection, row)

    def latest_comparison(self, draft_id: str) -> Comparison | None:
        """The draft's last comparison, if there is any."""
        return next(iter(self.comparisons(draft_id, limit=1)), None)

    def comparisons(self, draft_id: str, *, limit: int = 20) -> tuple[Comparison, ...]:
        """The draft's comparisons, the newest first."""
        query = select(_comparisons).where(_comparisons.c.draft_id == draft_id)
        with self.reading() as connection:
            rows = connection.execute(query.order_by(_comparisons.c.created_at.desc()).limit(limit)).all()
            return tuple(_comparison(connection, row) for row in rows)

    def _write(self, comparison_id: str, position: int, values: Mapping[str, Any]) -> None:
        this = (_runs.c.comparison_id == comparison_id) & (_runs.c.position == position)
        with self.writing() as connection:
            connection.execute(update(_runs).where(this, _runs.c.status.in_(UNFINISHED)).values(values))

    def _mark(self, status: RunStatus, among: Sequence[RunStatus], comparison_id: str | None = None) -> None:
        query = update(_runs).where(_runs.c.status.in_(among)).values(status=status)
        if comparison_id is not None:
            query = query.where(_runs.c.comparison_id == comparison_id)
        with self.writing() as connection:
            connection.execute(query)


def _queued(comparison_id: str, position: int, variant: Variant) -> dict[str, Any]:
    return {
        "comparison_id": comparison_id,
        "position": position,
        "variant": _VARIANT.dump(variant),
        "status": "queued",
        "progress": "",
        "fraction": 0.0,
        "problems": _PROBLEMS.dump(()),
        "seconds": 0.0,
    }


def _comparison(connection: Connection, row: Row[*tuple[object, ...]]) -> Comparison:
    runs = connection.execute(select(_runs).where(_runs.c.comparison_id == row.id).order_by(_runs.c.position))
    return Comparison(
        id=row.id,
        draft_id=row.draft_id,
        catalog=row.catalog,
        catalog_fingerprint=row.catalog_fingerprint,
        case=_CASE.load(row.case),
        baseline=row.baseline,
        created_at=datetime.fromisoformat(row.created_at),
        runs=tuple(_run(r) for r in runs),
    )


def _run(row: Row[*tuple[object, ...]]) -> Run:
    return Run(
        position=row.position,
        variant=_VARIANT.load(row.variant),
        status=row.status,
        progress=row.progress,
        fraction=row.fraction,
        ranking=_RANKING.load(row.ranking) if row.ranking is not None else None,
        problems=_PROBLEMS.load(row.problems),
        seconds=row.seconds,
    )
