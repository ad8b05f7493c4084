"""Experiments in the store: begun, filled cell by cell, stopped, resumed, and read page by page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from workbench.errors import Problem
from workbench.records import ModelIdentity, Ranking, Usage
from workbench.store import tables
from workbench.store.database import Database, now
from workbench.store.documents import Document
from workbench.store.errors import StoreError, check_length
from workbench.store.experiment import AskedCase, Experiment, ExperimentPlan, ExperimentStatus, Result
from workbench.store.experiment_reading import ExperimentReading, result_of
from workbench.variant import NAME_LENGTH

_experiments, _results, _cases = tables.experiments, tables.results, tables.experiment_cases
_PLAN, _CASE, _RANKING = Document(ExperimentPlan), Document(AskedCase), Document(Ranking)
_MODELS, _USAGE = Document(dict[str, ModelIdentity]), Document(Usage)
_RANKINGS_OF = (
    select(tables.rankings.c.key, tables.rankings.c.content, tables.costs.c.usage)
    .join(tables.costs, tables.costs.c.key == tables.rankings.c.key)
    .where(tables.rankings.c.key.in_(bindparam("keys", expanding=True)))
)
_BATCH = 500
"""Keys to a query; SQLite of old takes at most 999 parameters."""
BEAT_SECONDS = 60
"""An experiment whose process has said nothing for this long is taken for left behind."""


class Experiments(ExperimentReading, Database):
    """The experiment part of the Store. A result, once there, is never changed: a second one for its cell is dropped,
    so that two processes may be at one experiment."""

    def begin_experiment(self, plan: ExperimentPlan, cases: Sequence[AskedCase]) -> str:
        """Keep the plan with its cases and return its id; a plan that is there already is left as it is. Raises
        StoreError for a name that is too long."""
        check_length("name of an experiment", plan.name, NAME_LENGTH)
        values = {
            "id": plan.id,
            "name": plan.name,
            "plan": _PLAN.dump(plan),
            "n_cells": plan.n_results,
            "status": "stopped",
            "problem": "",
            "progress": "",
            "models": "{}",
            "created_at": now(),
            "beat": now(),
        }
        with self.writing() as connection:
            if connection.execute(select(_experiments.c.id).where(_experiments.c.id == plan.id)).first() is None:
                connection.execute(insert(_experiments).values(values))
                rows = [
                    {"experiment_id": plan.id, "case_at": at, "content": _CASE.dump(asked)}
                    for at, asked in enumerate(cases)
                ]
                connection.execute(insert(_cases), rows)
        return plan.id

    def mark_experiment(self, experiment_id: str, status: ExperimentStatus, problem: str = "") -> None:
        with self.writing() as connection:
            values = {"status": status, "problem": problem, "beat": now(), "progress": "", "seconds_left": None}
            connection.execute(update(_experiments).where(_experiments.c.id == experiment_id).values(values))

    def stop_experiment(self, experiment_id: str) -> None:
        """Ask whoever is at it, in this process or another, to stop; one that nobody is at is stopped at once."""
        experiment = self.experiment(experiment_id)
        if experiment.status == "running":
            self.mark_experiment(experiment_id, "stopped" if experiment.stale else "stopping")

    def beat(self, experiment_id: str, progress: str, seconds_left: float | None) -> bool:
        """Say that it is being worked on; whether it is to go on."""
        this = _experiments.c.id == experiment_id
        with self.writing() as connection:
            values = {"beat": now(), "progress": progress, "seconds_left": seconds_left}
            connection.execute(update(_experiments).where(this).values(values))
            status = connection.execute(select(_experiments.c.status).where(this)).scalar_one()
        return bool(status == "running")

    def set_experiment_models(self, experiment_id: str, models: Mapping[str, ModelIdentity]) -> None:
        """Which frozen weights answer, by the variant's label."""
        with self.writing() as connection:
            values = {"models": _MODELS.dump(dict(models))}
            connection.execute(update(_experiments).where(_experiments.c.id == experiment_id).values(values))

    def save_results(
        self,
        experiment_id: str,
        results: Sequence[Result],
        rankings: Mapping[str, tuple[Ranking, float]] = MappingProxyType({}),
    ) -> None:
        """Keep results, and by their keys new rankings with the seconds that they took, all or nothing. What is there
        already stays as it is."""
        rows = [_row(experiment_id, result) for result in results]
        timeless = [{"key": key, "content": _timeless(ranking)} for key, (ranking, _) in rankings.items()]
        costs = [_cost(key, ranking.usage, seconds) for key, (ranking, seconds) in rankings.items()]
        with self.writing() as connection:
            for table, new in ((_results, rows), (tables.rankings, timeless), (tables.costs, costs)):
                if new:
                    connection.execute(_inserts(table, connection.dialect.name), new)

    def keep_ranking(self, key: str, ranking: Ranking, *, seconds: float) -> None:
        """Keep a ranking that belongs to no experiment yet; one that is there already is left as it is."""
        with self.writing() as connection:
            content = {"key": key, "content": _timeless(ranking)}
            for table, row in ((tables.rankings, content), (tables.costs, _cost(key, ranking.usage, seconds))):
                connection.execute(_inserts(table, connection.dialect.name), row)

    def ranking_of(self, key: str) -> Ranking | None:
        """The ranking that was made of what the key says, if there is one, with what it cost then."""
        return self.rankings_of([key]).get(key)

    def rankings_of(self, keys: Sequence[str]) -> dict[str, Ranking]:
        """The rankings of those keys that are there."""
        found: dict[str, Ranking] = {}
        with self.reading() as connection:
            for start in range(0, len(keys), _BATCH):
                rows = connection.execute(_RANKINGS_OF, {"keys": keys[start : start + _BATCH]})
                found |= {r.key: replace(_RANKING.load(r.content), usage=_USAGE.load(r.usage)) for r in rows}
        return found

    def finished_cells(self, experiment_id: str) -> frozenset[tuple[int, int, int]]:
        """(entry, case, repeat) of every result."""
        query = select(_results.c.entry, _results.c.case_at, _results.c.repeat)
        with self.reading() as connection:
            rows = connection.execute(query.where(_results.c.experiment_id == experiment_id))
            return frozenset((row.entry, row.case_at, row.repeat) for row in rows)

    def forget_failures(self, experiment_id: str) -> int:
        """Take failed results away, so that they are tried again; how many."""
        failed = (_results.c.experiment_id == experiment_id) & (_results.c.status == "failed")
        with self.writing() as connection:
            return connection.execute(delete(_results).where(failed)).rowcount

    def delete_experiment(self, experiment_id: str) -> None:
        """Its results go; rankings stay, for other experiments ask the same."""
        with self.writing() as connection:
            for table in (_results, _cases):
                connection.execute(delete(table).where(table.c.experiment_id == experiment_id))
            connection.execute(delete(_experiments).where(_experiments.c.id == experiment_id))

    def experiment(self, experiment_id: str) -> Experiment:
        """Raises StoreError when there is no such experiment."""
        found = self._experiments_where(_experiments.c.id == experiment_id, limit=1)
        if not found:
            raise StoreError(Problem(f"no experiment {experiment_id!r}", fix="check the link, or run it again"))
        return found[0]

    def experiments(self, *, limit: int = 50) -> tuple[Experiment, ...]:
        """The newest first."""
        return self._experiments_where(limit=limit)

    def experiment_ids(self, start: str) -> tuple[str, ...]:
        """The ids that begin so, in their order."""
        query = select(_experiments.c.id).where(_experiments.c.id.startswith(start, autoescape=True))
        with self.reading() as connection:
            return tuple(connection.execute(query.order_by(_experiments.c.id)).scalars())

    def experiment_cases(self, experiment_id: str) -> tuple[AskedCase, ...]:
        query = select(_cases.c.content).where(_cases.c.experiment_id == experiment_id).order_by(_cases.c.case_at)
        with self.reading() as connection:
            return tuple(_CASE.load(content) for content in connection.execute(query).scalars())

    def results(self, experiment_id: str) -> tuple[Result, ...]:
        """Every result, by entry, case and repeat."""
        order = (_results.c.entry, _results.c.case_at, _results.c.repeat)
        query = select(_results).where(_results.c.experiment_id == experiment_id).order_by(*order)
        with self.reading() as connection:
            return tuple(result_of(row) for row in connection.execute(query))

    def _experiments_where(self, *where: Any, limit: int) -> tuple[Experiment, ...]:
        newest = select(_experiments).where(*where).order_by(_experiments.c.created_at.desc()).limit(limit)
        with self.reading() as connection:
            rows = connection.execute(newest).all()
            counts = _counts(connection, [row.id for row in rows])
        return tuple(_experiment(row, *counts.get(row.id, (0, 0))) for row in rows)


