"""Letters, pairs, sets and verbalisers against answers known beforehand."""

import math
from functools import partial
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.protocol import never
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import Cancelled
from workbench.prompts import check
from workbench.ranking.listwise import Letters
from workbench.ranking.pairwise import Pairwise, merge_sorted, most_comparisons
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Question
from workbench.ranking.setwise import Setwise, heap_top, most_sets
from workbench.ranking.spellings import worths
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs
from workbench.variant import Choice, TemplateSource, Variant
from workbench.variant_checks import hints_of

FACTS = CatalogFacts("shop", "Shop", "e-commerce", "en", "item", 9)
METHODS = [Letters(calibrated=False), Pairwise(), Pairwise(comparisons="all"), Setwise(calibrated=False)]


def text_of(inputs):
    return Prompt("".join(f"{chr(65 + n)}. {m.title}\n" for n, m in enumerate(inputs.candidates)) + "Answer:")


def question(worth, *, k=99):
    items = tuple(Item(f"i{n}", f"worth {w}", "") for n, w in enumerate(worth))
    return Question(
        PromptInputs(FACTS, candidates=items, k=k),
        tuple(Candidate(item.id, 0.0, n, "dense") for n, item in enumerate(items, start=1)),
        text_of,
        lambda item: item.title,
        {item.id: item.title for item in items},
    )


def by_worth(prompt, continuation):
    """log of what the lettered candidate is worth: of two, the better wins in the ratio of their worths."""
    line = next(line for line in prompt.split("\n") if line.startswith(f"{continuation.strip()}. "))
    return math.log(float(line.split()[-1]))


def order(found):
    return sorted(found.scores, key=lambda i: -found.scores[i])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 11, 30])
def test_every_method_finds_the_order_that_the_engine_has_in_mind(method, n):
    worth = [(7 * i) % 31 + 1 for i in range(n)]
    found = method.rank(question(worth), ScriptedEngine(by_worth), cancel=never)
    wanted = [f"i{i}" for i in sorted(range(n), key=lambda i: -worth[i])]
    assert order(found)[:10] == wanted[:10]


@pytest.mark.parametrize("method", METHODS)
def test_what_ties_keeps_the_order_in_which_it_came(method):
    found = method.rank(question([1] * 11), ScriptedEngine(by_worth), cancel=never)
    assert order(found) == [f"i{n}" for n in range(11)]


@pytest.mark.parametrize("method", METHODS)
def test_a_stop_is_heard(method):
    with pytest.raises(Cancelled):
        method.rank(question([1, 2, 3]), ScriptedEngine(by_worth), cancel=lambda: True)


def test_all_pairs_score_the_mean_chance_of_winning():
    found = Pairwise(comparisons="all").rank(question([1, 3, 4]), ScriptedEngine(by_worth), cancel=never)
    assert found.scores == pytest.approx(
        {"i0": (1 / 4 + 1 / 5) / 2, "i1": (3 / 4 + 3 / 7) / 2, "i2": (4 / 5 + 4 / 7) / 2}
    )


def test_prompts_are_as_many_as_the_cost_says():
    engines = [ScriptedEngine(by_worth) for _ in range(4)]
    asked = question([(5 * i) % 17 + 1 for i in range(16)])
    Pairwise(comparisons="all").rank(asked, engines[0], cancel=never)
    Pairwise().rank(asked, engines[1], cancel=never)
    Letters(calibrated=False).rank(asked, engines[2], cancel=never)
    Letters().rank(asked, engines[3], cancel=never)
    counts = [len(engine.asked) for engine in engines]
    assert (counts[0], counts[2], counts[3]) == (16 * 15, 1, 2)
    assert counts[1] <= 2 * most_comparisons(16) <= 2 * 16 * 4


