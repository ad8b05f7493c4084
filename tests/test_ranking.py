import math
from itertools import count

import pytest

from workbench.engine.protocol import never
from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.errors import Cancelled, PromptTooLong, TemplateError, VariantError
from workbench.options import build_from
from workbench.ranking import METHODS
from workbench.ranking.generation import Generation
from workbench.ranking.joining import joined
from workbench.ranking.likelihood import NOTHING_READ, Likelihood
from workbench.ranking.order import to_ranked
from workbench.ranking.pointwise import Pointwise
from workbench.ranking.protocol import Outcome, Question
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs

ITEMS = tuple(Item(i, title, f"{title}.") for i, title in [("a", "Alien"), ("u", "Up"), ("h", "His Girl Friday")])
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 3)
CANDIDATES = tuple(Candidate(item.id, 1.0 / n, n, "dense") for n, item in enumerate(ITEMS, start=1))


def text_of(inputs):
    """A template in Python: who asks, then one candidate or all of them."""
    asked = f"Like {inputs.candidate.title}? Answer:" if inputs.candidate else "The user will love:"
    listed = "".join(f"{n}. {item.title}\n" for n, item in enumerate(inputs.candidates, start=1))
    return Prompt(f"{inputs.description}\n{listed}{asked}")


def question(description="dark films", *, render=text_of, labels=(), memo=None, titles=None):
    return Question(
        inputs=PromptInputs(FACTS, description=description, candidates=ITEMS),
        candidates=CANDIDATES,
        render=render,
        answer_text=lambda item: item.title,
        titles=titles or {item.id: item.title for item in ITEMS},
        labels=labels,
        memo={} if memo is None else memo,
        memo_scope="weights",
    )


def here_and_for_anybody(here, anybody):
    """Log-probabilities of titles: some for this user, others where nothing is said of a user."""
    return lambda prompt, continuation: (here if "dark" in prompt else anybody).get(continuation.strip(), -1.0)


def test_sum_ranks_by_the_likelihood_of_the_title():
    engine = ScriptedEngine(by_table({"Alien": -4.0, "Up": -2.0, "His Girl Friday": -3.0}))
    found = Likelihood(normalisation="sum").rank(question(), engine, cancel=never)
    assert found.scores == pytest.approx({"a": -4.0, "u": -2.0, "h": -3.0})
    assert found.explanations["h"] == "-3.00 over 3 tokens"
    assert found.usage.passes == 1


def test_mean_divides_by_the_number_of_tokens():
    engine = ScriptedEngine(by_table({"Alien": -4.0, "Up": -2.0, "His Girl Friday": -3.0}))
    found = Likelihood(normalisation="mean").rank(question(), engine, cancel=never)
    assert found.scores == pytest.approx({"a": -4.0, "u": -2.0, "h": -1.0})


def test_calibrated_takes_off_what_the_title_is_for_anybody():
    here = {"Alien": -4.0, "Up": -2.0, "His Girl Friday": -3.0}
    anybody = {"Alien": -9.0, "Up": -1.0, "His Girl Friday": -3.5}
    engine = ScriptedEngine(here_and_for_anybody(here, anybody))
    found = Likelihood().rank(question(), engine, cancel=never)
    assert found.scores == pytest.approx({"a": 5.0, "u": -1.0, "h": 0.5})
    assert found.explanations["a"] == "-4.00 here − 1 × -9.00 for anybody, 1 token"


def test_the_weight_says_how_much_is_taken_off():
    here = {"Alien": -4.0, "Up": -2.0, "His Girl Friday": -3.0}
    anybody = {"Alien": -9.0, "Up": -1.0, "His Girl Friday": -3.5}
    engine = ScriptedEngine(here_and_for_anybody(here, anybody))
    found = Likelihood(weight=0.5).rank(question(), engine, cancel=never)
    assert found.scores == pytest.approx({"a": 0.5, "u": -1.5, "h": -1.25})


def test_the_content_free_prompt_says_nothing_of_user_and_candidates():
    engine = ScriptedEngine()
    Likelihood().rank(question(), engine, cancel=never)
    assert engine.asked[1] == "\nThe user will love:"


def test_content_free_scores_are_computed_once():
    memo, engine = {}, ScriptedEngine()
    first = Likelihood().rank(question(memo=memo), engine, cancel=never)
    again = Likelihood().rank(question(memo=memo), engine, cancel=never)
    assert [first.usage.passes, again.usage.passes] == [2, 1]
    assert again.scores == first.scores
    # Three titles and the anchor.
    assert len(memo) == 3 + 1


