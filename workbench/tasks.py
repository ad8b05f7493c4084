"""Work behind a page: its progress can be looked at from any session, it can be stopped, and no page waits for it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from workbench.errors import Cancelled, Problem, WorkbenchError

log = logging.getLogger(__name__)
OnProgress = Callable[[str, float], None]
"""What is being done, and how much of it is, from 0 to 1."""
Work = Callable[[OnProgress, Callable[[], bool]], Any]
"""Gets what to tell its progress to, and what says whether to stop; raises Cancelled to end early."""
TELLING = 0.02
"""The share that has to be done before the time left is guessed."""


class Task:
    """Begins when the tasks before it have ended. `result` or `problems` are set when `running` is no longer true;
    neither: stopped."""

    def __init__(self, name: str, work: Work, turn: threading.Lock, clock: Callable[[], float]) -> None:
        self.name = name
        self.text, self.fraction = "waiting", 0.0
        self.result: Any = None
        self.problems: tuple[Problem, ...] = ()
        self._work, self._turn, self._clock = work, turn, clock
        self._began = clock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"task-{name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None while too little is done to tell."""
        if self.fraction < TELLING:
            return None
        return (self._clock() - self._began) * (1 - self.fraction) / self.fraction

    def stop(self) -> None:
        """Ask it to end at its next look."""
        self._stopping.set()

    def wait(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        with self._turn:
            self._began = self._clock()
            self.text = "starting"
            try:
                if not self._stopping.is_set():
                    self.result = self._work(self._on_progress, self._stopping.is_set)
            except Cancelled:
                return
            except WorkbenchError as error:
                self.problems = error.problems
            except Exception as error:
                # The page tells whatever happens, a full disk included.
                log.exception("%s broke off", self.name)
                self.problems = (Problem(f"unexpected {type(error).__name__}: {error}", self.name),)

    def _on_progress(self, text: str, fraction: float) -> None:
        self.text, self.fraction = text, min(1.0, fraction)


class Tasks:
    """The tasks of one kind of a server, one after another; the latest of each name is kept."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._tasks: dict[str, Task] = {}

    def start(self, name: str, work: Work) -> Task:
        """Start one, or give the one of that name that is at work."""
        with self._lock:
            known = self._tasks.pop(name, None)
            if known is None or not known.running:
                known = Task(name, work, self._turn, self._clock)
            self._tasks[name] = known
            return known

    def find(self, name: str) -> Task | None:
        return self._tasks.get(name)

    @property
    def latest(self) -> Task | None:
        """The one that was started last."""
        with self._lock:
            return next(reversed(self._tasks.values()), None)

    @property
    def running(self) -> list[Task]:
        with self._lock:
            return [task for task in self._tasks.values() if task.running]

    def forget(self, name: str) -> None:
        """Its end has been read, and is told no more."""
        with self._lock:
            self._tasks.pop(name, None)
