"""The background of the app: one thread that runs searches, whoever looks on or closes the browser."""

import logging
from dataclasses import replace

from workbench.errors import WorkbenchError
from workbench.search.folder import SearchFolder
from workbench.search.running import run_search
from workbench.store.store import Store
from workbench.worker import Worker
from workbench.workshop import Workshop

log = logging.getLogger(__name__)


class SearchRunner:
    """Runs what is submitted, one search after another. Every call but `wait` and `shutdown` returns at once."""

    def __init__(self, store: Store, workshop: Workshop) -> None:
        self._store, self._workshop = store, workshop
        self._waiting: set[str] = set()
        self._worker = Worker("workbench-searches", self._work)
        self.wait = self._worker.wait
        self.shutdown = self._worker.shutdown

    def submit(self, folder: SearchFolder) -> None:
        """Queue it, unless it is queued or somebody is at it already, here or in another process."""
        if self._worker.is_closing() or folder.id in self._waiting or folder.is_active:
            return
        folder.forget_stop()
        self._waiting.add(folder.id)
        self._worker.put(folder)

    def is_waiting(self, search_id: str) -> bool:
        """Whether it is queued or at work in this process."""
        return search_id in self._waiting

    def _work(self, folder: SearchFolder) -> None:
        try:
            if not self._worker.is_closing() and not folder.is_asked_to_stop:
                run_search(folder, self._store, self._workshop, cancel=self._worker.is_closing)
        except WorkbenchError as error:
            log.warning("search %s: %s", folder.id, error)  # its folder holds it for the page
        except Exception as error:
            log.exception("search %s broke off", folder.id)
            problem = f"unexpected {type(error).__name__}: {error}"
            folder.save(replace(folder.state(), status="failed", problem=problem))
        finally:
            self._waiting.discard(folder.id)
