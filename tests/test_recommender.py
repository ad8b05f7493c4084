"""One variant at work, on a catalog in memory and with a model that answers as told."""

from dataclasses import replace

import pytest
from small_shop import Letters, shop

from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.errors import Cancelled, PromptTooLong, VariantError
from workbench.preview import preview
from workbench.prompts.parts import OWN_TEXT, Part, parts_of, with_largest_part
from workbench.recommender import build, prepare
from workbench.records import Case, Exemplar, Prompt, Span
from workbench.retrieval import Embeddings
from workbench.variant import Choice, TemplateSource, Variant
from workbench.variant_checks import problems_of

EXEMPLARS = (
    Exemplar("e1", "sweet", answer=("b",)),
    Exemplar("e2", "sour", history=("d",), answer=("a",)),
)
SHOP = shop(
    [("u1", "a"), ("u2", "a"), ("u1", "c")], EXEMPLARS, a="Apple", b="Banana", c="Cherry", d="Date", e="Elderberry"
)
CASE = Case("k1", "something red", history=("d",), candidates=("b", "a", "e", "c"))
LIKELY = by_table({"Cherry": -1.0, "Elderberry": -2.0, "Banana": -3.0, "Apple": -4.0})
TEXT = """{% for e in exemplars %}{{ e.description }}: {{ e.answer[0].title }}
{% endfor %}{% for m in history %}{{ m.title }} {% endfor %}{{ user.description }}
Next:"""
STEPS = """---
steps:
  - name: taste
    max_tokens: 3
---
{% step taste %}Sum up: {{ user.description }}{% endstep %}
They like {{ taste }}. Next:"""
SUM = Choice(name="likelihood", options={"normalisation": "sum"})


def variant(text=TEXT, **named):
    named = {"retriever": Choice(name="given"), "method": SUM, **named}
    return Variant(template=TemplateSource(name="t", source=text), **named)


def recommender(engine, text=TEXT, **named):
    return build(variant(text, **named), SHOP, engine, Embeddings(Letters, None))


def told(text=TEXT, **named):
    return [str(p) for p in problems_of(variant(text, **named), SHOP)]


def test_variant_without_fault_has_no_problems():
    assert told() == told(STEPS) == []


def test_all_problems_of_all_parts_are_told_at_once():
    wrong = {
        "text": "{{ histry }}\n{{ user.age }} Next:",
        "method": Choice(name="likelihood", options={"weigth": 1, "normalisation": "max"}),
        "retriever": Choice(name="bm52"),
        "exemplars": Choice(name="random", options={"n": 0}),
        "fusion": Choice(name="zscores"),
    }
    found = told(**wrong)
    assert [line.partition(" — ")[0] for line in found] == [
        "t, line 1: `histry` is not defined",
        "t, line 2: the user has no `age`",
        "ranking method likelihood: unknown option 'weigth'",
        "ranking method likelihood: normalisation = 'max'",
        "candidate source: unknown candidate source 'bm52'",
        "exemplar policy random: n = 0",
        "fusion: unknown fusion 'zscores'",
    ]
    with pytest.raises(VariantError) as caught:
        recommender(ScriptedEngine(), **wrong)
    assert [str(p) for p in caught.value.problems] == found


def test_method_that_asks_for_a_label_wants_two_in_the_template():
    asks = Choice(name="pointwise")
    (problem,) = told("{{ candidate.title }}?", method=asks)
    assert "names fewer than two — add `labels: [Yes, No]`" in problem
    assert told("---\nlabels: [Yes, No]\n---\n{{ candidate.title }}?", method=asks) == []


def test_wrong_variant_never_reaches_the_engine():
    engine = ScriptedEngine()
    with pytest.raises(VariantError):
        recommender(engine, "{{ nothing }}")
    assert engine.asked == []


def test_case_becomes_a_ranking_of_every_candidate():
    engine = ScriptedEngine(LIKELY)
    chosen = variant()
    found = build(chosen, SHOP, engine, Embeddings(Letters, None)).recommend(CASE)
    assert [(r.item_id, r.rank, r.score, r.candidate_rank) for r in found.ranked] == [
        ("c", 1, -1.0, 4),
        ("e", 2, -2.0, 3),
        ("b", 3, -3.0, 1),
        ("a", 4, -4.0, 2),
    ]
    assert [c.item_id for c in found.candidates] == ["b", "a", "e", "c"]
    assert engine.asked == [found.prompt.text] == ["Date something red\nNext:"]
    assert (found.case_id, found.variant_digest, found.model) == ("k1", chosen.digest, engine.identity)
    assert (found.prompt_tokens, found.usage.passes, found.removed) == (4, 1, {"of the history": 1})


