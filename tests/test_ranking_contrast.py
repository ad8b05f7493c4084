"""Contrast with other users: the log of a mean by hand, who is drawn, and what is not paid for twice."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_shop import Letters, shop

from workbench.engine.protocol import never
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import TemplateError, VariantError
from workbench.ranking.calibration import log_mean_exp
from workbench.ranking.consistency import SAME
from workbench.ranking.contexts import HISTORY, draw_contexts
from workbench.ranking.likelihood import NOBODY_KNOWN, NOTHING_READ, Likelihood
from workbench.ranking.protocol import Context, Question
from workbench.recommender import build
from workbench.records import Candidate, Case, CatalogFacts, Exemplar, Interaction, Item, Prompt, PromptInputs
from workbench.retrieval import Embeddings
from workbench.variant import Choice, TemplateSource, Variant

ALIEN, UP, HEAT = (Item(title.lower(), title, title) for title in ("Alien", "Up", "Heat"))
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 3)
CANDIDATES = tuple(Candidate(item.id, 1.0, n, "given") for n, item in enumerate((ALIEN, UP), start=1))
OTHERS = (Context("", (UP,), "interactions"), Context("", (HEAT,), "interactions"))


def liked(inputs):
    """A template in Python that reads the history."""
    return Prompt(
        f"{inputs.description}{inputs.steps.get('taste', '')} liked {[m.title for m in inputs.history]}. Next:"
    )


def question(others=OTHERS, *, render=liked, memo=None, steps=None):
    return Question(
        inputs=PromptInputs(FACTS, history=(ALIEN,), candidates=(ALIEN, UP), steps=steps or {}),
        candidates=CANDIDATES,
        render=render,
        answer_text=lambda item: item.title,
        titles={},
        memo={} if memo is None else memo,
        memo_scope="weights",
        others=lambda n: others[:n],
    )


def by_history(table):
    """log P(title) by the first title of the history that the prompt shows."""
    return lambda prompt, title: math.log(next(p for h, p in table.items() if f"['{h}" in prompt).get(title.strip(), 1))


CHANCES = {"Alien": {"Alien": 0.5, "Up": 0.2}, "Up": {"Alien": 0.1, "Up": 0.3}, "Heat": {"Alien": 0.3, "Up": 0.1}}


def contrasted(asked=None, engine=None, **options):
    method = Likelihood(normalisation="contrasted", **options)
    return method.rank(asked or question(), engine or ScriptedEngine(by_history(CHANCES)), cancel=never)


def test_the_mean_chance_for_others_is_taken_off():
    found = contrasted()
    # Alien: 0.5 here, (0.1 + 0.3) / 2 for others; Up: 0.2 here, (0.3 + 0.1) / 2 for others.
    assert found.scores == pytest.approx({"alien": math.log(0.5 / 0.2), "up": math.log(0.2 / 0.2)})
    assert found.explanations["alien"] == "-0.69 here − 1 × -1.61 for 2 other users, 1 token"
    assert (found.usage.passes, found.warnings) == (3, ())


def test_the_weight_says_how_much_is_taken_off():
    found = contrasted(weight=0.5)
    assert found.scores["alien"] == pytest.approx(math.log(0.5) - 0.5 * math.log(0.2))


def test_as_many_others_as_wanted_are_asked():
    found = contrasted(contexts=1)
    assert found.scores["alien"] == pytest.approx(math.log(0.5 / 0.1))


def test_everything_but_the_user_stays_in_the_prompt_about_others():
    engine = ScriptedEngine()
    contrasted(question(steps={"taste": "dark films"}), engine)
    assert engine.asked == ["dark films liked ['Alien']. Next:", " liked ['Up']. Next:", " liked ['Heat']. Next:"]


def test_others_are_read_once_for_each_title():
    memo, engine = {}, ScriptedEngine()
    first = contrasted(question(memo=memo), engine)
    again = contrasted(question(memo=memo), engine)
    assert [first.usage.passes, again.usage.passes] == [3, 1]
    assert again.scores == first.scores
    del memo[next(key for key in memo if key.startswith("prior:"))]
    # Both titles for the user; for one other the title that is missing, beside the anchor.
    assert contrasted(question(memo=memo), engine).usage.scored_tokens == 2 + 1 + 1


def test_others_whose_prompts_are_the_same_are_read_once():
    assert contrasted(question(OTHERS[:1] * 8), ScriptedEngine()).usage.passes == 2


def test_a_prompt_that_ignores_the_history_is_warned_of():
    found = contrasted(question(render=lambda inputs: Prompt("Best film:")), ScriptedEngine())
    assert set(found.scores.values()) == {0.0}
    assert found.warnings == (NOTHING_READ,)


def test_random_items_in_place_of_others_are_told():
    found = contrasted(question((Context("", (UP,), "random items"),)))
    assert found.warnings == (NOBODY_KNOWN,)
    assert "for 1 random histories" in found.explanations["up"]


def test_without_anybody_the_way_out_is_said():
    with pytest.raises(VariantError, match="choose calibrated"):
        contrasted(question(()))


def test_a_template_that_fails_for_another_user_says_what_asked_for_it():
    def render(inputs):
        if inputs.history == (HEAT,):
            raise TemplateError("no year")
        return liked(inputs)

    with pytest.raises(TemplateError, match=r"renders the template for another user(.|\n)*no year"):
        contrasted(question(render=render), ScriptedEngine())


@given(st.lists(st.floats(-700, 0), min_size=1, max_size=9))
def test_log_mean_is_that_of_the_plain_mean(logs):
    assert log_mean_exp(logs) == pytest.approx(math.log(sum(map(math.exp, logs)) / len(logs)), abs=1e-9)


@given(st.lists(st.floats(-5, 0), min_size=1, max_size=9), st.floats(-1e6, 0))
def test_log_mean_of_what_no_float_can_hold_is_moved_along(logs, shift):
    assert log_mean_exp([value + shift for value in logs]) == pytest.approx(log_mean_exp(logs) + shift, abs=1e-8)


def test_log_mean_of_the_impossible_is_impossible():
    assert log_mean_exp([-math.inf, -math.inf]) == -math.inf
    assert log_mean_exp([-math.inf, 0.0]) == pytest.approx(math.log(0.5))


FRUIT = {"a": "Apple", "b": "Banana", "c": "Cherry", "d": "Date", "e": "Elderberry", "f": "Fig"}


def ids_of(contexts):
    return [tuple(item.id for item in context.history) for context in contexts]


def test_others_are_users_of_the_interactions_cut_to_the_length_of_the_history():
    catalog = shop([("u", "a"), ("u", "b"), ("u", "c"), ("v", "d")], **FRUIT)
    found = draw_contexts(catalog, Case("k", history=("e", "f")), 8, seed=0)
    assert sorted(ids_of(found)) == [("b", "c"), ("d",)]
    assert {context.source for context in found} == {"interactions"}


def test_the_cases_own_user_is_left_out():
    catalog = shop([("me", "a"), ("me", "b"), ("v", "d")], **FRUIT)
    assert ids_of(draw_contexts(catalog, Case("k", history=("a",), user="me"), 8, seed=0)) == [("d",)]


def test_a_history_that_is_the_cases_own_is_left_out():
    catalog = shop([("u", "a"), ("u", "b"), ("v", "d")], **FRUIT)
    assert ids_of(draw_contexts(catalog, Case("typed", history=("a", "b")), 8, seed=0)) == [("d",)]


def test_nothing_is_known_that_came_after_the_case():
    catalog = timed(("u", "a", "2026-01-01"), ("u", "b", "2026-03-01"), ("v", "c", "2026-02-01T10:00:00"))
    case = Case("k", history=("d",), time="2026-02-01")
    assert ids_of(draw_contexts(catalog, case, 8, seed=0)) == [("a",)]
    assert sorted(ids_of(draw_contexts(catalog, Case("k", history=("d",)), 8, seed=0))) == [("b",), ("c",)]


def timed(*taken):
    plain = shop(**FRUIT)
    interactions = tuple(Interaction(*each) for each in taken)
    return type(plain)(plain.meta, plain.items, (), (), interactions, repr(taken), plain.folder)


def test_histories_are_in_the_order_of_time_whatever_the_file():
    catalog = timed(("u", "b", "2026-03-01"), ("u", "c", "2026-03-01T09:00:00+02:00"), ("u", "a", "2026-01-01"))
    assert [i.item for i in catalog.taken["u"]] == ["a", "b", "c"]


def test_the_draw_is_that_of_the_seed_and_shared_by_cases():
    catalog = shop([(f"u{n}", item) for n in range(30) for item in ("abcdef" * 3)[n % 11 : n % 11 + 3]], **FRUIT)

    def drawn(case_id, seed, user=""):
        return ids_of(draw_contexts(catalog, Case(case_id, history=("a", "b", "e"), user=user), 8, seed=seed))

    assert drawn("k1", 0) == drawn("k2", 0)
    assert drawn("k1", 0) != drawn("k1", 1)
    assert len(drawn("k1", 0)) == 8


def test_leaving_one_user_out_keeps_the_order_of_the_others():
    users = {f"u{n}": ["abcdef"[n], "abcdef"[n - 1]] for n in range(6)}
    catalog = shop([(user, item) for user, items in users.items() for item in items], **FRUIT)
    every = ids_of(draw_contexts(catalog, Case("k", history=("x1", "x2")), 6, seed=3))
    without = ids_of(draw_contexts(catalog, Case("k", history=("x1", "x2"), user="u2"), 6, seed=3))
    assert without == [history for history in every if history != tuple(users["u2"])]


def test_without_interactions_exemplars_and_other_cases_are_drawn():
    exemplars = (
        Exemplar("e1", history=("a",), answer=("b",)),
        Exemplar("e2", history=("c",), user="me", answer=("d",)),
    )
    catalog = shop(exemplars=exemplars, **FRUIT)
    me = Case("k1", history=("d",), user="me")
    others = (me, Case("k2", history=("e", "f")), Case("k3", history=("f",), user="me"), Case("k4", "sweet"))
    catalog = type(catalog)(catalog.meta, catalog.items, others, exemplars, (), "with cases", catalog.folder)
    found = draw_contexts(catalog, me, 8, seed=0)
    # Not e2 and k3, which are of the same user, nor the case itself, nor k4, which has no history.
    assert sorted(ids_of(found)) == [("a",), ("f",)]
    assert {(context.source, context.description) for context in found} == {("solved cases", "")}


def test_a_case_with_a_description_is_contrasted_with_those_that_have_one():
    exemplars = (Exemplar("e1", "sour", answer=("b",)), Exemplar("e2", history=("c",), answer=("d",)))
    catalog = shop([("u", "a")], exemplars, **FRUIT)
    assert draw_contexts(catalog, Case("k", "sweet"), 8, seed=0) == (Context("sour", (), "solved cases"),)
    assert ids_of(draw_contexts(shop([("u", "a")], **FRUIT), Case("k", "sweet"), 8, seed=0)) == [("a",)]


def test_where_nobody_is_known_histories_are_random_items():
    catalog = shop(**FRUIT)
    found = draw_contexts(catalog, Case("k", history=("a", "b")), 4, seed=0)
    assert [len(history) for history in ids_of(found)] == [2] * 4
    assert {context.source for context in found} == {"random items"}
    assert found == draw_contexts(catalog, Case("other", history=("a", "c")), 4, seed=0)
    assert [len(h) for h in ids_of(draw_contexts(catalog, Case("k", "sweet"), 2, seed=0))] == [HISTORY] * 2


def test_candidates_play_no_part_in_the_draw():
    catalog = shop([("u", "a"), ("v", "b"), ("w", "c")], **FRUIT)
    plain, given = Case("k", history=("d",)), Case("k", history=("d",), candidates=("a", "b"))
    assert draw_contexts(catalog, plain, 8, seed=0) == draw_contexts(catalog, given, 8, seed=0)


def test_a_variant_reads_the_prompt_with_others_in_place_of_the_user():
    catalog = shop([("u", "a"), ("v", "b"), ("me", "c")], **FRUIT)
    engine = ScriptedEngine()
    variant = Variant(
        template=TemplateSource(name="t", source="Liked {{ history }}. Next:"),
        retriever=Choice(name="given"),
        method=Choice(name="likelihood", options={"normalisation": "contrasted", "contexts": 5}),
    )
    case = Case("k", history=("d",), user="me", candidates=("e", "f"))
    found = build(variant, catalog, engine, Embeddings(Letters, None)).recommend(case)
    assert engine.asked[0] == "Liked Date. Next:"
    assert sorted(engine.asked[1:]) == ["Liked Apple. Next:", "Liked Banana. Next:"]
    assert all("for 2 other users" in row.explanation for row in found.ranked)
    assert all(a.score >= b.score for a, b in pairwise(found.ranked))


@pytest.mark.model
def test_the_embedded_model_contrasted_is_what_its_own_log_probabilities_say(models):
    from workbench.engine.loading import load_engine
    from workbench.variant import ModelSpec

    engine = load_engine(ModelSpec(dtype="float32"), models)
    catalog = shop([("u", "a"), ("v", "b"), ("w", "c")], **FRUIT)
    variant = Variant(
        template=TemplateSource(name="t", source="Somebody bought {{ history }}. Next they will buy:"),
        retriever=Choice(name="given"),
        method=Choice(name="likelihood", options={"normalisation": "contrasted", "contexts": 3}),
        orders=2,
    )
    case = Case("k", history=("d",), candidates=("e", "f"))
    found = build(variant, catalog, engine, Embeddings(Letters, None)).recommend(case)

    def chances(name):
        prompt = f"Somebody bought {name}. Next they will buy:"
        return [s.total for s in engine.loglikelihood(prompt, [" Elderberry", " Fig"]).scored]

    others = [chances(name) for name in ("Apple", "Banana", "Cherry")]
    expected = [
        here - math.log(sum(math.exp(other[n]) for other in others) / 3) for n, here in enumerate(chances("Date"))
    ]
    assert {row.item_id: row.score for row in found.ranked} == pytest.approx(
        dict(zip("ef", expected, strict=True)), abs=1e-3
    )
    # The template shows no candidates: the second order would be the first again.
    assert (found.orders, found.warnings) == (1, (SAME,))
