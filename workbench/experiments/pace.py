"""How far an experiment is, how long it takes still, and word to the store that somebody is at work."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.store.store import Store

BEAT_EVERY = 1.0
"""Seconds between looks at the store whether to go on, and words to it that somebody is at work."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: `asked` of the `done` cells were ranked now, the others were there; `left` is in seconds."""

    done: int
    total: int
    asked: int
    failed: int
    left: float | None


OnCell = Callable[[Progress], None]


def quiet(progress: Progress) -> None:
    return None


@dataclass
class Pace:
    """Counts cells. `there` of the `total` were done when it began."""

    total: int = 0
    there: int = 0
    done: int = 0
    asked: int = 0
    failed: int = 0
    _started: float = field(default_factory=time.monotonic)
    _beaten: float = float("-inf")

    @property
    def progress(self) -> Progress:
        now_done = self.done - self.there
        left = (time.monotonic() - self._started) / now_done * (self.total - self.done) if now_done else None
        return Progress(self.done, self.total, self.asked, self.failed, left)

    def goes_on(self, store: Store, experiment_id: str) -> bool:
        """What the store says, asked and told how far it is once in a while."""
        if time.monotonic() - self._beaten < BEAT_EVERY:
            return True
        self._beaten = time.monotonic()
        now = self.progress
        return store.beat(experiment_id, f"{now.done} of {now.total} done, {now.failed} failed", now.left)
