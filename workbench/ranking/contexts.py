"""Other users' contexts: what a title is to them is what it is to anybody."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.timeline import seconds
from workbench.ranking.protocol import Context
from workbench.records import Case, Exemplar, Item

HISTORY = 5
"""How many items a context shows in place of a user who has no history."""


def draw_contexts(catalog: Catalog, case: Case, n: int, *, seed: int) -> tuple[Context, ...]:
    """Up to n other users, by the seed alone, so that cases share them and what was computed for them.

    They come from the interactions before the case's time, for a case with a description from other cases and
    exemplars that have one; from the other of the two where there are none, and else are random items. Left out are
    the case itself, its user, and whoever's context is the same. Candidates are not looked at: which is the truth is
    not known, and no draw may depend on it. Histories are cut to the length of the case's own.
    """
    pools = (_solved, _takers) if case.description else (_takers, _solved)
    for pool in (*pools, _random_items):
        draw = random.Random(f"contexts:{seed}")
        if found := tuple(islice(pool(catalog, case, draw), n)):
            return found
    return ()


def _takers(catalog: Catalog, case: Case, draw: random.Random) -> Iterator[Context]:
    """Users of the interactions, by what they had taken when the case was asked."""
    users = list(catalog.taken)
    draw.shuffle(users)
    now = seconds(case.time) if case.time else float("inf")
    for user in users:
        if case.user and user == case.user:
            continue
        known = [i.item for i in catalog.taken[user] if seconds(i.time) < now]
        history = tuple(known[-_length(case) :])
        if history and history != case.history:
            yield Context("", _items(catalog, history), "interactions")


def _solved(catalog: Catalog, case: Case, draw: random.Random) -> Iterator[Context]:
    """Other cases and exemplars that have a description if this case has one, and a history if it has one; none that
    was asked after this case."""
    others: list[Case | Exemplar] = [*catalog.exemplars, *(other for other in catalog.cases if other.id != case.id)]
    draw.shuffle(others)
    now = seconds(case.time) if case.time else float("inf")
    for other in others:
        if seconds(other.time) > now:
            continue
        description = other.description if case.description else ""
        history = other.history[-len(case.history) :] if case.history else ()
        is_own = (case.user and other.user == case.user) or (description, history) == (case.description, case.history)
        if not is_own and bool(description) == bool(case.description) and bool(history) == bool(case.history):
            yield Context(description, _items(catalog, history), "solved cases")


def _random_items(catalog: Catalog, case: Case, draw: random.Random) -> Iterator[Context]:
    size = min(_length(case), len(catalog.items))
    while catalog.items:
        yield Context("", tuple(draw.sample(catalog.items, size)), "random items")


def _length(case: Case) -> int:
    return len(case.history) or HISTORY


def _items(catalog: Catalog, item_ids: Sequence[str]) -> tuple[Item, ...]:
    return tuple(catalog.item(item_id) for item_id in item_ids)