@cache
def _inserts(table: Table, dialect: str) -> Insert:
    """What puts new rows in and passes over those that are there: one statement in place of a question and an answer,
    made once, since making it costs more than running it."""
    made = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing()


def _row(experiment_id: str, result: Result) -> dict[str, Any]:
    return {
        "experiment_id": experiment_id,
        "entry": result.entry,
        "case_at": result.case_at,
        "repeat": result.repeat,
        "status": result.status,
        "key": result.key,
        "numbers": dict(result.numbers),
        "items": json.dumps(result.items, ensure_ascii=False),
        "problem": result.problem,
    }


def _timeless(ranking: Ranking) -> str:
    return _RANKING.dump(replace(ranking, usage=Usage(), retrieval_seconds=0.0))


def _cost(key: str, usage: Usage, seconds: float) -> dict[str, Any]:
    tokens = usage.prompt_tokens + usage.scored_tokens + usage.generated_tokens
    return {"key": key, "seconds": seconds, "passes": usage.passes, "tokens": tokens, "usage": _USAGE.dump(usage)}


def _counts(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Experiment id -> results done, results failed."""
    failed = func.sum(case((_results.c.status == "failed", 1), else_=0))
    query = select(_results.c.experiment_id, func.count(), failed).where(_results.c.experiment_id.in_(ids))
    rows = connection.execute(query.group_by(_results.c.experiment_id))
    return {row[0]: (row[1] - row[2], row[2]) for row in rows}


def _experiment(row: Row[*tuple[object, ...]], n_done: int, n_failed: int) -> Experiment:
    silent = datetime.now(UTC) - datetime.fromisoformat(row.beat)
    return Experiment(
        id=row.id,
        plan=_PLAN.load(row.plan),
        status=row.status,
        created_at=datetime.fromisoformat(row.created_at),
        n_done=n_done,
        n_failed=n_failed,
        n_cells=row.n_cells,
        models=_MODELS.load(row.models),
        problem=row.problem,
        progress=row.progress,
        seconds_left=row.seconds_left,
        stale=row.status in ("running", "stopping") and silent > timedelta(seconds=BEAT_SECONDS),
    )
