"""Many prompts at a time over a server, from one thread and from several, give what one after the other gives."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import replace
from threading import Barrier, Event

import pytest
import remote_pair
from openai_server import MODEL
from remote_pair import engine_at

from workbench.engine.protocol import Sampling
from workbench.engine.remote_address import PARALLEL
from workbench.engine.remote_client import Refused
from workbench.engine.remote_many import in_order
from workbench.errors import Cancelled, ModelError, PromptTooLong
from workbench.records import Usage

PROMPTS = [f"the viewer of film {i} will love: the" for i in range(12)]
REQUESTS = [(prompt, [" Matrix", " Up", " Alien"][: 1 + i % 3]) for i, prompt in enumerate(PROMPTS)]
SHORT = Sampling(max_tokens=5)


base, faults, folder = remote_pair.base, remote_pair.faults, remote_pair.folder


@pytest.fixture(params=["a tokenizer's folder", "the server's own tokenizer", "no tokenizer"])
def remote(request, base, faults, folder, tmp_path):
    faults.no_tokenize = request.param != "the server's own tokenizer"
    engine = engine_at(base, tmp_path, tokenizer=folder if request.param == "a tokenizer's folder" else "")
    engine.trust()
    faults.most_at_once = 0
    return engine


def timeless(answers):
    return [replace(a, usage=replace(a.usage, seconds=0.0)) for a in answers]


def meets(faults, n):
    """Nothing is answered before n requests are there, and then before the next n are: fails where fewer come."""
    together = Barrier(n)
    faults.first = lambda body: together.wait(20) and None


# One call


def test_many_prompts_are_scored_as_one_by_one(remote, faults):
    one_by_one = [remote.loglikelihood(prompt, titles) for prompt, titles in REQUESTS]
    at_once = remote.loglikelihoods(REQUESTS)
    assert timeless(at_once) == timeless(one_by_one)
    assert 1 < faults.most_at_once <= PARALLEL
    assert all(scores.usage.seconds > 0 for scores in at_once)
    assert remote.loglikelihoods([]) == ()
    assert [len(s.scored) for s in remote.loglikelihoods([(PROMPTS[0], []), REQUESTS[1], ("", [])])] == [0, 2, 0]


def test_many_texts_are_written_as_one_by_one(remote, faults):
    sampling = replace(SHORT, temperature=0.8, seed=3)
    one_by_one = [remote.generate(prompt, sampling) for prompt in PROMPTS]
    assert faults.most_at_once == 1
    assert timeless(remote.generate_many(PROMPTS, sampling)) == timeless(one_by_one)
    assert 1 < faults.most_at_once <= PARALLEL
    assert remote.generate_many([], sampling) == ()


def test_the_seconds_of_a_call_sum_up_to_those_it_took(remote):
    for ask in (lambda: remote.loglikelihoods(REQUESTS), lambda: remote.generate_many(PROMPTS, SHORT)):
        started = time.perf_counter()
        spent = sum((answer.usage for answer in ask()), Usage()).seconds
        assert 0 < spent <= time.perf_counter() - started


def test_prompts_of_one_title_fill_every_place(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    remote.trust()
    meets(faults, PARALLEL)
    assert len(remote.loglikelihoods([(f"film {i}", [" Up"]) for i in range(2 * PARALLEL)])) == 2 * PARALLEL
    assert len(remote.generate_many([f"film {i}" for i in range(2 * PARALLEL)], SHORT)) == 2 * PARALLEL
    assert faults.most_at_once == PARALLEL


def test_the_address_says_how_many_are_asked_at_a_time(base, faults, folder, tmp_path):
    remote = engine_at(f"{base}?parallel=3&tokenizer={folder}", tmp_path)
    remote.trust()
    meets(faults, 3)
    assert len(remote.loglikelihoods(REQUESTS)) == len(REQUESTS)
    assert faults.most_at_once == 3


def test_a_slow_request_holds_nobody_up(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    expected = timeless(remote.loglikelihoods(REQUESTS))
    others, seen = Event(), []

    def first(body):
        if body["prompt"].startswith(PROMPTS[0]):
            assert others.wait(20)
        else:
            seen.append(body)
            if len(seen) == sum(len(titles) for _, titles in REQUESTS[1:]):
                others.set()

    faults.first = first
    assert timeless(remote.loglikelihoods(REQUESTS)) == expected
    assert others.is_set()


# Failures


@pytest.mark.parametrize("how", ["scored", "written"])
def test_a_failure_stops_the_rest_and_waits_for_none_behind_it(base, faults, folder, tmp_path, how):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    remote.trust()
    faults.asked.clear()
    there, over = Event(), Event()
    prompts = [f"film {i}:" for i in range(60)]

    def first(body):
        place = next(i for i, prompt in enumerate(prompts) if body["prompt"].startswith(prompt))
        if place == 5:
            there.set()
        if place > 2:
            over.wait(20)  # still in flight when the failure is told
        return 422 if place == 2 and there.wait(20) else None

    def ask():
        if how == "written":
            return remote.generate_many(prompts, SHORT)
        return remote.loglikelihoods([(prompt, [" Up"]) for prompt in prompts])

    faults.first = first
    with pytest.raises(Refused, match="not film 2:"):
        ask()
    assert len(faults.asked) <= 2 + PARALLEL
    over.set()
    faults.first = lambda body: None
    ask()
    # What was in flight, and had been stopped, was the last of the call that failed.
    assert len(faults.asked) <= 2 + PARALLEL + len(prompts)


def test_of_two_failures_the_first_in_order_is_told(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    remote.trust()
    later = Event()

    def first(body):
        if body["prompt"].startswith("film 6:"):
            later.set()
            return 422
        if body["prompt"].startswith("film 2:"):
            assert later.wait(20)
            return 422
        return None

    faults.first = first
    with pytest.raises(Refused, match="not film 2:"):
        remote.loglikelihoods([(f"film {i}:", [" Up"]) for i in range(PARALLEL)])


def test_what_can_be_refused_here_is_refused_before_anything_is_scored(base, faults, folder, tmp_path):
    faults.window = 64
    remote = engine_at(base, tmp_path, tokenizer=folder)
    faults.asked.clear()
    with pytest.raises(PromptTooLong):
        remote.loglikelihoods([*REQUESTS, ("a film " * 60, ["x"])])
    with pytest.raises(ModelError, match="the prompt is empty"):
        remote.loglikelihoods([*REQUESTS, ("", ["x"])])
    assert not faults.asked


def test_a_busy_server_is_asked_again_for_each(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    expected = timeless(remote.loglikelihoods(REQUESTS))
    faults.fail = [429, 503, 500]  # one fewer than a request is tried: one may get them all
    assert timeless(remote.loglikelihoods(REQUESTS)) == expected
    assert not faults.fail


def test_many_prompts_are_stopped_between_requests(base, faults, folder, tmp_path):
    remote = engine_at(base, tmp_path, tokenizer=folder)
    remote.trust()
    for ask in (
        lambda cancel: remote.loglikelihoods([(f"film {i}", [" Up"]) for i in range(60)], cancel=cancel),
        lambda cancel: remote.generate_many([f"film {i}" for i in range(60)], SHORT, cancel=cancel),
    ):
        before = len(faults.asked)
        with pytest.raises(Cancelled):
            ask(lambda before=before: len(faults.asked) >= before + 3)
        assert len(faults.asked) < before + 3 + PARALLEL


def test_a_stop_is_heard_while_others_have_all_the_places(base, faults, folder, tmp_path):
    remote = engine_at(f"{base}?parallel=1&tokenizer={folder}", tmp_path)
    remote.trust()
    there, over = Event(), Event()
    faults.first = lambda body: there.set() or (over.wait(20) and None)
    with ThreadPoolExecutor(1) as other:
        slow = other.submit(remote.generate, "film", SHORT)
        assert there.wait(20)
        with pytest.raises(Cancelled):
            remote.loglikelihoods(REQUESTS, cancel=there.is_set)
        with pytest.raises(Cancelled):
            remote.generate("film", SHORT, cancel=there.is_set)
        over.set()
        assert slow.result().text


def test_a_server_that_changes_within_a_call_is_tested_again(base, faults, folder, tmp_path):
    """A lost connection may mean another server, also to those who have not lost it."""
    remote = engine_at(f"{base}?parallel=1&tokenizer={folder}", tmp_path)
    remote.trust()

    def first(body):
        if body["prompt"].startswith(PROMPTS[1]):
            remote._client.losses += 1
            faults.shifted = True
        return None

    faults.first = first
    with pytest.raises(ModelError, match="can't be believed"):
        remote.loglikelihoods(REQUESTS)


def test_what_surrounds_the_caller_surrounds_each_request():
    word = ContextVar("word", default="")
    word.set("mine")
    assert list(in_order(lambda n, _: (n, word.get()), [1, 2, 3], at_once=2, cancel=lambda: False)) == [
        (1, "mine"),
        (2, "mine"),
        (3, "mine"),
    ]


# Several threads


def test_eight_threads_at_one_engine_are_answered_as_one_is(remote, faults):
    def ask(i):
        prompt, titles = REQUESTS[i]
        return (
            *timeless([remote.loglikelihood(prompt, titles)]),
            *timeless(remote.loglikelihoods(REQUESTS[i : i + 3])),
            *timeless([remote.generate(prompt, SHORT)]),
            *timeless(remote.generate_many(PROMPTS[i : i + 3], SHORT)),
        )

    expected = [ask(i) for i in range(8)]
    faults.most_at_once = 0
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == expected
    assert 1 < faults.most_at_once <= PARALLEL


def test_eight_threads_that_come_first_test_the_server_once(base, faults, folder, tmp_path):
    alone = engine_at(base, tmp_path, tokenizer=folder)
    faults.asked.clear()
    alone.trust()
    test = len(faults.asked)
    remote = engine_at(base, tmp_path, tokenizer=folder)
    faults.asked.clear()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda prompt: remote.loglikelihood(prompt, [" Up"]), PROMPTS[:8]))
    assert len(faults.asked) == test + 8


def test_threads_of_a_server_with_chats_only_find_that_out_and_write(base, faults, tmp_path):
    faults.chat_only = True
    remote = engine_at(base, tmp_path)
    texts = remote.generate_many(PROMPTS, SHORT)
    assert [t.text for t in texts] == [remote.generate(prompt, SHORT).text for prompt in PROMPTS]
    asked = [path for path, body in faults.asked if body.get("model") == MODEL]
    assert asked.count("/v1/completions") <= PARALLEL
