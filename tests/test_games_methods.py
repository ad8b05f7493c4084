"""The rows of the games benchmark that ask a question: each is a variant that can run, and shows others' cases only."""

import sys

import pytest
from small_shop import shop

from conftest import ROOT
from workbench.exemplars.guard import leakage_guard
from workbench.variant_checks import problems_of

TITLES = {f"i{n}": f"Item {n}" for n in range(40)}
TAKEN = [(f"u{user}", f"i{user + place}") for user in range(8) for place in range(4)]


@pytest.fixture(scope="module")
def games():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import games
        import games_data
        import games_measures
        import games_scores
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    return games, games_data, games_measures, games_scores


@pytest.fixture
def scores(games, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    catalog = shop(TAKEN, **TITLES)
    drawn = games[1].draw(catalog, 3, seed=1)
    return games[3].Scores(catalog, solved=games[1].exemplars_of(drawn))


def test_every_row_is_a_variant_that_can_run(games, scores):
    for name in games[3].METHODS:
        assert problems_of(scores.variant(name), scores.catalog) == [], name


def test_exemplars_are_the_drawn_users_with_what_they_took_last(games):
    drawn = games[1].draw(shop(TAKEN, **TITLES), 3, seed=1)
    shown = games[1].exemplars_of(drawn)
    assert len(shown) == 3
    for exemplar in shown:
        user = int(exemplar.user.removeprefix("drawn-u"))
        assert exemplar.history == tuple(f"i{user + place}" for place in range(3))
        assert exemplar.answer == (f"i{user + 3}",)


def test_drawn_user_is_never_an_exemplar_of_the_own_case(games):
    drawn = games[1].draw(shop(TAKEN, **TITLES), 3, seed=1)
    for case, exemplar in zip(drawn.cases, games[1].exemplars_of(drawn), strict=True):
        assert leakage_guard(case, frozenset())(exemplar)


def test_only_rows_with_exemplars_are_ranked_with_the_solved_cases(games, scores, monkeypatch):
    monkeypatch.setattr(scores.workshop, "recommender", lambda variant, catalog: (variant, catalog))
    for name, row in games[3].METHODS.items():
        variant, catalog = scores._recommender(name)
        assert len(catalog.exemplars) == (3 if row.exemplars == "nearest" else 0), name
        assert variant.exemplars.name == row.exemplars


def test_candidates_that_a_list_does_not_name_tie_at_its_end(games):
    named, items = [{"a": 1.0, "b": 0.5}], [("a", "b", "c", "d", "e")]
    # Behind a and b, three tie in places 3, 4 and 5.
    assert games[2].ranks(named, items, ["d"]) == [4]
    assert games[0].placed(named, items) == "; places 2.0 of 5"
    assert games[0].placed([dict.fromkeys("abcde", 0.0)], items) == ""
