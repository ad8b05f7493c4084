"""A group of cases asked by one variant: a model in this process answers them together, a server at the same time."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from workbench.engine.apart import Known, apart
from workbench.engine.protocol import Cancel, Engine, never
from workbench.engine.remote_address import is_remote
from workbench.engine.together import together
from workbench.errors import Cancelled
from workbench.exemplars.guard import leakage_guard
from workbench.recommender import Recommender
from workbench.records import Case, Ranking

GROUP = 8
"""Cases that are asked together: one pass of the model then writes a token of each, and reads their short prompts as
one. More would keep a slow model longer from its first results, and a killed experiment would lose more."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A recommender, and what all its rankings depend on: computed once, not for each case."""

    recommender: Recommender
    depends: list[object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case as it is asked; `order` is the seed of its candidates' order, "" for the retriever's own, and `grades`
    are only what its exemplars are guarded by."""

    case: Case
    order: str
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """The ranking, or why there is none, and the case's share of the seconds that its group took."""

    found: Ranking | Exception
    seconds: float


def ask_group(recommender: Recommender, wanted: Sequence[Wanted], known: Known, *, cancel: Cancel) -> list[Answer]:
    """An answer to each, as if nothing but `known` had ever been read (see `framing`). Raises Cancelled."""
    if not wanted:
        return []
    started = time.perf_counter()
    if is_remote(recommender.variant.model.id):
        with ThreadPoolExecutor(GROUP) as pool:
            found = list(pool.map(lambda one: _of_server(recommender, one, cancel), wanted))
    else:
        works = [partial(_ranked, recommender, one) for one in wanted]
        with apart(known):
            found = together(recommender.engine, works, cancel=cancel)
    if any(isinstance(answer, Cancelled) for answer in found):
        raise Cancelled
    seconds = (time.perf_counter() - started) / len(wanted)
    return [Answer(answer, seconds) for answer in found]


def _ranked(recommender: Recommender, wanted: Wanted, engine: Engine, *, cancel: Cancel = never) -> Ranking:
    relevant = frozenset(item_id for item_id, grade in wanted.grades.items() if grade > 0)
    return replace(recommender, engine=engine).recommend(
        wanted.case, cancel=cancel, blocked=leakage_guard(wanted.case, relevant), shuffle=wanted.order
    )


def _of_server(recommender: Recommender, wanted: Wanted, cancel: Cancel) -> Ranking | Exception:
    try:
        return _ranked(recommender, wanted, recommender.engine, cancel=cancel)
    except Exception as error:
        return error
