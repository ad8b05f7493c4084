"""Where searches lie: a folder for each, beside the store, that survives whoever works in it being killed."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from pydantic import ValidationError

from workbench.errors import Problem, WorkbenchError
from workbench.search.plan import SearchPlan
from workbench.store.documents import Document

PATIENCE = 1.0
Status = Literal["running", "stopped", "done", "failed"]


class SearchError(WorkbenchError):
    """A search that can't be found, read, or worked on."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What came of the winner on the cases kept apart. `optimism` is its score in the search less the confirmed one;
    `verdict` is that of the paired difference to the best shipped default, "" where the winner is that default itself.
    `looks` counts the searches that have confirmed on these cases before, `failures` the results that failed."""

    experiment_id: str
    winner: str
    default: str
    searched: float
    confirmed: float
    low: float
    high: float
    n: int
    default_searched: float
    default_confirmed: float
    verdict: str
    words: str
    looks: int = 0
    failures: int = 0

    @property
    def optimism(self) -> float:
        return self.searched - self.confirmed

    def lines(self, measure: str) -> list[str]:
        """What came of it, in words."""
        lost = self.default_searched - self.default_confirmed
        found = [
            f"Winner: {self.winner}",
            f"{measure} in the search {self.searched:.4f}; on the {self.n} cases kept apart {self.confirmed:.4f} "
            f"[{self.low:.4f}, {self.high:.4f}]: optimism {self.optimism:+.4f}",
            f"The best shipped default, {self.default}: {self.default_searched:.4f} in the search, "
            f"{self.default_confirmed:.4f} on the cases kept apart: {lost:+.4f}",
            f"Verdict: {self.words}",
        ]
        if self.looks:
            times = f"{self.looks} other search{'es have' if self.looks > 1 else ' has'}"
            found.append(f"{times} been confirmed on some of these cases before: luck is more likely than p says.")
        if self.failures:
            found.append(f"{self.failures} results of the confirmation failed and count 0: the experiment says why.")
        return found


@dataclass(frozen=True, slots=True)
class State:
    """How far a search has come. `seconds` and `passes` are what was spent, over all its runs; `chosen` are the trials
    of (the best default, the winner) once it has been decided what is confirmed."""

    status: Status = "stopped"
    progress: str = ""
    problem: str = ""
    seconds: float = 0.0
    passes: int = 0
    ended: str = ""
    """Why the choosing came to its end."""
    chosen: tuple[int, int] | None = None
    n_confirmed: int = 0
    """On how many of the cases kept apart: what the budget has left may be too little for all."""
    experiment_id: str = ""
    confirmation: Confirmation | None = None


_PLAN, _STATE = Document(SearchPlan), Document(State)


@dataclass(frozen=True, slots=True)
class SearchFolder:
    """One search's files: `plan.json`, `state.json`, Optuna's journal, and the lock of whoever is at work."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def journal(self) -> Path:
        return self.path / "trials.journal"

    def plan(self) -> SearchPlan:
        """Raises SearchError."""
        try:
            return _PLAN.load((self.path / "plan.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise SearchError(Problem(f"no search {self.id!r} can be read", str(self.path))) from error

    def begin(self, plan: SearchPlan) -> None:
        """Keep the plan. Of one that is there already the budget may change, for as long as it is not confirmed."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self.state().chosen is None:
            self._write("plan.json", _PLAN.dump(plan))

    def state(self) -> State:
        try:
            return _STATE.load((self.path / "state.json").read_bytes())
        except FileNotFoundError:
            return State()

    def save(self, state: State) -> None:
        self._write("state.json", _STATE.dump(state))

    def ask_to_stop(self) -> None:
        """Whoever is at work ends before its next pass."""
        (self.path / "stop").touch()

    @property
    def is_asked_to_stop(self) -> bool:
        return (self.path / "stop").exists()

    @property
    def is_active(self) -> bool:
        """Whether somebody is at work, here or in another process."""
        try:
            with self.lock(patience=0.0):
                return False
        except SearchError:
            return True

    @contextmanager
    def lock(self, *, patience: float = PATIENCE) -> Iterator[None]:
        """Held by the one at work; the system lets go of it when a process is killed. One who only looks holds it for a
        moment, for which is waited. Raises SearchError."""
        self.path.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + patience
        with (self.path / "lock").open("w") as file:
            while not _locked(file):
                if time.monotonic() >= until:
                    fix = "wait for it, or stop it on the page Search"
                    raise SearchError(Problem("somebody is at work on this search", self.id, fix))
                time.sleep(PATIENCE / 20)
            yield

    def forget_stop(self) -> None:
        (self.path / "stop").unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all, whenever the process is killed."""
        part = self.path / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        os.replace(part, self.path / name)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def searches(data: Path) -> list[SearchFolder]:
    """The newest first."""
    found = [path.parent for path in (data / "searches").glob("*/plan.json")]
    return [SearchFolder(path) for path in sorted(found, key=lambda p: -(p / "plan.json").stat().st_mtime)]


def folder_of(data: Path, search_id: str) -> SearchFolder:
    return SearchFolder(data / "searches" / search_id)