def test_only_titles_that_the_memo_lacks_are_asked_for():
    memo, engine = {}, ScriptedEngine()
    Likelihood().rank(question(memo=memo), engine, cancel=never)
    del memo[next(key for key in memo if key.startswith("prior:"))]
    again = Likelihood().rank(question(memo=memo), engine, cancel=never)
    # All titles for the user; for nobody the one that is missing, of one token, beside the anchor.
    assert again.usage.scored_tokens == 5 + 1 + 1


def test_a_memo_of_another_model_is_not_read():
    memo, engine = {}, ScriptedEngine()
    Likelihood().rank(question(memo=memo), engine, cancel=never)
    other = question(memo=memo)
    object.__setattr__(other, "memo_scope", "other weights")
    assert Likelihood().rank(other, engine, cancel=never).usage.passes == 2


def test_a_prompt_that_ignores_the_user_is_warned_of():
    found = Likelihood().rank(question(render=lambda inputs: Prompt("Best film:")), ScriptedEngine(), cancel=never)
    assert set(found.scores.values()) == {0.0}
    assert found.warnings == (NOTHING_READ,)


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_what_rounding_leaves_of_the_same_question_is_no_score(weight):
    asked = count(1)
    rounding = ScriptedEngine(lambda prompt, title: -len(title) - 1e-6 * next(asked))
    same = question(render=lambda inputs: Prompt("Best film:"))
    found = Likelihood(weight=weight).rank(same, rounding, cancel=never)
    # What the memo keeps of it decides, and that is the same on every day.
    again = Likelihood(weight=weight).rank(same, rounding, cancel=never)
    assert found.scores == again.scores
    assert (set(found.scores.values()) == {0.0}) == (weight == 1.0)


def test_a_template_that_needs_a_history_says_what_calibration_asked_of_it():
    def render(inputs):
        if not inputs.description:
            raise TemplateError("history[0] is not there")
        return text_of(inputs)

    with pytest.raises(TemplateError, match=r"renders the template without user(.|\n)*history\[0\]"):
        Likelihood().rank(question(render=render), ScriptedEngine(), cancel=never)


def chances(yes):
    """log P(Yes) and log P(No) by what the prompt asks about."""

    def logprob(prompt, continuation):
        p = next(p for title, p in yes.items() if title in prompt)
        return math.log(p if continuation.strip() == "Yes" else 1 - p)

    return logprob


def test_pointwise_with_two_labels_is_the_chance_of_the_first():
    engine = ScriptedEngine(chances({"Like Alien": 0.8, "Like Up": 0.1, "Like His": 0.5}))
    found = Pointwise().rank(question(labels=("Yes", "No")), engine, cancel=never)
    assert found.scores == pytest.approx({"a": 0.8, "u": 0.1, "h": 0.5})
    assert found.explanations["a"] == "Yes 80.0%, No 20.0%"
    assert found.prompt.text.endswith("Like Alien? Answer:")


def test_pointwise_with_three_labels_is_their_expected_worth():
    engine = ScriptedEngine(by_table({"good": math.log(0.5), "fair": math.log(0.3), "poor": math.log(0.2)}))
    found = Pointwise().rank(question(labels=("good", "fair", "poor")), engine, cancel=never)
    assert found.scores["a"] == pytest.approx(0.5 * 1 + 0.3 * 0.5)


def test_pointwise_calibrated_compares_with_nobody():
    def logprob(prompt, continuation):
        yes = 0.9 if "dark" in prompt else 0.75
        return math.log(yes if continuation.strip() == "Yes" else 1 - yes)

    found = Pointwise(calibrated=True).rank(question(labels=("Yes", "No")), ScriptedEngine(logprob), cancel=never)
    # Odds 9 against odds 3 are odds 3.
    assert found.scores["a"] == pytest.approx(0.75)


def test_pointwise_without_labels_says_how_to_name_them():
    with pytest.raises(VariantError, match=r"1 labels(.|\n)*labels: \[Yes, No\]"):
        Pointwise().rank(question(labels=("Yes",)), ScriptedEngine(), cancel=never)


def written(text, *, method=Generation(), **more):
    return method.rank(question(**more), ScriptedEngine(texts={"will love": text}), cancel=never)


