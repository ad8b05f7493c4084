"""Ranking by comparing candidates two at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, log2
from typing import ClassVar

from workbench.engine.protocol import Cancel, Engine
from workbench.options import option
from workbench.ranking.asking import grouped
from workbench.ranking.letters import CALIBRATED, Ballot, ask_all
from workbench.ranking.protocol import Outcome, Question
from workbench.records import Item, Prompt, Usage

Pair = tuple[Item, Item]
Wins = Callable[[Sequence[Pair]], list[float]]
"""The chance that the first of each pair is the better one."""
EVEN = 0.5 - 1e-9
"""From here on the first counts as no worse: the two orders of like texts sum to one but for rounding."""


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Pairwise ranking prompting, Qin et al. (2024), "Large Language Models are Effective Text Rankers with Pairwise
    Ranking Prompting". Each pair is asked in both orders and the chances averaged, so that the place in the prompt
    evens out. all: the score is the mean chance of winning. sort: a merge sort, the score is minus the place."""

    summary: ClassVar[str] = "Two candidates at a time, each pair asked in both orders."
    cost: ClassVar[str] = "sort: at most 2 n log2 n short prompts; all: n (n - 1); calibrated doubles it"
    asks_each_candidate: ClassVar[bool] = False
    writes_text: ClassVar[bool] = False
    asks_by_letter: ClassVar[int] = 2
    goes_on: ClassVar[str] = "a letter"
    needs_tokens: ClassVar[bool] = False

    comparisons: str = option(
        "sort",
        "Which pairs",
        "sort asks only what a merge sort needs; all asks every pair, which is steadier and costs more.",
        choices=("sort", "all"),
    )
    calibrated: bool = option(False, "Calibrated", f"{CALIBRATED} Asking in both orders evens out most of it.")

    @property
    def shows(self) -> int:
        return 2

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        items = question.inputs.candidates
        if self.comparisons == "sort":
            duels = _Duels(question, engine, self.calibrated, cancel, most_comparisons(len(items)))
            ordered = merge_sorted(items, duels.wins)
            scores = {item.id: -float(place) for place, item in enumerate(ordered, start=1)}
        else:
            pairs = list(combinations(items, 2))
            duels = _Duels(question, engine, self.calibrated, cancel, len(pairs))
            duels.wins(pairs)
            scores = {item.id: duels.mean(item) for item in items}
        return Outcome(
            scores,
            duels.prompt or question.render(question.inputs),
            duels.usage,
            explanations={item.id: duels.said(item) for item in items},
            warnings=duels.warnings,
        )


@dataclass(slots=True)
class _Duels:
    """Who was compared with whom, and what that cost."""

    question: Question
    engine: Engine
    calibrated: bool
    cancel: Cancel
    most: int
    """How many comparisons there may be in all."""
    prompt: Prompt | None = None
    usage: Usage = Usage()
    warnings: tuple[str, ...] = ()
    chances: dict[str, dict[str, float]] = field(default_factory=dict)
    """Item id -> id of each other that it was compared with -> chance of winning."""

    def wins(self, pairs: Sequence[Pair]) -> list[float]:
        """The chance that the first of each pair is the better one: the mean of it shown first and shown second."""
        found = []
        for group in grouped(pairs):
            both = [shown for a, b in group for shown in ((a, b), (b, a))]
            ballots = ask_all(both, self.question, self.engine, calibrated=self.calibrated, cancel=self.cancel)
            for (a, b), first, second in zip(group, ballots[::2], ballots[1::2], strict=True):
                found.append(self._keep(a, b, first, second))
            done = sum(map(len, self.chances.values())) // 2
            self.question.on_progress(f"{done} of at most {self.most} pairs", done / self.most)
        return found

    def mean(self, item: Item) -> float:
        found = self.chances.get(item.id)
        return sum(found.values()) / len(found) if found else 0.5

    def said(self, item: Item) -> str:
        found = self.chances.get(item.id)
        if not found:
            return "nothing to compare with"
        titles = {other.id: other.title for other in self.question.inputs.candidates}
        close = min(found, key=lambda i: abs(found[i] - 0.5))
        won = sum(chance > 0.5 for chance in found.values())
        return f"better than {won} of {len(found)}; closest: {found[close]:.1%} against {titles[close]}"

    def _keep(self, a: Item, b: Item, first: Ballot, second: Ballot) -> float:
        chance = (first.chances[0] + second.chances[1]) / 2
        self.chances.setdefault(a.id, {})[b.id] = chance
        self.chances.setdefault(b.id, {})[a.id] = 1 - chance
        self.prompt = self.prompt or first.prompt
        self.usage += first.usage + second.usage
        self.warnings = self.warnings or first.warnings
        return chance


def most_comparisons(n: int) -> int:
    """What a merge sort of n needs at most, where runs are halves of halves."""
    return sum(ceil(log2(i)) for i in range(2, n + 1))


def merge_sorted(items: Sequence[Item], wins: Wins) -> list[Item]:
    """Best first; of two that tie the one that came first. Neighbouring runs are merged, all of them in step, so that
    each call of `wins` has as many pairs as there are merges going on.

    Runs are halves of halves of the whole: where the last one is left over instead, more comparisons may be needed.
    """
    n, leaves = len(items), 1 << (len(items) - 1).bit_length()
    runs = [list(items[at * n // leaves : (at + 1) * n // leaves]) for at in range(leaves)]
    while len(runs) > 1:
        merges = [_Merge(left, right) for left, right in zip(runs[::2], runs[1::2], strict=True)]
        while going := [merge for merge in merges if merge.left and merge.right]:
            for merge, chance in zip(going, wins([(m.left[0], m.right[0]) for m in going]), strict=True):
                merge.taken.append((merge.left if chance > EVEN else merge.right).pop(0))
        runs = [[*m.taken, *m.left, *m.right] for m in merges]
    return runs[0]


@dataclass(frozen=True, slots=True)
class _Merge:
    """Two sorted runs on their way to one."""

    left: list[Item]
    right: list[Item]
    taken: list[Item] = field(default_factory=list)
