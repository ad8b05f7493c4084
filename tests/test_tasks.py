"""Tasks behind a page: what they tell, how they end, and that they wait for one another."""

import threading

from workbench.errors import Cancelled, CatalogError, Problem
from workbench.tasks import Tasks


def test_a_task_gives_its_result():
    task = Tasks().start("t", lambda on_progress, cancel: 42)
    task.wait()
    assert (task.result, task.problems, task.running) == (42, (), False)


def test_problems_and_what_nobody_foresaw_are_told():
    def wrong(on_progress, cancel):
        raise CatalogError(Problem("one"), Problem("two"))

    tasks = Tasks()
    task, other = tasks.start("a", wrong), tasks.start("b", lambda on_progress, cancel: 1 / 0)
    task.wait(), other.wait()
    assert [p.what for p in task.problems] == ["one", "two"]
    assert "unexpected ZeroDivisionError" in other.problems[0].what


def test_progress_stop_and_time_left():
    now = iter([0.0, 0.0, 10.0, 10.0])
    told, go_on = threading.Event(), threading.Event()

    def work(on_progress, cancel):
        on_progress("half", 0.5)
        told.set()
        go_on.wait(10)
        if cancel():
            raise Cancelled

    tasks = Tasks(clock=lambda: next(now))
    task = tasks.start("t", work)
    assert told.wait(10)
    assert (task.text, task.fraction, task.seconds_left) == ("half", 0.5, 10.0)
    assert tasks.start("t", work) is task  # at work already
    task.stop()
    go_on.set()
    task.wait()
    assert (task.result, task.problems) == (None, ())
    assert tasks.find("t") is task
    tasks.forget("t")
    assert tasks.latest is None


def test_one_waits_for_the_other_and_one_stopped_before_its_turn_never_works():
    go_on = threading.Event()
    tasks = Tasks()
    first = tasks.start("a", lambda on_progress, cancel: go_on.wait(10))
    second = tasks.start("b", lambda on_progress, cancel: "worked")
    assert {task.name for task in tasks.running} == {"a", "b"}
    assert second.seconds_left is None
    second.stop()
    go_on.set()
    first.wait(), second.wait()
    assert (first.result, second.result) == (True, None)