def test_generation_scores_by_the_place_in_the_text():
    found = written("1. Up\n2. His Girl Friday\n3. Alien")
    assert found.scores == {"u": 1.0, "h": 1 / 2, "a": 1 / 3}
    assert found.warnings == ()


def test_generation_counts_what_is_not_in_the_list():
    found = written("1. Up\n2. Star Wreck\n3. Up\n4. Heat", titles={"u": "Up", "x": "Heat"})
    assert found.scores == {"u": 1.0}
    assert [line.kind for line in found.lines] == ["exact", "invented", "exact", "outside"]
    assert found.warnings == ("1 invented", "1 outside", "1 mentioned again", "2 of 3 candidates left out")


def test_a_text_without_a_list_is_a_result_in_the_retrievers_order():
    found = written("I am sorry.")
    assert found.scores == {}
    assert "no list could be read from the text: the order is the retriever's" in found.warnings
    assert [row.item_id for row in to_ranked(found, CANDIDATES)] == ["a", "u", "h"]


def test_a_cut_text_is_said_to_be_cut_and_its_last_title_completed():
    found = written("1. Up\n2. His Girl Friday", method=Generation(max_tokens=5))
    assert found.output == "1. Up\n2. His Girl"
    assert found.lines[1].item_id == "h"
    assert found.warnings[0] == "the text was cut at the token limit"


def test_a_stop_string_ends_the_text_and_what_comes_after_it_is_not_read():
    text = "1. Up\n2. Alien\n\nNot these:\n1. His Girl Friday"
    assert list(written(text).scores) == ["u", "a", "h"]
    found = written(text, method=Generation(stop=r"###|\n\n"))
    assert (found.output, list(found.scores)) == ("1. Up\n2. Alien", ["u", "a"])


def test_numbers_name_candidates_only_if_told_so():
    assert list(written("3, 1").scores) == ["h", "a"]
    assert written("3, 1", method=Generation(numbered=False)).scores == {}


def test_left_out_candidates_follow_in_the_retrievers_order():
    rows = to_ranked(Outcome({"h": 1.0}, Prompt("")), CANDIDATES)
    assert [(r.item_id, r.rank, r.score, r.left_out) for r in rows] == [
        ("h", 1, 1.0, False),
        ("a", 2, None, True),
        ("u", 3, None, True),
    ]


def test_equal_scores_keep_the_retrievers_order():
    rows = to_ranked(Outcome({"h": 1.0, "u": 1.0, "a": 1.0}, Prompt("")), CANDIDATES)
    assert [r.item_id for r in rows] == ["a", "u", "h"]


@pytest.mark.parametrize(
    ("prompt", "continuation"),
    [
        ("The user will love:", " Alien"),
        ("The user will love: ", "Alien"),
        ("The user will love:\n", "Alien"),
        ('The user will love: "', "Alien"),
        ('like "Up", not "Heat"', " Alien"),
        ("The user will love “", "Alien"),
        ("The user will love (", "Alien"),
        ("推荐：", "Alien"),
        ("他会喜欢", "Alien"),
        ("他会喜欢《", "Alien"),
        ("", "Alien"),
    ],
)
def test_an_answer_joins_a_prompt_as_people_write(prompt, continuation):
    assert joined(prompt, "Alien") == continuation


@pytest.mark.parametrize("name", METHODS)
def test_every_method_stops_when_it_is_told_to(name):
    method = build_from(METHODS, name, {}, where="ranking method")
    with pytest.raises(Cancelled):
        method.rank(question(labels=("Yes", "No")), ScriptedEngine(), cancel=lambda: True)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_tells_of_a_prompt_too_long(name):
    method = build_from(METHODS, name, {}, where="ranking method")
    with pytest.raises(PromptTooLong):
        method.rank(question(labels=("Yes", "No")), ScriptedEngine(context_window=3), cancel=never)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_the_same_answer_again(name):
    method = build_from(METHODS, name, {}, where="ranking method")
    asked = question(labels=("Yes", "No"))
    found = method.rank(asked, ScriptedEngine(), cancel=never)
    assert method.rank(asked, ScriptedEngine(), cancel=never).scores == found.scores
    assert set(found.scores) == {"a", "u", "h"}


def test_an_unknown_option_is_an_error():
    with pytest.raises(VariantError, match="did you mean 'weight'"):
        build_from(METHODS, "likelihood", {"wieght": 1.0}, where="ranking method")
