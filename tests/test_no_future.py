"""No source, no exemplar policy and no prompt knows what was taken at a case's time or later, nor by its own user."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_shop import Letters, shop

from workbench.catalogs.case_building import CaseSettings, build_cases
from workbench.catalogs.timeline import seconds
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import CatalogError
from workbench.exemplars import EXEMPLAR_POLICIES
from workbench.exemplars.guard import leakage_guard
from workbench.prompts import parse, render
from workbench.recommender import prepare
from workbench.records import Interaction
from workbench.retrieval import RETRIEVERS, Embeddings
from workbench.retrieval.states import StateEncoder
from workbench.variant import Choice, TemplateSource, Variant

TITLES = {letter: f"{letter.upper()} {after}" for letter, after in zip("abcdefgh", "bcdefgha", strict=True)}
TEXT = """{% for e in exemplars %}{% for m in e.history %}{{ m.title }}, {% endfor %}then {{ e.answer[0].title }}
{% endfor %}{% for m in history %}{{ m.title }}, {% endfor %}of
{% for c in candidates %}{{ c.title }}
{% endfor %}next:"""
ROWS = st.lists(
    st.tuples(st.sampled_from("uvwxyz"), st.sampled_from("abcdefgh"), st.integers(1, 6)), min_size=8, max_size=40
)


def world(rows):
    taken = tuple(Interaction(user, item, f"2026-01-{day:02}") for user, item, day in rows)
    return replace(shop(**TITLES), interactions=taken, fingerprint=repr(rows))


def embeddings():
    def likelihood(pairs):
        return [-float(len(before) + 2 * len(after)) for before, after in pairs]

    states = Embeddings(lambda: StateEncoder(ScriptedEngine().states, "scripted"), None)
    return Embeddings(Letters, None, states=states, likelihood=likelihood)


def asked(variant, catalog, case, relevant):
    prepared = prepare(variant, catalog, case, embeddings(), blocked=leakage_guard(case, relevant))
    prompt = render(parse(variant.template), prepared.inputs)
    return prepared.retrieved.candidates, prepared.chosen.shown, prompt.text


def cases_of(catalog, seed):
    try:
        return build_cases(catalog, CaseSettings(min_history=1, users=3, exemplars=2, negatives=1, seed=seed))
    except CatalogError:
        assume(False)


def differing(variant, rows, seed):
    """The cases of these rows that are asked otherwise in a world that ended just before them."""
    whole = world(rows)
    built = cases_of(whole, seed)
    found = []
    for case in built.cases:
        before = [r for r in rows if r[0] != case.user and seconds(f"2026-01-{r[2]:02}") < seconds(case.time)]
        relevant = frozenset(built.qrels[case.id])
        # The cases kept apart as exemplars are those of the whole world in both: the guard has to refuse later ones.
        both = [replace(c, cases=built.cases, exemplars=built.exemplars) for c in (whole, world(before))]
        now, then = (asked(variant, catalog, case, relevant) for catalog in both)
        if now != then:
            found.append((case, now, then))
        assert all(seconds(e.time) < seconds(case.time) and e.user != case.user for e in now[1])
    return found


@pytest.mark.parametrize("name", RETRIEVERS)
@settings(deadline=None, max_examples=25)
@given(ROWS, st.integers(0, 3))
def test_a_source_finds_what_it_would_have_found_at_that_time(name, rows, seed):
    template = TemplateSource(name="t", source=TEXT)
    variant = Variant(template=template, retriever=Choice(name=name), n_candidates=5)
    assert differing(variant, rows, seed) == []


@pytest.mark.parametrize("source", ["solved cases", "interactions", "both"])
@pytest.mark.parametrize("name", sorted({*EXEMPLAR_POLICIES} - {"none", "by_hand"}))
@settings(deadline=None, max_examples=15)
@given(ROWS, st.integers(0, 3))
def test_a_policy_shows_what_it_would_have_shown_at_that_time(name, source, rows, seed):
    policy = Choice(name=name, options={"source": source, "n": 3})
    variant = Variant(template=TemplateSource(name="t", source=TEXT), exemplars=policy, n_candidates=5)
    assert differing(variant, rows, seed) == []


@settings(deadline=None, max_examples=25)
@given(ROWS)
def test_an_exemplar_of_later_that_is_asked_for_by_name_is_refused(rows):
    catalog = world(rows)
    every = [f"taken:{user}:{n}" for user, taken in catalog.taken.items() for n in range(len(taken))]
    policy = Choice(name="by_hand", options={"ids": every})
    variant = Variant(template=TemplateSource(name="t", source=TEXT), exemplars=policy, n_candidates=5)
    for case in cases_of(catalog, 0).cases:
        _, shown, _ = asked(variant, catalog, case, frozenset())
        assert all(seconds(e.time) < seconds(case.time) and e.user != case.user for e in shown)
