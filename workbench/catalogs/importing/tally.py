"""What an import keeps and drops: everything counted by its reason, the first ones listed with file and line."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from workbench.errors import Cancelled, Problem

LISTED = 50
EVERY = 20_000
"""Rows between two looks at whether to go on."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many rows (or cells) of a kind were left out for one reason."""

    kind: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of an import. `problems` are the first of what was dropped, each with file and line."""

    name: str
    folder: str
    kept: Mapping[str, int] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0


class Tally:
    """Counts while an import runs. Raises Cancelled at a row once `cancel()` is true."""

    def __init__(self, on_progress: Callable[[str, float], None], cancel: Callable[[], bool]) -> None:
        self.kept: Counter[str] = Counter()
        self._dropped: Counter[tuple[str, str]] = Counter()
        self.problems: list[Problem] = []
        self._on_progress = on_progress
        self._cancel = cancel

    def drop(self, kind: str, reason: str, where: str, line: int, found: object = None) -> None:
        """Count a row or cell that is left out; `found` is what stood there."""
        self._dropped[kind, reason] += 1
        if len(self.problems) < LISTED:
            what = reason if found is None else f"{reason}: {str(found)[:80]!r}"
            self.problems.append(Problem(what, f"{kind}, {where}", line=line))

    def at(self, kind: str, fraction: float) -> None:
        if self._cancel():
            raise Cancelled
        self._on_progress(f"{self.kept[kind]:,} {kind}", fraction)

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        return tuple(Dropped(kind, reason, count) for (kind, reason), count in self._dropped.most_common())
