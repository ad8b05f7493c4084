import logging
import threading

import pytest

from workbench.errors import Cancelled, ModelError, Problem
from workbench.jobs import Runner
from workbench.records import Case, Ranking
from workbench.store.store import Store
from workbench.variant import TemplateSource, Variant

WAIT = 10


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def running(store):
    """Makes runners that are shut down at the end."""
    runners = []

    def run(recommend, **options):
        runners.append(Runner(store, recommend, **options))
        return runners[-1]

    yield run
    for runner in runners:
        runner.shutdown()


def start(store, labels="AB"):
    variants = [Variant(label=label, template=TemplateSource(name=label, source="x")) for label in labels]
    return store.start_comparison(
        "d1", catalog="movies", catalog_fingerprint="cf", case=Case(id="m1"), variants=variants, baseline="A"
    )


def statuses(store, comparison_id):
    return [run.status for run in store.comparison(comparison_id).runs]


def rank(variant, catalog, case, *, cancel, on_progress):
    return Ranking(case.id, f"{catalog} {variant.label}", (), ())


class Held:
    """A recommender that begins, says so, and goes on when released or cancelled."""

    def __init__(self):
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, variant, catalog, case, *, cancel, on_progress):
        on_progress(f"pass of {variant.label}", 0.25)
        self.begun.set()
        while not self.go_on.wait(0.001):
            if cancel():
                raise Cancelled
        return Ranking(case.id, variant.digest, (), ())


def test_every_variant_runs_and_its_ranking_is_kept(store, running):
    runner = running(rank)
    comparison_id = start(store)
    runner.submit(comparison_id)
    runner.wait()
    assert [run.ranking.variant_digest for run in store.comparison(comparison_id).runs] == ["movies A", "movies B"]
    assert statuses(store, comparison_id) == ["done", "done"]


def test_submit_returns_while_the_run_goes_on(store, running):
    held = Held()
    runner = running(held)
    comparison_id = start(store)
    runner.submit(comparison_id)
    assert held.begun.wait(WAIT)
    assert statuses(store, comparison_id) == ["running", "queued"]
    held.go_on.set()
    runner.wait()
    assert statuses(store, comparison_id) == ["done", "done"]


def test_submitting_twice_runs_once(store, running):
    held = Held()
    seen = []

    def counting(variant, *args, **named):
        seen.append(variant.label)
        return held(variant, *args, **named)

    runner = running(counting)
    comparison_id = start(store)
    runner.submit(comparison_id)
    assert held.begun.wait(WAIT)
    runner.submit(comparison_id)
    held.go_on.set()
    runner.wait()
    runner.submit(comparison_id)
    runner.wait()
    assert seen == ["A", "B"]


def test_stop_ends_the_run_at_work_and_marks_the_rest(store, running):
    held = Held()
    runner = running(held)
    comparison_id = start(store)
    runner.submit(comparison_id)
    assert held.begun.wait(WAIT)
    runner.stop(comparison_id)
    runner.wait()
    assert statuses(store, comparison_id) == ["stopped", "stopped"]


def test_stopping_a_queued_comparison_leaves_the_running_one_alone(store, running):
    held = Held()
    runner = running(held)
    first, second = start(store), start(store)
    runner.submit(first)
    runner.submit(second)
    assert held.begun.wait(WAIT)
    runner.stop(second)
    held.go_on.set()
    runner.wait()
    assert statuses(store, first) == ["done", "done"]
    assert statuses(store, second) == ["stopped", "stopped"]


def test_a_mendable_error_is_kept_with_all_its_problems_and_the_next_variant_runs(store, running):
    problems = (Problem("no such model", "model", "pull it"), Problem("too long"))

    def fail_a(variant, *args, **named):
        if variant.label == "A":
            raise ModelError(*problems)
        return rank(variant, *args, **named)

    runner = running(fail_a)
    comparison_id = start(store)
    runner.submit(comparison_id)
    runner.wait()
    first, second = store.comparison(comparison_id).runs
    assert (first.status, first.problems) == ("failed", problems)
    assert second.status == "done"


def test_an_unexpected_exception_is_a_short_failure_and_a_log_entry(store, running, caplog):
    def fail(*args, **named):
        raise ZeroDivisionError("one line\nand another")

    runner = running(fail)
    comparison_id = start(store, "A")
    with caplog.at_level(logging.ERROR):
        runner.submit(comparison_id)
        runner.wait()
    (run,) = store.comparison(comparison_id).runs
    assert run.status == "failed"
    assert run.problems[0].what == "unexpected ZeroDivisionError: one line"
    assert "Traceback" in caplog.text


def test_the_thread_outlives_a_comparison_that_is_not_in_the_store(store, running):
    runner = running(rank)
    runner.submit("nope")
    comparison_id = start(store)
    runner.submit(comparison_id)
    runner.wait()
    assert statuses(store, comparison_id) == ["done", "done"]


def test_progress_is_stored_at_most_five_times_a_second(store, running):
    time = 100.0
    seen = []

    def reporting(variant, catalog, case, *, cancel, on_progress):
        nonlocal time
        for step in range(5):
            time += 0.125
            on_progress(f"step {step}", step / 5)
            seen.append(store.comparison(comparison_id).runs[0].progress)
        return Ranking(case.id, variant.digest, (), ())

    runner = running(reporting, clock=lambda: time)
    comparison_id = start(store, "A")
    runner.submit(comparison_id)
    runner.wait()
    assert seen == ["starting", "step 1", "step 1", "step 3", "step 3"]
    assert store.comparison(comparison_id).runs[0].seconds == 0.625


def test_shutdown_leaves_unfinished_runs_to_be_resumed_and_may_be_repeated(store, running):
    held = Held()
    runner = running(held)
    comparison_id = start(store)
    runner.submit(comparison_id)
    assert held.begun.wait(WAIT)
    runner.shutdown()
    runner.shutdown()
    assert statuses(store, comparison_id) == ["interrupted", "interrupted"]
    again = running(rank)
    again.submit(comparison_id)
    again.wait()
    assert statuses(store, comparison_id) == ["done", "done"]
