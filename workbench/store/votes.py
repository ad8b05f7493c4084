"""Votes in the store: one for each judge and question, the last one said."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from workbench.store import tables
from workbench.store.database import Database, now
from workbench.store.errors import check_length
from workbench.store.vote import JUDGE_LENGTH, Vote

_votes = tables.votes


class Votes(Database):
    """The part of the Store that blind votes are kept in."""

    def save_vote(self, experiment_id: str, vote: Vote) -> None:
        """Keep it; what the same judge said of the same lists before is replaced. Raises StoreError for a name
        of a judge that is too long."""
        check_length("judge", vote.judge, JUDGE_LENGTH)
        values = {
            "experiment_id": experiment_id,
            "judge": vote.judge,
            "case_at": vote.case_at,
            "a": vote.a,
            "b": vote.b,
            "left": vote.left,
            "verdict": vote.verdict,
            "cast_at": now(),
        }
        with self.writing() as connection:
            connection.execute(delete(_votes).where(*_this(experiment_id, vote)))
            connection.execute(insert(_votes).values(values))

    def take_back_vote(self, experiment_id: str, judge: str) -> Vote | None:
        """Forget the judge's last vote and return it; None where there is none."""
        mine = (_votes.c.experiment_id == experiment_id) & (_votes.c.judge == judge)
        with self.writing() as connection:
            row = connection.execute(select(_votes).where(mine).order_by(_votes.c.cast_at.desc()).limit(1)).first()
            if row is None:
                return None
            last = _vote(row)
            connection.execute(delete(_votes).where(*_this(experiment_id, last)))
        return last

    def votes(self, experiment_id: str) -> tuple[Vote, ...]:
        """Every vote, in the order in which they were cast."""
        query = select(_votes).where(_votes.c.experiment_id == experiment_id)
        order = (_votes.c.cast_at, _votes.c.judge, _votes.c.case_at, _votes.c.a, _votes.c.b)
        with self.reading() as connection:
            return tuple(_vote(row) for row in connection.execute(query.order_by(*order)))


def _this(experiment_id: str, vote: Vote) -> tuple[Any, ...]:
    this = {"judge": vote.judge, "case_at": vote.case_at, "a": vote.a, "b": vote.b}
    return (_votes.c.experiment_id == experiment_id, *(_votes.c[name] == value for name, value in this.items()))


def _vote(row: Row[*tuple[object, ...]]) -> Vote:
    cast_at = datetime.fromisoformat(row.cast_at)
    return Vote(row.judge, row.case_at, row.a, row.b, row.left, row.verdict, cast_at)
