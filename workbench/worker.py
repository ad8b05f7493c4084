"""One background thread that works off what it is given, one after another."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Worker(Generic[T]):
    """Begins its thread with the first thing that it is given. Every call but `wait` and `shutdown` returns at once,
    and may come from any thread."""

    def __init__(self, name: str, work: Callable[[T], None]) -> None:
        self._name, self._work = name, work
        self._queue: queue.Queue[T | None] = queue.Queue()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, thing: T) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self._queue.put(thing)

    def is_closing(self) -> bool:
        """For the work to look at: it should end soon, and what still waits should only be put away."""
        return self._closing.is_set()

    def wait(self) -> None:
        """Block until everything given so far has been worked off."""
        self._queue.join()

    def shutdown(self) -> None:
        """End the thread, after the work has had what still waits. May be repeated."""
        with self._lock:
            first = not self._closing.is_set()
            self._closing.set()
        if self._thread is not None:
            if first:
                self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (thing := self._queue.get()) is not None:
            try:
                self._work(thing)
            except Exception:
                # The thread outlives whatever happens to one thing, a full disk included.
                log.exception("%s: %s broke off", self._name, thing)
            finally:
                self._queue.task_done()
        self._queue.task_done()