def test_candidates_that_the_text_leaves_out_follow_in_the_retrievers_order():
    engine = ScriptedEngine(texts={"Next:": "1. Elderberry\n2. Plum"})
    found = recommender(engine, method=Choice(name="generation")).recommend(CASE)
    assert [(r.item_id, r.left_out) for r in found.ranked] == [("e", False), ("b", True), ("a", True), ("c", True)]
    assert found.output == "1. Elderberry\n2. Plum"
    assert {line.line: line.kind for line in found.lines} == {"1. Elderberry": "exact", "2. Plum": "invented"}
    assert "3 of 4 candidates left out" in found.warnings


def test_step_is_written_first_and_read_by_the_prompt():
    engine = ScriptedEngine(LIKELY, texts={"Sum up": " red fruit only and nothing else"})
    found = recommender(engine, STEPS).recommend(CASE)
    assert engine.asked == ["Sum up: something red", "They like red fruit only. Next:"]
    assert (found.steps, found.prompt.text) == ({"taste": "red fruit only"}, engine.asked[1])
    assert (found.usage.generated_tokens, found.item_ids) == (3, ("c", "e", "b", "a"))


def test_exemplars_reach_the_prompt_in_their_order():
    engine = ScriptedEngine(LIKELY)
    picked = Choice(name="by_hand", options={"ids": ["e2", "e1"]})
    found = recommender(engine, exemplars=picked).recommend(CASE)
    assert found.prompt.text.startswith("sour: Apple\nsweet: Banana\n")
    assert (found.exemplar_ids, found.warnings) == (("e2", "e1"), ())


def test_blocked_exemplar_is_not_in_the_prompt_and_its_reason_is_told():
    picked = Choice(name="by_hand", options={"ids": ["e2", "e1"]})
    asked = recommender(ScriptedEngine(LIKELY), exemplars=picked)
    found = asked.recommend(CASE, blocked=lambda e: "same user" if e.id == "e2" else "")
    assert "sour" not in found.prompt.text
    assert (found.exemplar_ids, found.warnings) == (("e1",), ("e2: same user",))


def test_case_for_which_nothing_is_found_is_told():
    with pytest.raises(VariantError, match="no candidates for case 'k2' from bm25 — choose another source"):
        recommender(ScriptedEngine(), retriever=Choice(name="bm25")).recommend(Case("k2", "motorcycle"))


def test_prompt_beyond_the_window_is_told_with_what_takes_most_of_it():
    with pytest.raises(PromptTooLong) as raised:
        recommender(ScriptedEngine(context_window=3)).recommend(CASE)
    tokens, largest = raised.value.problems
    assert "tokens, the window has 3" in tokens.what
    assert largest.what.startswith("the largest part of the prompt is ")


def test_the_largest_part_is_a_kind_of_input_with_all_its_pieces():
    own = Prompt("a b c Alien", spans=(Span(6, 11, "history", "1"),))
    told = with_largest_part(PromptTooLong("too long"), own, ScriptedEngine().tokenizer)
    assert told.problems[1].what == "the largest part of the prompt is the template's own text: 3 of 4 tokens"
    prompt = Prompt("saw Alien Aliens", spans=(Span(4, 9, "history", "1"), Span(10, 16, "history", "2")))
    told = with_largest_part(PromptTooLong("too long"), prompt, ScriptedEngine().tokenizer)
    assert told.problems[0].what == "too long"
    assert "the history: 2 of 3 tokens, in 2 pieces" in told.problems[1].what


@pytest.mark.parametrize("method", ["likelihood", "generation"])
def test_cancelled_run_asks_the_model_nothing(method):
    engine = ScriptedEngine()
    with pytest.raises(Cancelled):
        recommender(engine, method=Choice(name=method)).recommend(CASE, cancel=lambda: True)
    assert engine.asked == []


def test_run_cancelled_after_the_first_step_stops_there():
    engine = ScriptedEngine()
    with pytest.raises(Cancelled):
        recommender(engine, STEPS).recommend(CASE, cancel=lambda: len(engine.asked) == 1)
    assert engine.asked == ["Sum up: something red"]


def test_progress_tells_each_stage_and_only_grows():
    told = []
    recommender(ScriptedEngine(), STEPS).recommend(CASE, on_progress=lambda *step: told.append(step))
    done = list(dict.fromkeys(text.partition("\n")[0] for text, _ in told))
    assert done == ["finding candidates", "writing taste", "ranking 4 candidates"]
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)


def test_what_is_written_is_told_as_it_comes():
    told = []
    engine = ScriptedEngine(texts={"Sum up": "red things", "Next": "1. Apple\n2. Date"})
    asked = recommender(engine, STEPS, method=Choice(name="generation", options={"max_tokens": 8}))
    found = asked.recommend(CASE, on_progress=lambda *step: told.append(step))
    written = [text.partition("\n")[::2] for text, _ in told if "\n" in text]
    assert written[:2] == [("writing taste", "red"), ("writing taste", "red things")]
    assert written[-1] == ("ranking: writing", found.output)
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)