@given(st.integers(0, 40), st.randoms(use_true_random=False))
def test_a_merge_sort_asks_no_more_than_it_may_and_sorts(n, random):
    order = random.sample(range(n), n)
    asked = []

    def wins(pairs):
        asked.extend(pairs)
        return [float(a < b) for a, b in pairs]

    assert merge_sorted(order, wins) == sorted(order)
    assert len(asked) <= most_comparisons(n)


def best_of(worth, sets):
    return [max(range(len(s)), key=lambda at: worth[s[at]]) for s in sets]


@pytest.mark.parametrize("size", [3, 5, 26])
def test_a_heap_gives_what_sorting_gives(size):
    for n, k in combinations(range(1, 40, 4), 2):
        worth = [(11 * i) % 41 for i in range(k)]
        found = heap_top(k, n, size, partial(best_of, worth))
        assert found == sorted(range(k), key=lambda i: -worth[i])[:n]


@pytest.mark.parametrize("size", [3, 4, 26])
def test_a_heap_shows_no_more_sets_than_it_may(size):
    most_shown = set()
    for n, k in [(1, 1), (2, 1), (7, 3), (20, 10), (30, 30), (64, 5)]:
        asked = []

        def best(sets, asked=asked):
            asked.extend(sets)
            # The last of a set is always better, so that all sink as far as they can.
            return [len(s) - 1 for s in sets]

        heap_top(n, min(n, k), size, best)
        assert len(asked) <= most_sets(n, k, size)
        most_shown.add(len(asked) == most_sets(n, k, size))
    assert True in most_shown, "the bound is reached"


def test_progress_of_a_setwise_run_rises_to_its_end():
    told = []
    asked = question([(5 * i) % 17 + 1 for i in range(16)], k=5)
    object.__setattr__(asked, "on_progress", lambda text, fraction: told.append((text, fraction)))
    Setwise(size=3).rank(asked, ScriptedEngine(by_worth), cancel=never)
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1
    assert told[0][0] == f"1 of at most {most_sets(16, 5, 3)} sets"


def test_places_after_the_kth_are_left_out():
    found = Setwise(calibrated=False).rank(question([1, 5, 2, 4], k=2), ScriptedEngine(by_worth), cancel=never)
    assert found.scores == {"i1": -1.0, "i3": -2.0}


def test_a_label_has_the_chances_of_all_its_ways_of_writing():
    chances = {"like": 0.2, "love": 0.3, "hate": 0.25}
    asked = question([1])
    object.__setattr__(asked, "labels", ("like", "hate"))
    object.__setattr__(asked, "verbaliser", {"like": ("like", "love", "like")})
    engine = ScriptedEngine(lambda prompt, said: math.log(chances[said.strip()]))
    assert Pointwise().rank(asked, engine, cancel=never).scores["i0"] == pytest.approx(0.5 / 0.75)


def test_numbers_are_worth_what_lies_between_them():
    assert worths(["10", "4", "0"]) == pytest.approx([1, 0.4, 0])
    assert worths(["good", "fair", "bad"]) == [1, 0.5, 0]


def test_a_template_without_letters_is_a_problem_before_any_run():
    def what(text):
        return [p.what for p in check(TemplateSource(name="t", source=text), asks_by_letter=3)]

    numbered = "{% for m in candidates %}\n{{ loop.index }}. {{ m.title }}\n{% endfor %}\nAnswer:"
    assert what(numbered) == ["this method asks for a letter, and the `candidates` of the prompt have none"]
    assert what("Best:") == ["this method asks for a letter, and the prompt shows no candidates"]
    assert what(numbered.replace("loop.index", '"ABC"[loop.index0]')) == []


def test_a_method_that_goes_on_otherwise_than_the_template_is_pointed_out():
    template = TemplateSource(name="t", source="---\nmethod: letters\n---\nAnswer:")
    assert hints_of(Variant(template=template, method=Choice(name="setwise"))) == []
    (first, second) = hints_of(Variant(template=template, method=Choice(name="generation")))
    assert "where a letter comes next; generation has a list of titles there" in first
    assert "does not list the candidates" in second
