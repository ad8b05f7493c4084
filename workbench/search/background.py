"""The background of the app: one thread that runs searches, whoever looks on or closes the browser."""

import logging
import queue
import threading
from dataclasses import replace

from workbench.errors import WorkbenchError
from workbench.search.folder import SearchFolder
from workbench.search.running import run_search
from workbench.store.store import Store
from workbench.workshop import Workshop

log = logging.getLogger(__name__)


class SearchRunner:
    """Runs what is submitted, one search after another. Every call but `wait` and `shutdown` returns at once."""

    def __init__(self, store: Store, workshop: Workshop) -> None:
        self._store, self._workshop = store, workshop
        self._queue: queue.Queue[SearchFolder | None] = queue.Queue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._waiting: set[str] = set()

    def submit(self, folder: SearchFolder) -> None:
        """Queue it, unless it is queued or somebody is at it already, here or in another process."""
        if self._closing.is_set() or folder.id in self._waiting or folder.is_active:
            return
        folder.forget_stop()
        self._waiting.add(folder.id)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="workbench-searches", daemon=True)
            self._thread.start()
        self._queue.put(folder)

    def is_waiting(self, search_id: str) -> bool:
        """Whether it is queued or at work in this process."""
        return search_id in self._waiting

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
        while (folder := self._queue.get()) is not None:
            try:
                if not self._closing.is_set() and not folder.is_asked_to_stop:
                    run_search(folder, self._store, self._workshop, cancel=self._closing.is_set)
            except WorkbenchError as error:
                log.warning("search %s: %s", folder.id, error)  # its folder holds it for the page
            except Exception as error:
                log.exception("search %s broke off", folder.id)
                problem = f"unexpected {type(error).__name__}: {error}"
                folder.save(replace(folder.state(), status="failed", problem=problem))
            finally:
                self._waiting.discard(folder.id)
                self._queue.task_done()
        self._queue.task_done()