def test_what_a_title_is_worth_for_anybody_is_asked_once():
    engine = ScriptedEngine()
    asked = recommender(engine, method=Choice(name="likelihood"))
    first = asked.recommend(CASE)
    assert engine.asked == ["Date something red\nNext:", "Next:"]
    again = asked.recommend(CASE)
    assert engine.asked[2:] == ["Date something red\nNext:"]
    assert first.ranked == again.ranked


def test_model_without_weight_is_not_asked():
    engine = ScriptedEngine()
    popular = Choice(name="sum", options={"model": 0.0, "popularity": 1.0})
    found = recommender(engine, fusion=popular).recommend(CASE)
    # Apple was taken twice, Cherry once, the others never, and those stay in the retriever's order.
    assert (found.item_ids, engine.asked) == (("a", "c", "b", "e"), [])


def previewed(text=TEXT, step=None, **named):
    chosen = variant(text, **named)
    prepared = prepare(chosen, SHOP, CASE, Embeddings(Letters, None))
    return preview(chosen, prepared, ScriptedEngine(context_window=50).tokenizer, step=step)


def test_preview_is_the_prompt_of_the_run_with_its_tokens_by_origin():
    picked = Choice(name="by_hand", options={"ids": ["e1"]})
    found = previewed(exemplars=picked)
    run = recommender(ScriptedEngine(), exemplars=picked).recommend(CASE)
    assert found.prompt == run.prompt
    assert found.prompt.text == "sweet: Banana\nDate something red\nNext:"
    # A word is a token; a line that a loop prints for an exemplar is all the exemplar's.
    assert (found.tokens, found.window, found.estimated) == (run.prompt_tokens, 50, False) == (6, 50, False)
    counted = {(p.kind, p.ref): p.tokens for p in found.parts}
    assert counted == {("exemplar", "e1"): 2, ("history", "d"): 1, ("user", ""): 2, (OWN_TEXT, ""): 1}


def test_preview_of_a_method_that_asks_each_is_of_the_first_candidate():
    text = "---\nlabels: [Yes, No]\n---\n{{ candidate.title }} or not?"
    assert previewed(text, method=Choice(name="pointwise")).prompt.text == "Banana or not?"


def test_preview_of_a_step_is_what_the_step_will_read():
    found = previewed(STEPS, step="taste")
    assert (found.prompt.text, found.step, found.tokens) == ("Sum up: something red", "taste", 4)


def test_preview_of_a_chat_has_the_models_own_chat_template_around_it():
    found = previewed("---\nformat: chat\n---\n{% user %}{{ user.description }}{% enduser %}")
    assert found.prompt.text == "<|start|>user\nsomething red<|end|>\n<|start|>assistant\n"
    assert sum(p.tokens for p in found.parts) == found.tokens == 5


def test_token_is_counted_where_its_end_lies():
    #       0123456789
    text = "I like tea"
    spans = (Span(2, 6, "user", ""), Span(7, 10, "history", "t"))
    offsets = [(0, 0), (0, 1), (1, 4), (4, 7), (7, 10)]
    assert text[4:7] == "ke "
    assert parts_of(spans, offsets) == (Part(OWN_TEXT, "", 3), Part("user", "", 1), Part("history", "t", 1))


def test_order_of_cases_does_not_matter():
    asked, other = recommender(ScriptedEngine()), replace(CASE, id="k2", description="sour")
    forth = [plain(asked.recommend(case)) for case in (CASE, other)]
    back = [plain(asked.recommend(case)) for case in (other, CASE)]
    assert forth == back[::-1]


def plain(ranking):
    """Without the times."""
    return replace(ranking, retrieval_seconds=0.0, usage=replace(ranking.usage, seconds=0.0))


ASKS = "{% query %}{{ history[0].title }} banana{% endquery %}\nNext:"


def test_query_of_the_template_is_what_the_source_looks_for_and_the_history_stays_out():
    asked = variant(ASKS, retriever=Choice(name="bm25"))
    prepared = prepare(asked, SHOP, CASE, Embeddings(Letters, None))
    assert prepared.retrieved.query == "Date banana"
    assert [c.item_id for c in prepared.retrieved.candidates] == ["b"]
    assert prepared.retrieved.removed == {"of the history": 1}


def test_query_is_kept_with_the_ranking_and_asked_of_no_source_that_goes_by_no_text():
    engine = ScriptedEngine(LIKELY)
    bm25 = recommender(engine, ASKS, retriever=Choice(name="bm25")).recommend(CASE)
    popular = recommender(engine, ASKS, retriever=Choice(name="popularity")).recommend(CASE)
    assert (bm25.query, bm25.item_ids) == ("Date banana", ("b",))
    assert (popular.query, bm25.prompt.text) == ("", "Next:")
