"""What a search has spent of its budget, over all its runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from workbench.search.config import Budget
from workbench.search.study import Tried

BEAT = 1.0
"""Seconds between two looks from outside."""
ROOM = 1.1
"""What the confirmation is expected to take, and a tenth more."""
FEWEST = 10
"""Cases that are confirmed on, whatever the budget."""


class Spending:
    """Seconds of work and passes of the model. Time goes by only within `clock`, so that a stopped search keeps what it
    has left."""

    def __init__(self, budget: Budget, seconds: float, passes: int, *, now: Callable[[], float]) -> None:
        self._budget, self._before, self._now = budget, seconds, now
        self.passes = passes
        self._started: float | None = None
        self._beaten = float("-inf")

    @property
    def seconds(self) -> float:
        running = self._now() - self._started if self._started is not None else 0.0
        return self._before + running

    @contextmanager
    def clock(self) -> Iterator[None]:
        self._started = self._now()
        try:
            yield
        finally:
            self._before, self._started = self.seconds, None

    def is_spent(self, reserve: Tried) -> bool:
        """Whether what is kept back for the confirmation is all that is left; at most half of the budget is."""
        limits = ((self.seconds, reserve.seconds, self._seconds), (self.passes, reserve.passes, self._budget.passes))
        return any(limit is not None and spent + min(ROOM * kept, limit / 2) >= limit for spent, kept, limit in limits)

    def affords(self, case: Tried, n: int) -> int:
        """How many of `n` cases, each of which takes as much, fit into what is left; never less than FEWEST."""
        limits = ((self.seconds, case.seconds, self._seconds), (self.passes, case.passes, self._budget.passes))
        fitting = [(limit - spent) / (ROOM * each) for spent, each, limit in limits if limit is not None and each > 0]
        return min([n, *(max(FEWEST, int(count)) for count in fitting)])

    @property
    def _seconds(self) -> float | None:
        return None if self._budget.minutes is None else 60 * self._budget.minutes

    def out_of_trials(self, n: int) -> bool:
        return self._budget.trials is not None and n >= self._budget.trials

    def beat(self) -> bool:
        """Whether it is time to say how far it is."""
        if self._now() - self._beaten < BEAT:
            return False
        self._beaten = self._now()
        return True
