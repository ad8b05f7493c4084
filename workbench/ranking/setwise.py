"""Ranking by choosing the best of small sets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from workbench.engine.protocol import Cancel, Engine
from workbench.options import option
from workbench.ranking.letters import CALIBRATED, MOST, Ballot, ask_all
from workbench.ranking.protocol import Outcome, Question
from workbench.records import Usage

Best = Callable[[Sequence[Sequence[int]]], list[int]]
"""For each set of numbers, which place in it has the best."""


@dataclass(frozen=True, slots=True)
class Setwise:
    """A heap sort whose every step shows a set and takes the likeliest letter, Zhuang et al. (2024), "A Setwise
    Approach for Effective and Highly Efficient Zero-shot Ranking". The first k places are chosen, and the score is
    minus the place; the others are left out and follow in the retriever's order."""

    summary: ClassVar[str] = "The best of a small set, again and again, until the first k places are filled."
    cost: ClassVar[str] = (
        "about n / (c - 2) prompts to begin with, then at most log n to the base c - 1 for each of k places; "
        "calibrated doubles it"
    )
    asks_each_candidate: ClassVar[bool] = False
    writes_text: ClassVar[bool] = False
    asks_by_letter: ClassVar[int] = 3
    goes_on: ClassVar[str] = "a letter"
    needs_tokens: ClassVar[bool] = False

    size: int = option(5, "Set size (c)", "How many candidates one prompt shows.", minimum=3, maximum=MOST)
    calibrated: bool = option(True, "Calibrated", CALIBRATED)

    @property
    def shows(self) -> int:
        return self.size

    def rank(self, question: Question, engine: Engine, *, cancel: Cancel) -> Outcome:
        items = question.inputs.candidates
        k = min(question.inputs.k, len(items))
        votes = _Votes(question, engine, self.calibrated, cancel, most_sets(len(items), k, self.size))
        order = heap_top(len(items), k, self.size, votes.best)
        places = {items[at].id: place for place, at in enumerate(order, start=1)}
        return Outcome(
            scores={item_id: -float(place) for item_id, place in places.items()},
            prompt=votes.first.prompt if votes.first else question.render(question.inputs),
            usage=votes.usage,
            explanations={item.id: votes.said(at, chosen=item.id in places) for at, item in enumerate(items)},
            warnings=votes.first.warnings if votes.first else (),
        )


@dataclass(slots=True)
class _Votes:
    """What was asked, and who was the best of its set with which chance."""

    question: Question
    engine: Engine
    calibrated: bool
    cancel: Cancel
    most: int
    """How many sets there may be in all."""
    first: Ballot | None = None
    asked: int = 0
    usage: Usage = Usage()
    won: dict[int, list[float]] = field(default_factory=dict)

    def best(self, sets: Sequence[Sequence[int]]) -> list[int]:
        items = self.question.inputs.candidates
        shown = [[items[at] for at in places] for places in sets]
        ballots = ask_all(shown, self.question, self.engine, calibrated=self.calibrated, cancel=self.cancel)
        for places, ballot in zip(sets, ballots, strict=True):
            self.won.setdefault(places[ballot.best], []).append(ballot.chances[ballot.best])
            self.usage += ballot.usage
            self.first = self.first or ballot
        self.asked += len(sets)
        self.question.on_progress(f"{self.asked} of at most {self.most} sets", self.asked / self.most)
        return [ballot.best for ballot in ballots]

    def said(self, at: int, *, chosen: bool) -> str:
        chances = self.won.get(at, [])
        if not chances:
            return "last of what was left" if chosen else "not among the first k, and best of no set"
        mean = sum(chances) / len(chances)
        said = (
            f"best of 1 set, with {mean:.1%}"
            if len(chances) == 1
            else f"best of {len(chances)} sets, with {mean:.1%} on average"
        )
        return said + ("" if chosen else "; not among the first k")


def heap_top(n: int, k: int, size: int, best: Best) -> list[int]:
    """The k best of the numbers below n, best first, by a heap in which each has size - 1 children.

    `best` is asked about a parent and its children in the order of their numbers, so that where it takes the first of
    those that tie, all that tie come out in order.
    """
    heap, width = list(range(n)), size - 1
    # Parents of one level have no descendant in common, so their sets are asked together.
    for parents in reversed(levels((n + width - 2) // width, width)):
        _sink(heap, parents, width, best)
    found: list[int] = []
    while heap and len(found) < k:
        found.append(heap[0])
        last = heap.pop()
        if heap:
            heap[0] = last
        if heap and len(found) < k:
            _sink(heap, [0], width, best)
    return found


def most_sets(n: int, k: int, size: int) -> int:
    """What `heap_top` shows at most: each number that sinks is shown once on each level that it may sink through."""
    width = size - 1
    begun = sum(_levels_below(parent, n, width) for parent in range((n + width - 2) // width))
    return begun + sum(_levels_below(0, n - taken, width) for taken in range(1, k))


def _levels_below(place: int, n: int, width: int) -> int:
    """How many levels of a heap of n lie below a place: its first child is on the longest way down."""
    found = 0
    while (place := place * width + 1) < n:
        found += 1
    return found


def levels(n: int, width: int) -> list[range]:
    """The first n places of a heap by their depth."""
    found, start, size = [], 0, 1
    while start < n:
        found.append(range(start, min(start + size, n)))
        start, size = start + size, size * width
    return found


def _sink(heap: list[int], parents: Sequence[int], width: int, best: Best) -> None:
    """Let what stands at `parents` sink below whoever is better, all of them in step."""
    going = list(parents)
    while families := [f for f in (_family(p, width, len(heap)) for p in going) if len(f) > 1]:
        shown = [sorted(heap[at] for at in family) for family in families]
        going = []
        for family, numbers, winner in zip(families, shown, best(shown), strict=True):
            at = heap.index(numbers[winner], family[0])
            if at != family[0]:
                heap[family[0]], heap[at] = heap[at], heap[family[0]]
                going.append(at)


def _family(parent: int, width: int, n: int) -> list[int]:
    """The places of a parent and its children."""
    return [parent, *range(parent * width + 1, min(parent * width + width + 1, n))]
