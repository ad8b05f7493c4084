"""Cases from interactions: nothing taken at a case's time or later reaches a prompt, a prior or a shot."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import shop

from workbench.catalogs import load_catalog, load_qrels
from workbench.catalogs.case_building import CaseSettings, build_cases
from workbench.catalogs.case_placing import place_cases
from workbench.catalogs.timeline import seconds
from workbench.errors import CatalogError
from workbench.exemplars.guard import leakage_guard
from workbench.ranking.contexts import draw_contexts
from workbench.records import Interaction
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.walk import CoOccurrence, Walk

NO_TEXT = Embeddings(lambda: pytest.fail("no text is asked for"), None)
ITEMS = {letter: letter.upper() for letter in "abcdefghij"}
SMALL = CaseSettings(min_history=1, users=3, exemplars=2, negatives=2)


def took(rows):
    interactions = tuple(Interaction(*row) for row in rows)
    return replace(shop(**ITEMS), interactions=interactions, fingerprint=repr(rows))


def day(n):
    return f"2026-01-{n:02}"


ONE = [("u", "a", day(1), 5.0), ("u", "b", day(2), 2.0), ("u", "c", day(3), 4.0), ("u", "d", day(3), 5.0)]


def test_the_last_new_item_is_the_truth_and_what_ties_with_it_is_no_history():
    built = build_cases(took(ONE), SMALL)
    (case,) = built.cases
    assert (case.history, case.time, built.qrels) == (("a", "b"), day(3), {"uu": {"d": 1}})
    assert "d" in case.candidates
    assert not {"a", "b", "c"} & set(case.candidates)
    assert len(case.candidates) == 3


def test_ratings_below_the_threshold_are_neither_history_nor_truth():
    built = build_cases(took(ONE), replace(SMALL, min_rating=3.0))
    assert (built.cases[0].history, built.qrels) == (("a",), {"uu": {"d": 1}})


def test_a_time_split_asks_everyone_at_one_moment():
    rows = [
        *ONE,
        ("v", "a", day(1), None),
        ("v", "b", day(2), None),
        ("v", "c", day(5), None),
        ("w", "a", day(1), None),
    ]
    built = build_cases(took(rows), replace(SMALL, split="time", at=day(2)))
    assert {c.user: (c.history, c.time) for c in built.cases} == {"u": (("a",), day(2)), "v": (("a",), day(2))}
    assert built.qrels == {"uu": {"b": 1}, "uv": {"b": 1}}
    assert built.skipped == {"takes nothing new after the moment": 1}


def test_without_times_the_order_of_rows_decides():
    built = build_cases(took([("u", "a", ""), ("u", "b", ""), ("u", "a", "")]), SMALL)
    assert (built.cases[0].history, built.cases[0].time, built.qrels) == (("a",), "", {"uu": {"b": 1}})


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("history", "short history"),
        ("activity", "occasional user"),
        ("cold start", "cold item"),
        ("popularity", "popular item"),
    ],
)
def test_segments_are_of_the_moment_asked(segment, expected):
    others = [(f"o{n}", "d", day(1)) for n in range(2)] + [(f"late{n}", "d", day(9)) for n in range(9)]
    built = build_cases(took([*ONE, *others]), replace(SMALL, segment=segment))
    (case,) = [c for c in built.cases if c.user == "u"]
    assert case.segment == expected
    assert "taken 2 times by others before" in case.note


def test_what_cannot_be_built_says_why():
    with pytest.raises(CatalogError, match="has no interactions"):
        build_cases(took([]), SMALL)
    with pytest.raises(CatalogError, match="has fewer than 9 items before: 1"):
        build_cases(took(ONE), replace(SMALL, min_history=9))
    with pytest.raises(CatalogError, match="hold no times"):
        build_cases(took([("u", "a", "")]), replace(SMALL, split="time"))
    with pytest.raises(CatalogError, match="left 6 items untaken, fewer than 7"):
        build_cases(took(ONE), replace(SMALL, negatives=7))


ROWS = st.lists(
    st.tuples(st.sampled_from("uvwxyz"), st.sampled_from("abcdefg"), st.integers(1, 6).map(day)),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=150)
@given(ROWS, st.sampled_from(["last", "time"]), st.integers(0, 3))
def test_nothing_at_or_after_a_case_reaches_its_prompt_its_priors_or_its_exemplars(rows, split, seed):
    catalog = took(rows)
    try:
        built = build_cases(catalog, replace(SMALL, split=split, seed=seed))
    except CatalogError:
        return
    shown = replace(catalog, cases=built.cases, exemplars=built.exemplars)
    assert not {c.user for c in built.cases} & {e.user for e in built.exemplars}
    for case in built.cases:
        (target,) = built.qrels[case.id]
        before = [r for r in rows if seconds(r[2]) < seconds(case.time)]
        assert set(case.history) <= {item for user, item, _ in before if user == case.user}
        assert target not in case.history
        assert any(r[:2] == (case.user, target) and seconds(r[2]) >= seconds(case.time) for r in rows)
        assert target in case.candidates
        own = {item for user, item, _ in rows if user == case.user}
        assert not (set(case.candidates) - {target}) & own
        past = replace(took([r for r in before if r[0] != case.user]), cases=built.cases, exemplars=built.exemplars)
        assert shown.popularity_for(case) == past.popularity
        for source in (Walk(text=0.0, arrive=0.0), CoOccurrence()):
            # The same numbers as in a world that ended just before the case was asked.
            mine = source.scores(shown, case, embeddings=NO_TEXT)
            assert mine == pytest.approx(source.scores(past, case, embeddings=NO_TEXT))
        known = {item for user, item, _ in before if user != case.user}
        for context in draw_contexts(shown, case, 5, seed=seed):
            if context.source == "interactions":
                assert {item.id for item in context.history} <= known
        guard = leakage_guard(case, frozenset({target}))
        for exemplar in built.exemplars:
            if not guard(exemplar):
                assert seconds(exemplar.time) < seconds(case.time)


@settings(deadline=None, max_examples=50)
@given(ROWS)
def test_another_order_of_the_rows_draws_the_same_users(rows):
    def users(given_rows):
        try:
            return {c.user for c in build_cases(took(given_rows), SMALL).cases}
        except CatalogError as error:
            return str(error)

    assert users(rows) == users(sorted(rows)) or isinstance(users(rows), str)


def test_cases_go_into_a_catalog_or_a_copy_and_load(tmp_path):
    from catalog_files import write_fruit

    rows = "user_id,item_id,time\nu1,a1,2026-03-01\nu1,c1,2026-03-02\n"
    folder = write_fruit(tmp_path, interactions_csv=rows)
    settings = replace(SMALL, negatives=1)
    built = build_cases(load_catalog(folder), settings)
    with pytest.raises(CatalogError, match="has cases that were not built"):
        place_cases(folder, tmp_path, built, settings, name="fruit", replace=False)
    copy = place_cases(folder, tmp_path, built, settings, name="fruit-cases", replace=False)
    catalog = load_catalog(copy)
    assert (catalog.cases, catalog.exemplars) == (built.cases, ())
    assert load_qrels(copy, catalog) == {"uu1": {"c1": 1}}
    assert place_cases(copy, tmp_path, built, settings, name="fruit-cases", replace=False) == copy
    assert load_catalog(folder).cases[0].id == "k1"
