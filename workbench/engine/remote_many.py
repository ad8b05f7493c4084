"""Many requests at a time that come out as if each had waited for the one before it."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import TypeVar

from workbench.engine.protocol import Cancel
from workbench.errors import Cancelled

T = TypeVar("T")
R = TypeVar("R")


class _Front:
    """The place of the first failure: nothing behind it is wanted any more, and all before it is, since an earlier
    failure is the one to be told of."""

    def __init__(self, places: int) -> None:
        self.place = places
        self._lock = Lock()

    def fall_back(self, place: int) -> None:
        with self._lock:
            self.place = min(self.place, place)


def in_order(ask: Callable[[T, Cancel], R], entries: Sequence[T], *, at_once: int, cancel: Cancel) -> Generator[R]:
    """`ask` of each entry, `at_once` of them at a time, answers in order.

    What the first failing entry in order raises is raised, and so is Cancelled. Those behind it that have not begun
    never do; those that have are told to stop by what `ask` is given to hear, and are not waited for. So it is with
    all that are left when the generator is closed.
    """
    front = _Front(len(entries))

    def asked(place: int) -> R:
        def stop() -> bool:
            return place > front.place or cancel()

        try:
            if stop():
                raise Cancelled
            return ask(entries[place], stop)
        except BaseException:
            front.fall_back(place)
            raise

    pool = ThreadPoolExecutor(max(1, min(at_once, len(entries))), "workbench-asking")
    try:
        # A context can be entered once at a time: each gets its own copy of the caller's.
        for future in [pool.submit(copy_context().run, asked, place) for place in range(len(entries))]:
            yield future.result()
    finally:
        front.fall_back(-1)
        pool.shutdown(wait=False, cancel_futures=True)
