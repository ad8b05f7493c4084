"""What became of what the model wrote: invented, ambiguous, outside, repeated and left-out items as rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.records import Ranking

OF_LINES = ("invented", "ambiguous", "outside", "duplicate")
"""Shares of the lines that the model wrote."""
LEFT_OUT = "left out"
"""The share of the candidates that the method placed nowhere."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of how many."""

    found: int = 0
    of: int = 0

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.found / self.of if self.of else None

    def __add__(self, other: "Count") -> "Count":
        return Count(self.found + other.found, self.of + other.of)


def counts(ranking: Ranking) -> dict[str, Count]:
    """By name, how many lines of one ranking, or candidates for "left out", are so.

    `outside` names an item of the catalog that was no candidate; a duplicate names one that an earlier line named. A
    method that writes nothing has counts of no lines: nothing can be invented by it.
    """
    n = len(ranking.lines)
    kinds = {kind: sum(line.kind == kind for line in ranking.lines) for kind in ("invented", "ambiguous", "outside")}
    kinds["duplicate"] = sum(line.duplicate for line in ranking.lines)
    found = {name: Count(kinds[name], n) for name in OF_LINES}
    return {**found, LEFT_OUT: Count(sum(row.left_out for row in ranking.ranked), len(ranking.ranked))}


def rates(ranking: Ranking) -> dict[str, float | None]:
    """The counts of one ranking as rates from 0 to 1: one value a case, to be averaged, held against another variant's
    and tested as any measure is. None where there was no line."""
    return {name: count.rate for name, count in counts(ranking).items()}


def pooled(rankings: Sequence[Ranking]) -> dict[str, Count]:
    """The counts of many rankings, added up: each line weighs alike, however long its list was."""
    total: dict[str, Count] = {name: Count() for name in (*OF_LINES, LEFT_OUT)}
    for ranking in rankings:
        total = {name: total[name] + count for name, count in counts(ranking).items()}
    return total


def said(found: Mapping[str, Count]) -> dict[str, str]:
    """Each count as the page shows it, "2 of 9"; a dash where there was nothing to count."""
    return {name: f"{count.found} of {count.of}" if count.of else "–" for name, count in found.items()}
