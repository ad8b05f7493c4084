"""Cases drawn of other users for the games benchmark: what they hold, and what the catalog then forgets."""

import sys

import pytest
from small_shop import shop

from conftest import ROOT

TITLES = {f"i{n}": f"Item {n}" for n in range(40)}
TAKEN = [(f"u{user}", f"i{user + place}") for user in range(8) for place in range(4)]


@pytest.fixture(scope="module")
def games():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import games_data
        import games_measures
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return games_data, games_measures


def test_drawn_case_asks_for_the_last_item_among_nineteen_others(games):
    drawn = games[0].draw(shop(TAKEN, **TITLES), 3, seed=1)
    assert len(drawn.cases) == 3
    for case in drawn.cases:
        user = int(case.id.removeprefix("drawn-u"))
        assert drawn.targets[case.id] == f"i{user + 3}"
        assert case.history == tuple(f"i{user + place}" for place in range(3))
        assert len(set(case.candidates)) == 20
        assert set(case.candidates) & {f"i{user + place}" for place in range(4)} == {f"i{user + 3}"}


def test_catalog_of_drawn_cases_knows_nothing_of_their_users(games):
    catalog = shop(TAKEN, **TITLES)
    drawn = games[0].draw(catalog, 3, seed=1)
    gone = {case.id.removeprefix("drawn-") for case in drawn.cases}
    assert {taken.user for taken in drawn.catalog.interactions} == {f"u{n}" for n in range(8)} - gone
    assert drawn.catalog.fingerprint != catalog.fingerprint


def test_same_seed_draws_the_same_and_another_draws_others(games):
    catalog = shop(TAKEN, **TITLES)
    first, again, other = (games[0].draw(catalog, 3, seed=seed).cases for seed in (1, 1, 2))
    assert first == again != other


def test_search_moves_only_the_weights_that_are_named(games):
    right = [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0}]
    wrong = [{"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 0.0}]
    cases, targets = [("a", "b")] * 2, ["a", "b"]
    search = games[1].choose_weights
    parts = {"walk": wrong, "dense": right}
    assert "walk" not in search(parts, cases, targets)
    held = search(parts, cases, targets, start={"walk": 1.0, "dense": 0.0}, only=("dense",))
    assert held == {"walk": 1.0, "dense": 1.5}
