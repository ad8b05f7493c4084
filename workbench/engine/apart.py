"""A stretch of work with a cache of its own, so that its answers do not hang on what was asked before it.

A number differs in its last bits with the pass that it was computed in, and a pass with what is still to be read.
"""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, Self


class Copied(Protocol):
    def copy(self) -> Self: ...


Known = dict[Hashable, Any]
"""What was read in a stretch: for each engine's cache the one that stood in for it."""
_KNOWN: ContextVar[Known | None] = ContextVar("known", default=None)


@contextmanager
def apart(known: Mapping[Hashable, Copied] | None = None) -> Iterator[Known]:
    """Within, in this thread: the caches of all engines hold what `known` has, and nothing else. Gives what they hold
    in the end; `known` stays as it is."""
    mine: Known = {key: cache.copy() for key, cache in (known or {}).items()}
    token = _KNOWN.set(mine)
    try:
        yield mine
    finally:
        _KNOWN.reset(token)


def known_apart() -> Known | None:
    """What stands in for the caches of engines in this thread, if it works apart."""
    return _KNOWN.get()
