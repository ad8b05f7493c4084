"""What an answer is for anybody depends on prompt and answer alone, whoever is asked along with it and whenever."""

from dataclasses import replace

import pytest
from sqlalchemy import event
from test_engine import ENGINES, FAMILIES, reference, small_engine

from workbench.engine.prefix_cache import NoCache
from workbench.engine.protocol import never
from workbench.engine.scripted import ScriptedEngine
from workbench.ranking.calibration import ANCHOR, totals_of
from workbench.ranking.likelihood import Likelihood
from workbench.ranking.protocol import Question
from workbench.records import Candidate, CatalogFacts, Item, Prompt, PromptInputs
from workbench.store.store import Store

# The small tokenizer has "The" and "the" as tokens: what begins with "e" takes the end of "th" along.
PROMPT = Prompt("a film of th")
APART, MERGING = ["Up", "Alien", "Amélie"], ["e viewer", "e Matrix"]
FACTS = CatalogFacts("movies", "Movies", "video", "en", "film", 3)


def question(memo, titles=(), text=PROMPT.text):
    items = tuple(Item(title, title, title) for title in titles)
    return Question(
        PromptInputs(FACTS, candidates=items),
        tuple(Candidate(item.id, 1.0, n, "given") for n, item in enumerate(items, start=1)),
        lambda inputs: Prompt(f"{inputs.description}{text}"),
        lambda item: item.title,
        {},
        memo=memo,
        memo_scope="weights",
    )


@pytest.fixture(autouse=True)
def no_space(monkeypatch):
    """Answers follow at once, as they do after a quote or a bracket."""
    monkeypatch.setattr("workbench.ranking.calibration.joined", lambda prompt, answer: answer)
    monkeypatch.setattr("workbench.ranking.likelihood.joined", lambda prompt, answer: answer)


def totals(answers, memo, engine, prompt=PROMPT):
    (found,), usage = totals_of(answers, (prompt,), question(memo), engine, cancel=never)
    return dict(zip(answers, found, strict=True)), usage


def test_the_tokenizer_merges_what_the_tests_need_merged():
    encode = ENGINES["llama"].tokenizer.encode
    alone = encode(PROMPT.text)
    assert encode(PROMPT.text + "Up")[: len(alone)] == alone
    assert encode(PROMPT.text + MERGING[0])[: len(alone)] != alone


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("parts", [[APART, MERGING], [MERGING, APART], [[*APART, *MERGING]], [MERGING[:1], APART]])
def test_who_was_asked_before_changes_no_difference(family, parts):
    engine, memo = ENGINES[family], {}
    for part in parts:
        totals(part, memo, engine)
    found, _ = totals([*APART, *MERGING], memo, engine)
    (together,) = [[sum(row) for row in reference(engine, PROMPT.text, [*APART, *MERGING])]]
    ours = [found[answer] - found["Up"] for answer in (*APART, *MERGING)]
    assert ours == pytest.approx([total - together[0] for total in together], abs=1e-3)
    # And each by itself is what it is alone, from the same place on.
    alone = [sum(row) for row in reference(engine, PROMPT.text, [ANCHOR, "Up"])]
    assert found["Up"] == pytest.approx(alone[1], abs=1e-3)


def test_an_anchor_of_several_tokens_is_asked_for_alone_once(monkeypatch):
    monkeypatch.setattr("workbench.ranking.calibration.ANCHOR", "Qx")
    engine, memo = small_engine(cache=NoCache()), {}
    first, usage = totals(APART, memo, engine)
    assert usage.passes == 2
    second, usage = totals(MERGING, memo, engine)
    assert usage.passes == 1
    together = [sum(row) for row in reference(engine, PROMPT.text, [*APART, *MERGING])]
    ours = [*first.values(), *second.values()]
    assert [o - ours[0] for o in ours] == pytest.approx([t - together[0] for t in together], abs=1e-3)


def test_an_answer_that_is_the_anchor_and_one_that_stands_twice():
    found, _ = totals([ANCHOR, "Up", "Up"], {}, ENGINES["llama"])
    expected = [sum(row) for row in reference(ENGINES["llama"], PROMPT.text, [ANCHOR, "Up"])]
    assert [found[ANCHOR], found["Up"]] == pytest.approx(expected, abs=1e-3)


def test_calibrated_scores_are_the_same_whatever_was_ranked_before():
    engine, memo = ENGINES["gpt2"], {}
    fresh = Likelihood().rank(question({}, [*APART, *MERGING]), engine, cancel=never)
    Likelihood().rank(question(memo, APART), engine, cancel=never)
    Likelihood().rank(question(memo, MERGING[:1]), engine, cancel=never)
    again = Likelihood().rank(question(memo, [*APART, *MERGING]), engine, cancel=never)

    def apart(found):
        return {title: score - found.scores["Up"] for title, score in found.scores.items()}

    assert apart(again) == pytest.approx(apart(fresh), abs=1e-3)


def test_what_is_kept_fits_into_any_database(database_url):
    """A column of PostgreSQL has room for what it was made for, and no more."""
    store = Store(database_url)
    asked = replace(question(store.memo), memo_scope=f"{'a' * 64}:bfloat16")
    engine = ScriptedEngine()
    first, _ = totals_of(["Alien"], (PROMPT,), asked, engine, cancel=never)
    again, usage = totals_of(["Alien"], (PROMPT,), asked, engine, cancel=never)
    assert (again, usage.passes) == (first, 0)
    store.close()


def test_the_memo_of_a_store_is_looked_into_once_and_written_to_once(database_url):
    store = Store(database_url)
    queries = []
    event.listen(store.memo._database.engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
    engine, titles = ScriptedEngine(), [f"Film {n}" for n in range(30)]
    prompts = [Prompt(f"{name} likes") for name in ("Ann", "Bob", "Eve")]

    def ask(answers, memo):
        return totals_of(answers, prompts, question(memo), engine, cancel=never)[0]

    def asked(answers):
        queries.clear()
        found = ask(answers, store.memo)
        return found, [query.split()[0] for query in queries if "memo" in query]

    expected = ask(titles, {})
    none_known = asked(titles[:20])
    assert none_known == ([row[:20] for row in expected], ["SELECT", "DELETE", "INSERT"])
    some_known = asked(titles)
    assert some_known == (expected, ["SELECT", "DELETE", "INSERT"])
    before = len(engine.asked)
    assert asked(titles) == (expected, ["SELECT"])
    assert len(engine.asked) == before
    store.close()
