"""An import at work behind a page: its progress can be looked at from any session, and it can be stopped."""

import threading
from collections.abc import Callable

from workbench.catalogs.importing.tally import Summary
from workbench.errors import Cancelled, Problem, WorkbenchError

Work = Callable[[Callable[[str, float], None], Callable[[], bool]], Summary]


class ImportJob:
    """Starts at once. `summary` and `problems` are set when `running` is no longer true; both empty: stopped."""

    def __init__(self, name: str, work: Work) -> None:
        self.name = name
        self.text, self.fraction = "starting", 0.0
        self.summary: Summary | None = None
        self.problems: tuple[Problem, ...] = ()
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"import-{name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Ask it to end; nothing of it is left."""
        self._stopping.set()

    def wait(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            self.summary = self._work(self._on_progress, self._stopping.is_set)
        except Cancelled:
            return
        except WorkbenchError as error:
            self.problems = error.problems
        except Exception as error:
            # The page tells whatever happens, a full disk included.
            self.problems = (Problem(f"unexpected {type(error).__name__}: {error}", f"import {self.name}"),)

    def _on_progress(self, text: str, fraction: float) -> None:
        self.text, self.fraction = text, fraction


class ImportJobs:
    """The imports of a server, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latest: ImportJob | None = None

    def start(self, name: str, work: Work) -> ImportJob:
        """Start one, or give the one that is running."""
        with self._lock:
            if self.latest is None or not self.latest.running:
                self.latest = ImportJob(name, work)
            return self.latest
