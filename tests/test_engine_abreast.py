"""Texts written abreast are the texts written one by one."""

import pytest
from test_engine import ENGINES, FAMILIES, small_engine

from workbench.engine.prefix_cache import NoCache
from workbench.engine.protocol import Sampling
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import Cancelled, ModelError, PromptTooLong

PROMPTS = [
    "the viewer will love: a film " * 12,
    "a",
    "喜欢绿色食品 and",
    "the viewer will love: a film of the Matrix",
    "a",
]
"""Of lengths on both sides of the sliding windows, two alike."""


def one_by_one(engine, sampling):
    return [engine.generate(prompt, sampling) for prompt in PROMPTS]


def told(texts):
    return [(t.text, t.token_ids, t.finished) for t in texts]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("sampling", [Sampling(30), Sampling(30, temperature=1.2, top_p=0.9, seed=5)])
def test_texts_abreast_are_those_one_by_one(family, sampling):
    expected = one_by_one(small_engine(family, NoCache()), sampling)
    assert told(ENGINES[family].generate_many(PROMPTS, sampling)) == told(expected)
    assert len({t.text for t in expected}) == len(PROMPTS) - 1


def test_each_stops_at_its_own_stop_string_and_the_others_go_on():
    engine = ENGINES["llama"]
    stop = engine.generate(PROMPTS[0], Sampling(4)).text[-1:]
    found = engine.generate_many(PROMPTS, Sampling(25, stop=(stop,)))
    assert told(found) == told(one_by_one(engine, Sampling(25, stop=(stop,))))
    assert len({len(t.token_ids) for t in found}) > 1


def test_memory_for_fewer_texts_gives_the_same_in_more_passes(monkeypatch):
    engine = small_engine()
    whole = engine.generate_many(PROMPTS, Sampling(10))
    monkeypatch.setattr("workbench.engine.abreast.BYTES", 1)
    single = engine.generate_many(PROMPTS, Sampling(10))
    assert told(single) == told(whole)
    assert sum(t.usage.passes for t in single) > sum(t.usage.passes for t in whole)


def test_passes_are_counted_once_each():
    engine = small_engine()
    calls = []
    forward = engine._model.model.forward
    engine._model.model.forward = lambda *a, **k: calls.append(1) or forward(*a, **k)
    found = engine.generate_many(PROMPTS, Sampling(10))
    assert sum(t.usage.passes for t in found) == len(calls) <= len(PROMPTS) + 10
    assert [t.usage.generated_tokens for t in found] == [len(t.token_ids) for t in found]


def test_nothing_to_write_and_what_cannot_be_written():
    engine = small_engine()
    assert engine.generate_many([], Sampling(5)) == ()
    assert told(engine.generate_many(["a"], Sampling(0))) == [("", (), False)]
    with pytest.raises(ModelError, match="empty"):
        engine.generate_many(["a", ""], Sampling(5))
    with pytest.raises(PromptTooLong):
        engine.generate_many(["a", "a film " * 3000], Sampling(5))
    asked = iter([False] * 7 + [True])
    with pytest.raises(Cancelled):
        engine.generate_many(PROMPTS, Sampling(20), cancel=lambda: next(asked))


def test_the_engine_that_answers_as_told_answers_many():
    engine = ScriptedEngine()
    assert engine.generate_many(["x 1. a", "y"], Sampling(5)) == (
        engine.generate("x 1. a", Sampling(5)),
        engine.generate("y", Sampling(5)),
    )
