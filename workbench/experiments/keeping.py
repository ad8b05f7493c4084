"""What an experiment finds on its way into the store: asked for by the case, kept as it is made."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.records import Ranking
from workbench.store.experiment import Result
from workbench.store.store import Store

HOLD_SECONDS = 0.2
"""What took less than this waits for what comes next and is kept with it, for a transaction takes longer than a ranking
that a fast model makes. A model that takes its time has each ranking kept at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """A result and the ranking behind it, None where that failed; `held` says that the store had it already."""

    result: Result
    ranking: Ranking | None = None
    held: bool = False
    seconds: float = 0.0


@dataclass
class Keeper:
    """Not for several threads. Nothing is sure to be in the store before `flush`."""

    store: Store
    experiment_id: str
    _results: list[Result] = field(default_factory=list)
    _rankings: dict[str, tuple[Ranking, float]] = field(default_factory=dict)
    _since: float = 0.0
    _spent: float = 0.0
    _known: dict[str, Ranking | None] = field(default_factory=dict)

    def look_up(self, keys: Sequence[str]) -> None:
        """Ask the store for rankings that will be wanted next, all in one query; what was asked before is forgotten."""
        found = self.store.rankings_of(keys)
        self._known = {key: found.get(key) for key in keys}

    def ranking(self, key: str) -> Ranking | None:
        """The ranking of that key, if it is there: from the last `look_up`, else from the store."""
        if key not in self._known:
            self._known[key] = self.store.ranking_of(key)
        return self._known[key]

    def keep(self, found: Iterable[tuple[Made, Sequence[Result]]]) -> None:
        """Rankings with their results, and beside each the results that no ranking stands behind: all or none."""
        for made, beside in found:
            if not self._results:
                self._since = time.monotonic()
            self._spent += made.seconds
            self._results += [made.result, *beside]
            if made.ranking is not None and not made.held:
                self._rankings[made.result.key] = made.ranking, made.seconds
        if time.monotonic() - self._since + self._spent >= HOLD_SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._results:
            self.store.save_results(self.experiment_id, self._results, self._rankings)
        self._results, self._rankings, self._spent = [], {}, 0.0
