"""Several askers of one engine get what each would alone, with fewer calls."""

import threading

import pytest
from test_engine import FAMILIES, small_engine

from workbench.engine.prefix_cache import NoCache
from workbench.engine.protocol import Sampling
from workbench.engine.scripted import ScriptedEngine
from workbench.engine.together import together
from workbench.errors import Cancelled, PromptTooLong, WorkbenchError

SAMPLING = Sampling(6)
TITLES = [" The Matrix", " Up", " Alien"]


class Counted(ScriptedEngine):
    """Keeps how many prompts each call was for, and the threads that asked."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.calls, self.threads = [], set()

    def loglikelihoods(self, requests, **kwargs):
        self.calls.append(("scores", len(requests)))
        self.threads.add(threading.get_ident())
        return super().loglikelihoods(requests, **kwargs)

    def generate_many(self, prompts, sampling, **kwargs):
        self.calls.append(("texts", len(prompts)))
        return super().generate_many(prompts, sampling, **kwargs)

    def states(self, texts, **kwargs):
        self.calls.append(("states", len(texts)))
        return super().states(texts, **kwargs)


def asker(n, steps=1):
    """One that writes, scores, and so on, as many times as it is told."""

    def work(engine):
        said = []
        for step in range(steps):
            said.append(engine.generate(f"viewer {n}, step {step}: a film", SAMPLING).text)
            said += [s.logprobs for s in engine.loglikelihood(f"viewer {n}: {said[-1]}", TITLES).scored]
        return said

    return work


def test_what_is_asked_at_the_same_time_is_one_call():
    engine = Counted()
    found = together(engine, [asker(n) for n in range(5)])
    assert engine.calls == [("texts", 5), ("scores", 5)]
    assert found == [asker(n)(ScriptedEngine()) for n in range(5)]
    assert engine.threads == {threading.get_ident()}


def test_those_that_are_done_early_do_not_hold_up_the_others():
    engine = Counted()
    together(engine, [asker(n, steps=n) for n in range(4)])
    assert engine.calls == [("texts", 3), ("scores", 3), ("texts", 2), ("scores", 2), ("scores", 1)]


def test_only_equal_samplings_are_written_together_and_states_go_alone():
    engine = Counted()
    works = [
        lambda e: e.generate("a", SAMPLING).text,
        lambda e: e.generate("b", SAMPLING).text,
        lambda e: e.generate("c", Sampling(2)).text,
        lambda e: e.states(["d", "e"]).shape,
        lambda e: e.loglikelihoods([("f", TITLES), ("g", TITLES)]),
    ]
    texts = together(engine, works)
    assert engine.calls == [("texts", 2), ("states", 2), ("scores", 2)]
    alone = ScriptedEngine()
    assert texts[:3] == [work(alone) for work in works[:3]]


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_model_answers_a_group_as_it_answers_each(family):
    found = together(small_engine(family), [asker(n, steps=2) for n in range(4)])
    for n, said in enumerate(found):
        alone = asker(n, steps=2)(small_engine(family, NoCache()))
        assert [s for s in said if isinstance(s, str)] == [s for s in alone if isinstance(s, str)]
        assert [s for s in said if not isinstance(s, str)] == [
            pytest.approx(s, abs=1e-4) for s in alone if not isinstance(s, str)
        ]


def test_an_error_is_told_to_whoever_asked_for_it_alone():
    engine = Counted(context_window=20)
    works = [lambda e: e.loglikelihood("short", TITLES), lambda e: e.loglikelihood("long " * 30, TITLES)]
    good, bad = together(engine, works)
    assert good == ScriptedEngine().loglikelihood("short", TITLES)
    assert isinstance(bad, PromptTooLong)


def test_an_asker_that_fails_by_itself_is_an_answer():
    def fails(engine):
        engine.generate("a", SAMPLING)
        raise WorkbenchError("no")

    bad, good = together(ScriptedEngine(), [fails, asker(1)])
    assert str(bad) == "no"
    assert good == asker(1)(ScriptedEngine())


@pytest.mark.timeout(60)
def test_a_stop_ends_all_of_them():
    engine, rounds, begun = Counted(), [], threading.active_count()

    def stop():
        rounds.append(1)
        return len(rounds) > 2

    with pytest.raises(Cancelled):
        together(engine, [asker(n, steps=50) for n in range(3)], cancel=stop)
    assert 0 < len(engine.calls) < 10
    assert threading.active_count() == begun


@pytest.mark.timeout(60)
def test_what_breaks_the_engine_itself_leaves_no_thread_behind():
    class Broken(ScriptedEngine):
        def generate_many(self, prompts, sampling, **kwargs):
            raise KeyboardInterrupt

    begun = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        together(Broken(), [asker(n) for n in range(3)])
    assert threading.active_count() == begun


def test_nobody_asks_nothing():
    assert together(ScriptedEngine(), []) == []
