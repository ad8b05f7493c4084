"""Rows of the files become records, each cell checked, each wrong one named by file, line and column."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.catalogs import files
from workbench.catalogs.catalog import Hints, nearest
from workbench.catalogs.meta import AttributeType, CatalogMeta
from workbench.errors import Problem
from workbench.records import Attribute, Case, Exemplar, Interaction, Item

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")
CASE_KEYS = ("id", "description", "history", "user", "time", "candidates", "segment", "note")
EXEMPLAR_KEYS = ("id", "description", "history", "user", "candidates", "answer", "reason", "tags", "time")
LISTS = ("history", "candidates", "answer", "tags")


def items(source: tuple[str, list[files.Row]], meta: CatalogMeta, problems: list[Problem]) -> tuple[Item, ...]:
    """Items in the file's order; an id or title that is empty or an id that is there twice is a problem."""
    name, table = source
    found: dict[str, Item] = {}
    lines: dict[str, int] = {}
    for row in table:
        item_id, title = _cell(row, meta.columns.id), _cell(row, meta.columns.title)
        if not item_id:
            problems.append(Problem("the id is empty", f"{name}, column {meta.columns.id}", line=row.line))
        elif item_id in lines:
            what = f"id {item_id!r} is there twice, first in line {lines[item_id]}"
            problems.append(Problem(what, f"{name}, column {meta.columns.id}", "ids are unique", line=row.line))
        if not title:
            what = f"the title of {item_id!r} is empty"
            problems.append(Problem(what, f"{name}, column {meta.columns.title}", line=row.line))
        elif len(title.splitlines()) > 1:
            what = f"the title of {item_id!r} holds a line break: {title!r}"
            fix = "lists are read line by line: write it on one line"
            problems.append(Problem(what, f"{name}, column {meta.columns.title}", fix, line=row.line))
        attributes = {a: _attribute(row, a, kind, name, problems) for a, kind in meta.attributes.items()}
        lines.setdefault(item_id, row.line)
        found.setdefault(item_id, Item(item_id, title, meta.sentence(title, attributes), attributes))
    if not found and not problems:
        problems.append(Problem("there are no items", name, "expected at least one row below the header"))
    return tuple(found.values())


def _cell(row: files.Row, column: str) -> str:
    value = row.cells[column]
    return "" if value is None else str(value).strip()


def _attribute(row: files.Row, column: str, kind: AttributeType, name: str, problems: list[Problem]) -> Attribute:
    value = row.cells[column]
    if isinstance(value, str):
        value = value.strip()
    if value is None or value in ("", []):
        return () if kind == "list" else None
    try:
        return CONVERT[kind](value)
    except (ValueError, TypeError, OverflowError):
        where = f"{name}, column {column}"
        problems.append(Problem(f"found {value!r}", where, f"expected {_EXPECTED[kind]}", line=row.line))
        return None


def _text(value: Any) -> str:
    if isinstance(value, list | dict | bytes):
        raise TypeError
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in TRUE + FALSE:
        raise ValueError
    return text in TRUE


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, str | list):
        raise TypeError
    parts = value.split("|") if isinstance(value, str) else [_text(part) for part in value if part is not None]
    return tuple(part.strip() for part in parts if part.strip())


CONVERT: dict[AttributeType, Callable[[Any], Attribute]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
}
_EXPECTED: dict[AttributeType, str] = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list, written a|b|c",
}


