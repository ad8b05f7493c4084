"""The rows of the games benchmark that ask a question: each is a variant that can run, and shows others' cases only."""

import sys

import pytest
from small_shop import shop

from conftest import ROOT
from workbench.exemplars.guard import leakage_guard
from workbench.records import Case
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
    for name, row in games[3].METHODS.items():
        assert problems_of(scores.variant(row), scores.catalog) == [], name


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
        variant, catalog = scores._recommender(row)
        assert len(catalog.exemplars) == (3 if row.exemplars == "nearest" else 0), name
        assert variant.exemplars.name == row.exemplars


def test_candidates_that_a_list_does_not_name_tie_at_its_end(games):
    named, case = [{"a": 1.0, "b": 0.5}], Case("c1", candidates=("a", "b", "c", "d", "e"))
    # Behind a and b, three tie in places 3, 4 and 5.
    assert games[2].ranks(named, [case.candidates], ["d"]) == [4]
    assert games[0].placed(named, [case]) == "; places 2.0 of 5"
    assert games[0].placed([dict.fromkeys("abcde", 0.0)], [case]) == ""


def test_what_a_user_has_is_no_candidate_and_comes_last(games, scores):
    case = Case("c1", history=("i1", "i2"), candidates=("i5", "i2", "i9"))
    assert games[3].rankable(case) == ["i5", "i9"]
    (scored,) = scores.of("popularity", [case])
    assert set(scored) == {"i5", "i9"}
    assert games[2].ranks([scored], [case.candidates], ["i2"]) == [3]
    assert games[0].placed([scored], [case]) == "", "nothing that can be placed is left out"
