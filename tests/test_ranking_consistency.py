"""Permutation self-consistency: means and spreads by hand, and what orders may and may not change."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.protocol import never
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import Cancelled
from workbench.ranking.consistency import SAME, distinct_orders, mean_outcome, rank_orders, ranks_of
from workbench.ranking.generation import Generation
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Outcome, Question
from workbench.records import (
    Candidate,
    CatalogFacts,
    Item,
    MatchedLine,
    Prompt,
    PromptInputs,
    ShownExemplar,
    Usage,
)

ITEMS = tuple(Item(i, title, f"{title}.") for i, title in [("a", "Alien"), ("u", "Up"), ("h", "Heat"), ("j", "Jaws")])
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 4)
CANDIDATES = tuple(Candidate(item.id, 1.0 / n, n, "dense") for n, item in enumerate(ITEMS, start=1))
SHOTS = tuple(ShownExemplar(f"e{n}", f"liker {n}", (), (), (item,)) for n, item in enumerate(ITEMS))
IDS = ("a", "b", "c")


def listed(inputs):
    """A template in Python that shows exemplars and candidates, in their order."""
    asked = f"Like {inputs.candidate.title}?" if inputs.candidate else "Next:"
    shots = "".join(f"{e.description}\n" for e in inputs.exemplars)
    return Prompt(shots + "".join(f"{item.title}\n" for item in inputs.candidates) + asked)


def unlisted(inputs):
    """A template that shows no candidates but the one it asks about."""
    return Prompt(f"{inputs.description}\nLike {inputs.candidate.title}?" if inputs.candidate else "Next:")


def question(render=listed, exemplars=(), labels=()):
    return Question(
        inputs=PromptInputs(FACTS, description="dark films", candidates=ITEMS, exemplars=exemplars),
        candidates=CANDIDATES,
        render=render,
        answer_text=lambda item: item.title,
        titles={item.id: item.title for item in ITEMS},
        labels=labels,
        memo_scope="weights",
    )


def ranked(orders, *, method=Likelihood(normalisation="sum"), engine=None, seed="0:m1", **asked):
    engine = engine or ScriptedEngine()
    return rank_orders(method, question(**asked), engine, orders, seed=seed, cancel=never)


def test_scores_are_standardised_in_each_order_and_averaged():
    # Both orders have standard deviation sqrt(2/3); the second's scale and level do not matter.
    first, second = Outcome({"a": 3, "b": 2, "c": 1}, Prompt("1")), Outcome({"a": 110, "b": 100, "c": 120}, Prompt("2"))
    found = mean_outcome([first, second], IDS)
    unit = math.sqrt(3 / 2)
    assert found.scores == pytest.approx({"a": unit / 2, "b": -unit / 2, "c": 0.0})
    assert found.prompt.text == "1"
    assert found.orders == 2


def test_spread_is_the_standard_deviation_of_the_ranks():
    first = Outcome({"a": 3, "b": 2, "c": 1}, Prompt(""), explanations={"a": "likely"})
    second = Outcome({"a": 2, "b": 1, "c": 3}, Prompt(""))
    found = mean_outcome([first, second], IDS)
    # a is first and second, b second and third, c third and first.
    assert found.spread == {"a": 0.5, "b": 0.5, "c": 1.0}
    assert found.explanations["a"] == "likely; rank 1.5 ± 0.5 over 2 orders"
    assert found.explanations["c"] == "rank 2.0 ± 1.0 over 2 orders"


def test_where_an_order_left_an_item_out_the_mean_rank_decides():
    first, second = Outcome({"b": 1.0, "a": 0.5}, Prompt("")), Outcome({"a": 1.0}, Prompt(""))
    found = mean_outcome([first, second], ("a", "b", "c", "d"))
    # In the first order c and d share ranks 3 and 4; in the second b, c and d share 2, 3 and 4.
    assert found.scores == {"a": -1.5, "b": -2.0}
    assert found.spread == pytest.approx({"a": 0.5, "b": 1.0, "c": 0.25, "d": 0.25})


def test_a_score_that_is_not_finite_is_ranked_and_not_averaged():
    first, second = Outcome({"a": 1.0, "b": -math.inf}, Prompt("")), Outcome({"a": 2.0, "b": 1.0}, Prompt(""))
    assert mean_outcome([first, second], ("a", "b")).scores == {"a": -1.0, "b": -2.0}


def test_ranks_of_ties_are_their_mean():
    assert ranks_of({"a": 2.0, "b": 5.0, "c": 2.0}, ("a", "b", "c", "d", "e")) == {
        "b": 1.0,
        "a": 2.5,
        "c": 2.5,
        "d": 4.5,
        "e": 4.5,
    }


def test_costs_lines_texts_chances_and_warnings_of_all_orders_are_kept():
    line = MatchedLine("Alien", "exact", "a")
    first = Outcome({"a": 1}, Prompt(""), Usage(1, 10), (line,), "1. Alien", warnings=("cut", "odd"))
    second = Outcome({"a": 1}, Prompt(""), Usage(2, 5), (line, line), "1. Alien\n2. Alien", warnings=("cut",))
    first = replace(first, chances={"a": {"Yes": 0.9, "No": 0.1}})
    second = replace(second, chances={"a": {"Yes": 0.5, "No": 0.5}})
    found = mean_outcome([first, second], ("a",))
    assert (found.usage.passes, found.usage.prompt_tokens, len(found.lines)) == (3, 15, 3)
    assert found.output == "[order 1]\n1. Alien\n\n[order 2]\n1. Alien\n2. Alien"
    assert found.warnings == ("cut", "odd (in 1 of 2 orders)")
    assert found.chances["a"] == pytest.approx({"Yes": 0.7, "No": 0.3})


def test_one_order_is_the_method_alone():
    alone = Likelihood(normalisation="sum").rank(question(), ScriptedEngine(), cancel=never)
    assert ranked(1) == alone
    assert alone.orders == 1


def test_orders_are_those_of_ranking_each_shuffled_question_for_itself():
    method = Likelihood(normalisation="sum")
    asked = question()
    orders = distinct_orders(asked, 5, Likelihood(), seed="0:m1")
    assert orders[0] == asked
    plain = mean_outcome([method.rank(q, ScriptedEngine(), cancel=never) for q in orders], [i.id for i in ITEMS])
    assert ranked(5) == plain
    assert plain.orders == len({tuple(i.id for i in q.inputs.candidates) for q in orders}) == 5


def test_candidates_and_their_items_stay_side_by_side():
    for ordered in distinct_orders(question(exemplars=SHOTS), 10, Likelihood(), seed="s"):
        assert [c.item_id for c in ordered.candidates] == [i.id for i in ordered.inputs.candidates]
        assert {e.id for e in ordered.inputs.exemplars} == {"e0", "e1", "e2", "e3"}


def test_exemplars_are_shuffled_too():
    orders = distinct_orders(question(exemplars=SHOTS), 10, Likelihood(), seed="s")
    assert len({tuple(e.id for e in q.inputs.exemplars) for q in orders}) > 5


def test_the_draw_depends_on_the_seed_alone():
    def drawn(seed):
        return [tuple(c.item_id for c in q.candidates) for q in distinct_orders(question(), 6, Likelihood(), seed=seed)]

    assert drawn("0:m1") == drawn("0:m1") != drawn("0:m2")


def test_a_template_that_shows_no_order_is_asked_once_and_said_to_be():
    engine = ScriptedEngine()
    found = ranked(5, engine=engine, render=unlisted)
    assert found.warnings == (SAME,)
    assert (found.orders, len(engine.asked), found.spread) == (1, 1, {})


def test_a_question_about_each_candidate_is_asked_once_where_it_shows_no_list():
    found = ranked(5, method=Pointwise(), render=unlisted, labels=("Yes", "No"))
    assert found.usage.passes == len(ITEMS)
    assert SAME in found.warnings


def test_a_template_without_candidates_still_has_orders_of_exemplars():
    def shots(inputs):
        return Prompt("".join(e.description for e in inputs.exemplars) + " Next:")

    assert ranked(4, render=shots, exemplars=SHOTS).orders > 1
    assert ranked(4, render=shots, exemplars=SHOTS[:1]).orders == 1


def test_an_order_that_came_before_is_not_paid_for_again():
    two = replace(
        question(), inputs=replace(question().inputs, candidates=ITEMS[:2]), candidates=CANDIDATES[:2], render=listed
    )
    assert len(distinct_orders(two, 50, Likelihood(), seed="s")) == 2
    assert len(distinct_orders(question(), 24, Likelihood(), seed="s")) == math.factorial(4)


def test_generation_over_orders_keeps_every_text():
    found = ranked(3, method=Generation(), engine=ScriptedEngine(texts={"": "1. Up\n2. Nothing like it"}))
    assert found.output.startswith("[order 1]\n1. Up\n2. Nothing like it\n\n[order 2]\n")
    assert found.scores == {"u": -1.0}
    assert found.warnings == ("1 invented", "3 of 4 candidates left out")


def test_progress_is_told_before_each_order():
    told = []
    method = Likelihood(normalisation="sum")
    rank_orders(
        method, question(), ScriptedEngine(), 3, seed="s", cancel=never, on_order=lambda *order: told.append(order)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_it_stops_between_orders():
    engine = ScriptedEngine()
    with pytest.raises(Cancelled):
        rank_orders(
            Likelihood(normalisation="sum"), question(), engine, 9, seed="s", cancel=lambda: len(engine.asked) == 2
        )
    assert len(engine.asked) == 2


scores = st.fixed_dictionaries(dict.fromkeys(IDS, st.integers(-50, 50)))


@given(st.lists(scores, min_size=2, max_size=5), st.integers(1, 9), st.integers(-99, 99))
def test_neither_the_order_of_the_orders_nor_their_scale_matters(tables, scale, shift):
    outcomes = [Outcome(t, Prompt("")) for t in tables]
    moved = [Outcome({i: scale * v + shift for i, v in t.items()}, Prompt("")) for t in reversed(tables)]
    one, other = mean_outcome(outcomes, IDS), mean_outcome(moved, IDS)
    assert other.scores == pytest.approx(one.scores, abs=1e-9)
    assert other.spread == pytest.approx(one.spread)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3)))
def test_ranks_are_those_of_counting(table):
    ids = "abcdefgh"

    def better(x, y):
        return (x in table, table.get(x, 0)) > (y in table, table.get(y, 0))

    expected = {
        i: 1 + sum(better(j, i) for j in ids) + sum(not better(i, j) and not better(j, i) for j in ids if j != i) / 2
        for i in ids
    }
    assert ranks_of(table, ids) == expected
