"""What a blind vote asks: two lists for one case at a time, in one order for all judges, with sides drawn for each."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from workbench.store.experiment import Entry, ExperimentPlan
from workbench.store.vote import Verdict, Vote

Lists = Mapping[int, Mapping[int, Sequence[str]]]
"""Entry -> case -> the first items of its list."""


@dataclass(frozen=True, slots=True)
class Question:
    """The lists of entries `a` and `b` (a < b) for one case; `left` is the one of the two to show on the left."""

    case_at: int
    a: int
    b: int
    left: int

    @property
    def right(self) -> int:
        return self.b if self.left == self.a else self.a

    @property
    def key(self) -> tuple[int, int, int]:
        return self.case_at, self.a, self.b

    def vote(self, judge: str, said: str) -> Vote:
        """The vote that `left`, `right`, `tie` or `bad` is: from sides to entries."""
        sides: dict[str, Verdict] = {
            "left": "a" if self.left == self.a else "b",
            "right": "b" if self.left == self.a else "a",
            "tie": "tie",
            "bad": "bad",
        }
        return Vote(judge, self.case_at, self.a, self.b, self.left, sides[said])


def pairs_of(entries: Iterable[Entry]) -> tuple[tuple[int, int], ...]:
    """Every two of the entries, the one of the lower place first."""
    return tuple(combinations(sorted(entry.position for entry in entries), 2))


def ballot(plan: ExperimentPlan, lists: Lists, pairs: Sequence[tuple[int, int]], judge: str) -> tuple[Question, ...]:
    """Every case under every pair, where both lists are there and differ: equal lists tell nothing.

    The order is one for all judges, so that those who stop early have judged the same; it is drawn by the plan's seed,
    each question for itself, so that results which come later move nothing. The sides are drawn for each judge.
    """
    found = [
        (case_at, a, b)
        for a, b in pairs
        for case_at, first in lists.get(a, {}).items()
        if case_at in lists.get(b, {}) and list(first) != list(lists[b][case_at])
    ]
    found.sort(key=lambda key: (_drawn(plan.seed, "order", *key), key))
    return tuple(Question(*key, left=_left(plan.seed, judge, *key)) for key in found)


def _left(seed: int, judge: str, case_at: int, a: int, b: int) -> int:
    return a if _drawn(seed, f"sides of {judge}", case_at, a, b) < 0.5 else b


def _drawn(seed: int, what: str, *key: int) -> float:
    return random.Random(f"{what}:{seed}:{key}").random()