class Reader:
    """Reads the files that name items. `known` are the ids that exist; None leaves that unchecked."""

    def __init__(self, known: set[str] | None, problems: list[Problem]) -> None:
        self._known = known
        self._hints = Hints(known or ())
        self._problems = problems

    def interactions(self, name: str, table: Sequence[files.Row]) -> tuple[Interaction, ...]:
        """`name` is that of the file. A time that is not known is empty."""
        found = []
        for row in table:
            user, item, time = (_cell(row, column) for column in ("user_id", "item_id", "time"))
            rating = row.cells.get("rating", "").strip()
            if not user:
                self._problems.append(Problem("the user is empty", f"{name}, column user_id", line=row.line))
            self._check_item(item, f"{name}, column item_id", row.line)
            if time:
                self._check_time(time, f"{name}, column time", row.line)
            try:
                found.append(Interaction(user, item, time, _number(rating) if rating else None))
            except ValueError:
                where = f"{name}, column rating"
                self._problems.append(Problem(f"found {rating!r}", where, "expected a number", line=row.line))
        return tuple(found)

    def cases(self, path: Path) -> tuple[Case, ...]:
        return tuple(
            Case(**{key: self._value(row, key) for key in CASE_KEYS if key in row.cells})
            for row in self._objects(path, CASE_KEYS, required=("id", "segment"))
        )

    def exemplars(self, path: Path) -> tuple[Exemplar, ...]:
        found = []
        for row in self._objects(path, EXEMPLAR_KEYS, required=("id", "answer")):
            exemplar = Exemplar(**{key: self._value(row, key) for key in EXEMPLAR_KEYS if key in row.cells})
            missing = [i for i in exemplar.answer if exemplar.candidates and i not in exemplar.candidates]
            if missing:
                what = f"the answer {', '.join(missing)} is not among the candidates"
                self._problem(path, row.line, exemplar.id, "answer", what, "add it, or drop `candidates`")
            found.append(exemplar)
        return tuple(found)

    def _objects(self, path: Path, keys: tuple[str, ...], *, required: tuple[str, ...]) -> list[files.Row]:
        """Objects with known keys, unique ids, known items, and something known of the user."""
        if not path.is_file():
            return []
        lines: dict[str, int] = {}
        good = []
        for row in files.read_jsonl(path, self._problems):
            before = len(self._problems)
            name = str(row.cells.get("id", ""))
            for key in row.cells:
                if key not in keys:
                    self._problem(path, row.line, name, key, f"unknown key {key!r}", nearest(key, keys))
            for key in required:
                if not row.cells.get(key):
                    self._problem(path, row.line, name, key, "missing or empty")
            if name in lines:
                self._problem(path, row.line, name, "id", f"{name!r} is there twice, first in line {lines[name]}")
            lines.setdefault(name, row.line)
            if not row.cells.get("description") and not row.cells.get("history"):
                self._problem(path, row.line, name, "description", "neither description nor history")
            self._check_values(path, row, name, keys)
            if len(self._problems) == before:
                good.append(row)
        return good

    def _check_values(self, path: Path, row: files.Row, name: str, keys: tuple[str, ...]) -> None:
        for key in (k for k in row.cells if k in keys):
            value: Any = row.cells[key]
            listed = key in LISTS
            if not isinstance(value, list if listed else str) or (
                listed and any(not isinstance(v, str) for v in value)
            ):
                fix = f"expected {'a list of texts' if listed else 'text'}"
                self._problem(path, row.line, name, key, f"found {value!r}", fix)
            elif listed and key != "tags":
                for item_id in value:
                    self._check_item(item_id, f"{path.name}, {name}, {key}", row.line)
            elif key == "time" and value:
                self._check_time(str(value), f"{path.name}, {name}, time", row.line)

    def _problem(self, path: Path, line: int, name: str, key: str, what: str, fix: str = "") -> None:
        self._problems.append(Problem(what, f"{path.name}, {name or 'no id'}, {key}", fix, line=line))

    def _check_item(self, item_id: str, where: str, line: int) -> None:
        if self._known is not None and item_id not in self._known:
            what = f"no item {item_id!r} in this catalog"
            self._problems.append(Problem(what, where, self._hints.nearest(item_id), line=line))

    def _check_time(self, value: str, where: str, line: int) -> None:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            what = f"found {value!r}"
            self._problems.append(Problem(what, where, "expected ISO 8601, like 2026-03-01T18:30:00", line=line))

    @staticmethod
    def _value(row: files.Row, key: str) -> Any:
        value = row.cells[key]
        return tuple(value) if isinstance(value, list) else value
