"""The Runner: one background thread that runs comparisons from the store and keeps each ranking as it is done."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from workbench.engine.protocol import Cancel
from workbench.errors import Cancelled, Problem, WorkbenchError
from workbench.records import Case, Ranking
from workbench.store.comparison import Comparison, Run
from workbench.store.store import Store
from workbench.variant import Variant
from workbench.worker import Worker

log = logging.getLogger(__name__)

OnProgress = Callable[[str, float], None]
"""What is being done, and how much of the run is, from 0 to 1; after a line break, what the model has written."""

PROGRESS_SECONDS = 0.2
"""Progress is stored this often at most: a method may report every pass."""


class Recommend(Protocol):
    """Ranks one case as a variant says. Raises WorkbenchError, and Cancelled between passes once `cancel()` is true."""

    def __call__(
        self, variant: Variant, catalog: str, case: Case, *, cancel: Cancel, on_progress: OnProgress
    ) -> Ranking: ...


class Runner:
    """Runs what is submitted, one variant after another. Every call returns at once but `wait` and `shutdown`, and
    may come from any thread. Only one Runner may work on a store: a new one marks what it finds unfinished as
    interrupted, since its server must be gone; submitting such a comparison again resumes it."""

    def __init__(self, store: Store, recommend: Recommend, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._recommend = recommend
        self._clock = clock
        self._lock = threading.Lock()
        self._active: set[str] = set()
        self._stopping: set[str] = set()
        self._worker = Worker("workbench-runner", self._work)
        self.wait = self._worker.wait
        store.interrupt_unfinished()

    def submit(self, comparison_id: str) -> None:
        """Queue the comparison's unfinished runs. One that is queued or running already is not queued again."""
        with self._lock:
            if self._worker.is_closing() or comparison_id in self._active:
                return
            self._active.add(comparison_id)
        self._store.resume(comparison_id)
        self._worker.put(comparison_id)

    def stop(self, comparison_id: str) -> None:
        """Mark the unfinished runs as stopped; the one at work ends before its next pass."""
        with self._lock:
            if comparison_id in self._active:
                self._stopping.add(comparison_id)
        self._store.stop(comparison_id)

    def shutdown(self) -> None:
        """End the run at work before its next pass, and leave what is unfinished as interrupted. May be repeated."""
        if self._worker.is_closing():
            return
        self._worker.shutdown()
        self._store.interrupt_unfinished()

    def _work(self, comparison_id: str) -> None:
        try:
            self._run_comparison(comparison_id)
        finally:
            with self._lock:
                self._active.discard(comparison_id)
                self._stopping.discard(comparison_id)

    def _run_comparison(self, comparison_id: str) -> None:
        comparison = self._store.comparison(comparison_id)
        for run in comparison.runs:
            if self._cancelled(comparison_id):
                return
            if run.status == "queued":
                self._run_variant(comparison, run)

    def _run_variant(self, comparison: Comparison, run: Run) -> None:
        started = self._clock()
        on_progress = self._throttled(comparison.id, run.position)
        on_progress("starting", 0.0)
        try:
            ranking = self._recommend(
                run.variant,
                comparison.catalog,
                comparison.case,
                cancel=lambda: self._cancelled(comparison.id),
                on_progress=on_progress,
            )
        except Cancelled:
            return
        except Exception as error:
            problems = problems_of_failure(error, run.label)
            self._store.save_failure(comparison.id, run.position, problems, seconds=self._clock() - started)
        else:
            self._store.save_ranking(comparison.id, run.position, ranking, seconds=self._clock() - started)

    def _cancelled(self, comparison_id: str) -> bool:
        return self._worker.is_closing() or comparison_id in self._stopping

    def _throttled(self, comparison_id: str, position: int) -> OnProgress:
        next_write = float("-inf")

        def on_progress(text: str, fraction: float) -> None:
            nonlocal next_write
            if self._clock() >= next_write:
                next_write = self._clock() + PROGRESS_SECONDS
                self._store.set_progress(comparison_id, position, text=text, fraction=fraction)

        return on_progress


def problems_of_failure(error: Exception, label: str) -> tuple[Problem, ...]:
    """What to keep of a run's error: the user's to mend as it is, any other by its name, in full in the log."""
    if isinstance(error, WorkbenchError):
        return error.problems
    log.error("variant %s failed unexpectedly", label, exc_info=error)
    lines = str(error).strip().splitlines()
    what = f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
    return (Problem(f"unexpected {what}", f"variant {label}", "the server's log has the details"),)
