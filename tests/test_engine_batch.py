"""Many prompts at once against one ordinary forward per continuation: whatever is shared, cached, cut or shuffled."""

import random
import threading

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engine import ENGINES, FAMILIES, TITLES, assert_close, reference, small_engine

from workbench.engine.packing import Forest, shared_length
from workbench.engine.passes import Limits
from workbench.engine.prefix_cache import NoCache, PrefixCache
from workbench.engine.protocol import Sampling
from workbench.errors import Cancelled, ModelError, PromptTooLong

FRAME = "the viewer will love: a film about the Matrix. "
LATE = [
    (f"{FRAME}is {title.strip()} one of them? ", ["Yes", "No", "Yes, of course"]) for title in TITLES if title != " Up "
]
"""Prompts that begin alike and differ late, as pointwise and pairwise methods ask."""


requests = st.lists(
    st.tuples(
        st.builds(
            lambda frame, own: FRAME[:frame] + own,
            st.sampled_from([0, 5, 20, len(FRAME)]),
            st.text("ab 喜é🎬", min_size=1, max_size=12),
        ),
        st.lists(st.text(alphabet="ab 喜é🎬", min_size=1, max_size=8), min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=7,
)


def limited(monkeypatch, tokens, rows=1000):
    """Passes of few tokens, so that little text is cut often."""
    monkeypatch.setattr("workbench.engine.passes.FrozenModel.limits", property(lambda self: Limits(tokens, rows)))


def check(engine, asked):
    found = engine.loglikelihoods(asked)
    for (prompt, continuations), scores in zip(asked, found, strict=True):
        assert_close(scores, reference(engine, prompt, continuations))
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tokens", [7, 60, 1000])
def test_prompts_that_differ_late_score_as_each_alone(family, tokens, monkeypatch):
    limited(monkeypatch, tokens)
    engine = small_engine(family)
    found = check(engine, LATE)
    read = sum(s.usage.prompt_tokens - s.usage.cached_tokens for s in found)
    assert read < sum(s.usage.prompt_tokens for s in found) / 2, "what they share is read once"
    again = check(engine, LATE)
    assert all(s.usage.cached_tokens == s.usage.prompt_tokens - 1 for s in again), "the last token is always read"


@settings(max_examples=30, deadline=None)
@given(asked=requests, family=st.sampled_from(sorted(FAMILIES)), tokens=st.integers(1, 40), rows=st.integers(1, 9))
def test_any_requests_score_as_each_alone(asked, family, tokens, rows):
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, tokens, rows)
        check(ENGINES[family], asked)


@settings(max_examples=25, deadline=None)
@given(asked=requests, seed=st.integers(0, 99), budget=st.sampled_from([0, 5_000, 1 << 28]))
def test_order_cache_and_its_budget_change_nothing(asked, seed, budget):
    plain = small_engine(cache=NoCache()).loglikelihoods(asked)
    order = random.Random(seed).sample(range(len(asked)), len(asked))
    engine = small_engine(cache=PrefixCache(budget))
    for _ in range(2):
        shuffled = engine.loglikelihoods([asked[i] for i in order])
        for place, scores in zip(order, shuffled, strict=True):
            assert [s.token_ids for s in scores.scored] == [s.token_ids for s in plain[place].scored]
            assert_close(scores, [list(s.logprobs) for s in plain[place].scored])
        assert engine._cache.bytes <= budget


def test_a_long_prompt_is_read_in_passes_and_kept():
    engine = ENGINES["gemma3, sliding"]
    prompt = "喜" * 400 + "the films of " * 60
    (scores,) = check(engine, [(prompt, TITLES)])
    assert scores.usage.prompt_tokens > 1024
    assert scores.usage.passes >= 2


def test_what_a_batch_costs_is_what_its_requests_cost_in_sum(monkeypatch):
    limited(monkeypatch, 30)
    engine = small_engine()
    passes = []
    read = engine._model.read
    monkeypatch.setattr(engine._model, "read", lambda tokens, *rest: passes.append(len(tokens)) or read(tokens, *rest))
    found = engine.loglikelihoods([*LATE, LATE[0]])
    assert sum(s.usage.passes for s in found) == len(passes)
    assert max(passes) <= 30
    assert found[0].scored == found[-1].scored, "the same question twice is one question"
    # Yes, No and the beginning of "Yes, of course" are read once for each prompt; last tokens are only predicted.
    assert sum(passes) < sum(s.usage.prompt_tokens - s.usage.cached_tokens + s.usage.scored_tokens for s in found)


def test_a_prompt_that_another_begins_with_and_equal_continuations():
    check(small_engine(), [("a film", [" of", " of", " of the"]), ("a film of the", [" Matrix"]), ("a film", [" of"])])


def test_nothing_asked_is_nothing_done():
    engine = small_engine()
    assert engine.loglikelihoods([]) == ()
    assert engine.loglikelihoods([("a film", [])])[0].scored == ()


def test_errors_name_what_is_wrong_before_anything_is_read():
    engine = small_engine()
    with pytest.raises(PromptTooLong):
        engine.loglikelihoods([*LATE, ("a film " * 3000, ["x"])])
    with pytest.raises(ModelError, match="empty"):
        engine.loglikelihoods([*LATE, ("", ["x"])])
    assert engine._cache.bytes == 0


def test_a_stopped_batch_keeps_what_it_read(monkeypatch):
    limited(monkeypatch, 16)
    engine, asked = small_engine(), iter([False, False, True])
    with pytest.raises(Cancelled):
        engine.loglikelihoods(LATE, cancel=lambda: next(asked))
    assert engine.loglikelihoods(LATE[:1])[0].usage.cached_tokens > 10


def test_others_get_their_turn_between_the_passes_of_a_batch(monkeypatch):
    limited(monkeypatch, 16)
    engine = small_engine()
    done = []

    def cancel():
        # Asked between passes: the lock must be free, or this thread would wait for ever.
        thread = threading.Thread(target=lambda: done.append(engine.generate("a", Sampling(max_tokens=1))))
        thread.start()
        thread.join(timeout=20)
        return False

    passes = sum(s.usage.passes for s in engine.loglikelihoods(LATE, cancel=cancel))
    assert len(done) == passes >= 3


@given(st.lists(st.lists(st.integers(0, 2), max_size=6), min_size=1, max_size=12))
def test_a_forest_spells_its_lists_and_knows_who_stands_before_whom(lists):
    forest, previous, paths = Forest(), [], {}
    for ids in sorted(lists):
        shared = shared_length(previous, ids)
        forest.branch(shared, ids[shared:])
        paths[tuple(ids)] = list(forest.path)
        previous = ids
    forest.close()
    assert len(forest.tokens) == len({tuple(ids[:n]) for ids in lists for n in range(1, len(ids) + 1)})
    for ids, path in paths.items():
        assert [forest.tokens[node] for node in path] == list(ids)
        assert [forest.depths[node] for node in path] == list(range(len(ids)))
        for q in path:
            before = [k for k in range(len(forest.tokens)) if k <= q < forest.ends[k]]
            assert before == path[: forest.depths[q] + 1]


@given(st.lists(st.integers(0, 1), max_size=9), st.lists(st.integers(0, 1), max_size=9), st.integers(0, 9))
def test_shared_length_counts_equal_beginnings(one, other, most):
    equal = 0
    while equal < min(len(one), len(other), most) and one[equal] == other[equal]:
        equal += 1
    assert shared_length(one, other, most=most) == equal


def pairs_of(tokens):
    """Pairs that tell which tokens they stand for, and after which: the running sum."""
    sums = torch.tensor(tokens, dtype=torch.float32).cumsum(0)
    return ((sums[None, None, :, None].clone(), -sums[None, None, :, None]),)


def kept(cache, tokens):
    return [pair for layers in cache.longest(tokens) for pair in layers[0][0].flatten().tolist()]


@given(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=8), max_size=12), st.integers(0, 12))
def test_the_cache_finds_the_longest_beginning_within_its_budget(lists, room):
    cache = PrefixCache(room * 8)
    seen = set()
    for ids in lists:
        sums = pairs_of(ids)[0][0].flatten().tolist()
        found = kept(cache, ids)
        assert found == sums[: len(found)]
        if room == 12 and len({tuple(i[:n]) for i in lists for n in range(1, len(i) + 1)}) <= room:
            known = [n for n in range(len(ids) + 1) if tuple(ids[:n]) in seen or n == 0]
            assert len(found) == max(known), "nothing had to be forgotten"
        cache.put(ids, 0, lambda a, b, ids=ids: tuple((k[:, :, a:b], v[:, :, a:b]) for k, v in pairs_of(ids)))
        seen |= {tuple(ids[:n]) for n in range(1, len(ids) + 1)}
        assert cache.bytes == sum(run.bytes for run in runs(cache)) <= cache.budget


def runs(cache):
    left = list(cache._root.children.values())
    while left:
        yield (run := left.pop())
        assert all(child.parent is run for child in run.children.values())
        left.extend(run.children.values())


def test_the_cache_forgets_what_was_used_least_recently_and_beginnings_last():
    def put(ids):
        cache.put(ids, 0, lambda a, b: tuple((k[:, :, a:b], v[:, :, a:b]) for k, v in pairs_of(ids)))

    cache = PrefixCache(8 * 8)
    put([1, 2, 3, 4])
    put([1, 2, 5, 6])
    cache.longest([1, 2, 3, 4])
    put([7, 8])
    assert len(kept(cache, [1, 2, 3, 4])) == 4
    put([9])
    assert kept(cache, [1, 2, 5, 6]) == [1, 3], "the end that was not asked for went, the shared beginning stays"
    assert kept(cache, [7, 8]) == [7, 15]


def test_pairs_after_a_forgotten_beginning_are_not_kept():
    cache = PrefixCache(1 << 10)
    cache.put([1, 2, 3], 2, lambda a, b: pairs_of([3]))
    assert cache.bytes == 0
