"""The background of the app: one thread that runs experiments, whoever looks on or closes the browser."""

import logging

from workbench.errors import WorkbenchError
from workbench.experiments.running import run_experiment
from workbench.store.store import Store
from workbench.worker import Worker
from workbench.workshop import Workshop

log = logging.getLogger(__name__)


class ExperimentRunner:
    """Runs what is submitted, one experiment after another; a thread of its own, so that comparisons of the page go on
    between passes of the model. Every call but `wait` and `shutdown` returns at once."""

    def __init__(self, store: Store, workshop: Workshop) -> None:
        self._store = store
        self._workshop = workshop
        self._worker = Worker("workbench-experiments", self._work)
        self.wait = self._worker.wait
        self.shutdown = self._worker.shutdown

    def submit(self, experiment_id: str) -> None:
        """Queue it, unless somebody is at it already, here or in another process."""
        if self._worker.is_closing() or self._store.experiment(experiment_id).active:
            return
        self._store.mark_experiment(experiment_id, "running")
        self._worker.put(experiment_id)

    def _work(self, experiment_id: str) -> None:
        try:
            self._run(experiment_id)
        except WorkbenchError as error:
            log.warning("experiment %s: %s", experiment_id, error)  # the store holds it for the page
        except Exception as error:
            log.exception("experiment %s broke off", experiment_id)
            self._store.mark_experiment(experiment_id, "failed", f"unexpected {type(error).__name__}: {error}")

    def _run(self, experiment_id: str) -> None:
        if self._worker.is_closing() or self._store.experiment(experiment_id).status != "running":
            self._store.mark_experiment(experiment_id, "stopped")  # stopped while it waited
            return
        run_experiment(self._store, self._workshop, experiment_id, cancel=self._worker.is_closing)
