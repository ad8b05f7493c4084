"""Marks: invisible characters that remember, through a render, which text came from which input.

A template writes text. Around what comes from an item, an exemplar or the user's description stand single characters
of a private-use plane; the same is done for printed values, roles and steps. `read_back` turns them into offsets.
Inputs and sources are cleared of these characters first, so no text can forge them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from workbench.records import SpanKind

Role = Literal["system", "user", "assistant"]
CLOSE = "\U000ffff0"
VALUE_OPEN, VALUE_CLOSE = "\U000ffff1", "\U000ffff2"
STEP_OPEN, STEP_CLOSE = "\U000ffff3", "\U000ffff4"
ROLE_OPEN: dict[Role, str] = {"system": "\U000ffff5", "user": "\U000ffff6", "assistant": "\U000ffff7"}
ROLE_CLOSE = "\U000ffff8"
_FIRST_MARK, _LAST_MARK = 0x100000, 0x10FFFD
_RESERVED = re.compile("[\U000ffff0-\U0010ffff]")
_LINE_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
MAX_ROUNDS = 4
"""Breaking one control token can, for odd token sets, form another; after a few rounds nothing sensible is left."""


class Text(str):
    """A string that remembers how it is printed, marks included. Any operation on it gives a plain string."""

    raw: str

    def __new__(cls, value: str, raw: str) -> "Text":
        text = super().__new__(cls, value)
        text.raw = raw
        return text


def without_marks(text: str) -> str:
    """`text` without any character that this module reserves."""
    return _RESERVED.sub("", text)


def one_line(text: str) -> str:
    """Input text as it enters a prompt: reserved characters gone, line breaks and control characters as one space."""
    return _LINE_BREAKS.sub(" ", without_marks(text)).strip()


@lru_cache(maxsize=32)
def control_pattern(tokens: tuple[str, ...]) -> re.Pattern[str] | None:
    """Matches any of the control tokens, the longest first; None when there are none worth matching."""
    wanted = sorted({t for t in tokens if len(t.strip()) > 1}, key=lambda t: (-len(t), t))
    return re.compile("|".join(map(re.escape, wanted))) if wanted else None


def broken(text: str, tokens: tuple[str, ...]) -> str:
    """`text` with every control token in it broken by a space after its first character."""
    pattern = control_pattern(tokens)
    for _ in range(MAX_ROUNDS):
        if pattern is None or not pattern.search(text):
            break
        text = pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
    return text


def printed(text: str, tokens: tuple[str, ...]) -> str:
    """A value as it is written into the prompt."""
    return f"{VALUE_OPEN}{broken(without_marks(text), tokens)}{VALUE_CLOSE}" if text else ""


def marked(value: str, mark: str, tokens: tuple[str, ...]) -> Text:
    """Input text that is printed inside its mark."""
    clean = one_line(value)
    shown = printed(clean, tokens)
    return Text(clean, f"{mark}{shown}{CLOSE}" if mark and clean else shown)


@dataclass(slots=True)
class Marks:
    """Hands out one mark for each input of a render. `refs[i]` is what mark i stands for."""

    refs: list[tuple[SpanKind, str]] = field(default_factory=list)

    def new(self, kind: SpanKind, ref: str) -> str:
        """The opening mark of one more input; empty when the plane's 65,000 marks are used up."""
        if _FIRST_MARK + len(self.refs) > _LAST_MARK:
            return ""
        self.refs.append((kind, ref))
        return chr(_FIRST_MARK + len(self.refs) - 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters [start, end) of a piece that came from input number `index`."""

    start: int
    end: int
    index: int


@dataclass(slots=True)
class Piece:
    """What stands in one role, or outside of any (`role` is None)."""

    role: Role | None
    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    values: list[tuple[int, int]] = field(default_factory=list)


def step_part(raw: str) -> str | None:
    """What stands in the step's block, marks included; None when the template wrote no such block."""
    found = re.findall(f"{STEP_OPEN}(.*?){STEP_CLOSE}", raw, flags=re.DOTALL)
    return "".join(found) if found else None


class _Reader:
    """Walks raw text once; unbalanced marks (a filter may have cut text) are closed where the piece ends."""

    def __init__(self) -> None:
        self.pieces = [Piece(None)]
        self._parts: list[str] = []
        self._length = 0
        self._open: list[int] = []
        self._start = 0
        self._value_depth = 0
        self._value_start = 0

    def text(self, part: str) -> None:
        self._parts.append(part)
        self._length += len(part)

    def sentinel(self, char: str) -> None:
        if ord(char) >= _FIRST_MARK:
            if not self._open:
                self._start = self._length
            self._open.append(ord(char) - _FIRST_MARK)
        elif char == CLOSE and self._open:
            outermost = self._open[0]
            self._open.pop()
            if not self._open:
                self._mark(outermost)
        elif char == VALUE_OPEN:
            if not self._value_depth:
                self._value_start = self._length
            self._value_depth += 1
        elif char == VALUE_CLOSE and self._value_depth:
            self._value_depth -= 1
            if not self._value_depth:
                self._value()

    def turn(self, role: Role | None) -> None:
        """End the piece at hand and begin the next; a mark that is open goes on in it."""
        if self._open:
            self._mark(self._open[0])
        if self._value_depth:
            self._value()
        self.pieces[-1].text = "".join(self._parts)
        self.pieces.append(Piece(role))
        self._parts, self._length, self._start, self._value_start = [], 0, 0, 0

    def _mark(self, index: int) -> None:
        if self._length > self._start:
            self.pieces[-1].marks.append(Mark(self._start, self._length, index))

    def _value(self) -> None:
        if self._length > self._value_start:
            self.pieces[-1].values.append((self._value_start, self._length))


_ROLES = {char: role for role, char in ROLE_OPEN.items()}


def read_back(raw: str) -> list[Piece]:
    """The pieces of raw text in order, those outside of roles too; the marks as offsets, outermost only."""
    reader = _Reader()
    at = 0
    for found in _RESERVED.finditer(raw):
        reader.text(raw[at : found.start()])
        at = found.end()
        char = found[0]
        if char in _ROLES or char == ROLE_CLOSE:
            reader.turn(_ROLES.get(char))
        else:
            reader.sentinel(char)
    reader.text(raw[at:])
    reader.turn(None)
    return reader.pieces[:-1]


def break_crossing(piece: Piece, tokens: tuple[str, ...]) -> None:
    """Break control tokens that came about where a value meets other text; the author's own are kept."""
    pattern = control_pattern(tokens)
    for _ in range(MAX_ROUNDS):
        if pattern is None:
            return
        edges = {edge for value in piece.values for edge in value}
        cuts = [f.start() + 1 for f in pattern.finditer(piece.text) if any(f.start() < e < f.end() for e in edges)]
        if not cuts:
            return
        _insert_spaces(piece, cuts)


def _insert_spaces(piece: Piece, cuts: Sequence[int]) -> None:
    ends = [*cuts, len(piece.text)]
    begins = [0, *cuts]
    piece.text = " ".join(piece.text[a:b] for a, b in zip(begins, ends, strict=True))

    def start(at: int) -> int:
        return at + sum(cut <= at for cut in cuts)

    def end(at: int) -> int:
        return at + sum(cut < at for cut in cuts)

    piece.marks = [Mark(start(m.start), end(m.end), m.index) for m in piece.marks]
    piece.values = [(start(a), end(b)) for a, b in piece.values]
