"""The background of the app: one thread that runs experiments, whoever looks on or closes the browser."""

import logging
import queue
import threading

from workbench.errors import WorkbenchError
from workbench.experiments.running import run_experiment
from workbench.store.store import Store
from workbench.workshop import Workshop

log = logging.getLogger(__name__)


class ExperimentRunner:
    """Runs what is submitted, one experiment after another; a thread of its own, so that comparisons of the page go on
    between passes of the model. Every call but `wait` and `shutdown` returns at once."""

    def __init__(self, store: Store, workshop: Workshop) -> None:
        self._store = store
        self._workshop = workshop
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def submit(self, experiment_id: str) -> None:
        """Queue it, unless somebody is at it already, here or in another process."""
        if self._closing.is_set() or self._store.experiment(experiment_id).active:
            return
        self._store.mark_experiment(experiment_id, "running")
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="workbench-experiments", daemon=True)
            self._thread.start()
        self._queue.put(experiment_id)

    def wait(self) -> None:
        """Block until everything submitted so far has come to its end."""
        self._queue.join()

    def shutdown(self) -> None:
        """End the case at work before its next pass; what is left can be resumed. May be repeated."""
        self._closing.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while (experiment_id := self._queue.get()) is not None:
            try:
                self._run(experiment_id)
            except WorkbenchError as error:
                log.warning("experiment %s: %s", experiment_id, error)  # the store holds it for the page
            except Exception as error:
                log.exception("experiment %s broke off", experiment_id)
                self._store.mark_experiment(experiment_id, "failed", f"unexpected {type(error).__name__}: {error}")
            finally:
                self._queue.task_done()
        self._queue.task_done()

    def _run(self, experiment_id: str) -> None:
        if self._closing.is_set() or self._store.experiment(experiment_id).status != "running":
            self._store.mark_experiment(experiment_id, "stopped")  # stopped while it waited
            return
        run_experiment(self._store, self._workshop, experiment_id, cancel=self._closing.is_set)
