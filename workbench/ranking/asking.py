"""Asking many prompts at once: what is known together is read together, in groups, so that a stop is soon heard."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from workbench.engine.answers import Scores
from workbench.engine.protocol import Cancel, Engine, Request
from workbench.errors import Cancelled
from workbench.ranking.protocol import OnProgress, quiet
from workbench.records import Usage

T = TypeVar("T")
GROUP = 32
"""Most prompts that are handed to the engine at once: enough to keep it busy, and few enough to be told of."""


def grouped(entries: Iterable[T], size: int = GROUP) -> Iterator[list[T]]:
    """The entries in lists of `size`, the last one shorter; taken from the iterable when they are wanted."""
    rest = iter(entries)
    while group := list(islice(rest, size)):
        yield group


def ask_many(
    requests: Sequence[Request], engine: Engine, *, cancel: Cancel, on_progress: OnProgress = quiet
) -> list[Scores]:
    """The engine's answer to each request, in their order. Raises Cancelled between groups, as engines do within."""
    found: list[Scores] = []
    for group in grouped(requests):
        if cancel():
            raise Cancelled
        found += engine.loglikelihoods(group, cancel=cancel)
        on_progress(f"{len(found)} of {len(requests)} prompts", len(found) / len(requests))
    return found


def spent(found: Iterable[Scores]) -> Usage:
    return sum((scores.usage for scores in found), Usage())
