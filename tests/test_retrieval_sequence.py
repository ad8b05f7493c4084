"""The order of others' things as a source, on histories short enough to count by hand."""

import math

import pytest
from small_shop import Letters, shop

from workbench.records import Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.sequence import NEARNESS, WITHIN, Following
from workbench.retrieval.walk import FLOOR

ONE = {"steps": 1, "text": 0.0, "arrive": 0.0, "lift": 0.0}
TITLES = {"a": "Apple", "b": "Bread", "c": "Cheese", "d": "Dill"}
TAKEN = [("u1", "a"), ("u1", "b"), ("u1", "c"), ("u2", "b"), ("u2", "a")]


def shares(source, catalog, case):
    scores = source.scores(catalog, case, embeddings=Embeddings(Letters, None))
    return [math.exp(score) - FLOOR for score in scores]


def test_what_followed_counts_by_its_distance():
    # After a came b, then c two places on.
    catalog = shop(TAKEN, **TITLES)
    total = 1 + NEARNESS
    found = shares(Following(back=0.0, **ONE), catalog, Case("k", history=("a",)))
    assert found == pytest.approx([0, 1 / total, NEARNESS / total, 0], abs=1e-6)


def test_what_went_before_counts_as_much_as_it_is_let():
    # u2 took b before a: half a count more for b.
    catalog = shop(TAKEN, **TITLES)
    total = 1.5 + NEARNESS
    found = shares(Following(back=0.5, **ONE), catalog, Case("k", history=("a",)))
    assert found == pytest.approx([0, 1.5 / total, NEARNESS / total, 0], abs=1e-6)


def test_items_too_far_apart_do_not_count():
    titles = {f"i{n}": f"Item {n}" for n in range(WITHIN + 2)}
    catalog = shop([("u", i) for i in titles], **titles)
    found = shares(Following(back=1.0, **ONE), catalog, Case("k", history=("i0",)))
    assert [share > 1e-6 for share in found] == [False] + [True] * WITHIN + [False]


def test_neighbours_of_two_users_are_not_neighbours():
    catalog = shop([("u1", "a"), ("u2", "b")], **TITLES)
    assert shares(Following(**ONE), catalog, Case("k", history=("a",))) == pytest.approx([0, 0, 0, 0])


def test_nothing_of_the_cases_own_user_counts():
    catalog = shop(TAKEN, **TITLES)
    found = shares(Following(back=0.0, **ONE), catalog, Case("k", history=("a",), user="u1"))
    assert found == pytest.approx([0, 0, 0, 0])


def test_nobody_took_anything():
    case = Case("k", history=("a",))
    assert shares(Following(**ONE), shop(**TITLES), case) == pytest.approx([0, 0, 0, 0])
    assert Following().scores(shop(TAKEN, **TITLES), Case("k"), embeddings=Embeddings(Letters, None)) == []
