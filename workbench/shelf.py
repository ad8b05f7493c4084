"""A shelf for what is costly to make: each thing once, the least recently used put away first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock, RLock
from typing import Any, TypeVar

T = TypeVar("T")


class Shelf:
    """At most `size` things, each made once, the least recently used put away first. Makers of different things do
    not wait for one another; makers of the same thing do."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._things: OrderedDict[Hashable, Any] = OrderedDict()
        self._locks: dict[Hashable, RLock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            lock = self._locks.setdefault(key, RLock())
        with lock:
            with self._lock:
                if key in self._things:
                    self._things.move_to_end(key)
                    found: T = self._things[key]
                    return found
            thing = make()
            with self._lock:
                self._things[key] = thing
                while len(self._things) > self._size:
                    gone, _ = self._things.popitem(last=False)
                    self._locks.pop(gone, None)
            return thing
