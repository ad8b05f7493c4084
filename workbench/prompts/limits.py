"""Limits on what a template may spend: time, text, and the size of every value that it makes."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from jinja2.utils import Namespace

MAX_WEIGHT = 400_000
"""Of one value: characters of a string, entries of a list, those of its entries included."""
MAX_MADE = 20_000_000
"""Of all values that one render makes, together."""
MAX_WIDTH = 200
MAX_DEPTH = 50
MAX_BITS = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """What one render may spend."""

    seconds: float = 2.0
    """Of the processor in this thread, not of the clock: a busy machine stops no template."""
    characters: int = 400_000


class LimitReached(Exception):
    """A template that was stopped; the message says by which limit."""


@dataclass(slots=True)
class Render:
    """The render at hand in this thread."""

    limits: Limits
    tokens: tuple[str, ...] = ()
    step: str | None = None
    made: int = 0
    depth: int = 0
    started: float = field(default_factory=time.thread_time)

    def tick(self) -> None:
        """Called in every loop, macro, filter and print: what would run forever stops here."""
        if time.thread_time() - self.started > self.limits.seconds:
            raise LimitReached(f"stopped after {self.limits.seconds:g} s")

    def weigh(self, value: Any) -> None:
        """Count a value that the template made."""
        self.tick()
        found = weight(value)
        self.made += found
        if found > MAX_WEIGHT:
            raise LimitReached(f"stopped: a value of more than {MAX_WEIGHT:,} characters or entries")
        if self.made > MAX_MADE:
            raise LimitReached(f"stopped: values of more than {MAX_MADE:,} characters and entries together")


_current: ContextVar[Render] = ContextVar("render")


def current() -> Render:
    return _current.get()


@contextmanager
def rendering(render: Render) -> Iterator[None]:
    token = _current.set(render)
    try:
        yield
    finally:
        _current.reset(token)


def weight(value: Any, room: int = MAX_WEIGHT) -> int:
    """Characters and entries of a value with all that it holds; counting stops soon after `room`."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Namespace):
        value = object.__getattribute__(value, "_Namespace__attrs")
    parts = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
    if not isinstance(parts, (list, tuple, set, frozenset)):
        return 1
    total = 1
    for part in parts:
        if total > room:
            break
        total += weight(part, room - total)
    return total


def _refuse(unless: bool) -> None:
    if not unless:
        raise LimitReached(f"stopped: the result would be longer than {MAX_WEIGHT:,} characters or entries")


def small_arguments(value: Any, *args: Any, **kwargs: Any) -> None:
    for argument in (*args, *kwargs.values()):
        size = abs(argument) if isinstance(argument, (int, float)) else weight(argument)
        if size > MAX_WIDTH:
            raise LimitReached(f"stopped: {size:,} is more than {MAX_WIDTH}")


def small_replace(value: Any, old: Any, new: Any, *_: Any, **__: Any) -> None:
    times = str(value).count(str(old)) if old else len(str(value)) + 1
    _refuse(len(str(value)) + times * len(str(new)) <= MAX_WEIGHT)


def small_join(separator: Any, values: list[Any]) -> None:
    _refuse(weight(values) + len(str(separator)) * len(values) <= MAX_WEIGHT)


def small_format(text: Any, *args: Any, **kwargs: Any) -> None:
    """Widths written in the format count; widths taken from the arguments (`%*d`, `{:{}}`) are refused."""
    template = str(text).replace("{{", "")
    if re.search(r"%[^a-zA-Z%]*\*|\{[^{}]*\{", template):
        raise LimitReached("stopped: a width in a format has to be a number")
    widths = sum(int(n) for n in re.findall(r"[0-9]{1,9}", template))
    places = template.count("%") + template.count("{")
    _refuse(len(template) + widths + places * weight([*args, *kwargs.values()]) <= MAX_WEIGHT)


BEFORE_FILTER: dict[str, Callable[..., None]] = {
    "center": small_arguments,
    "indent": small_arguments,
    "wordwrap": small_arguments,
    "batch": small_arguments,
    "slice": small_arguments,
    "round": small_arguments,
    "tojson": small_arguments,
    "replace": small_replace,
    "format": small_format,
}
"""Filters whose result can be far larger than what they are given, each with what it must pass first."""

BEFORE_METHOD: dict[str, Callable[..., None]] = {
    "center": small_arguments,
    "ljust": small_arguments,
    "rjust": small_arguments,
    "zfill": small_arguments,
    "expandtabs": small_arguments,
    "replace": small_replace,
    "format": small_format,
}
"""The same for methods of strings."""


def before_operator(operator: str, left: Any, right: Any) -> None:
    """Refuse `*`, `**` and `%` where the result would be huge."""
    if operator == "%" and isinstance(left, str):
        small_format(left, right)
    elif operator == "*":
        sizes = [n if isinstance(n, int) else weight(n) for n in (left, right)]
        if isinstance(left, int) and isinstance(right, int):
            _refuse(left.bit_length() + right.bit_length() <= MAX_BITS)
        elif not isinstance(left, float) and not isinstance(right, float):
            _refuse(max(sizes[0], 0) * max(sizes[1], 0) <= MAX_WEIGHT)
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        _refuse(max(left.bit_length(), 1) * abs(right) <= MAX_BITS)
