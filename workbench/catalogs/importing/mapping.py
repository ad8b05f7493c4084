"""Columns of any table become items and interactions: which column is what, and of which type."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from workbench.catalogs.importing.protocol import RawInteraction, RawItem, Shape
from workbench.catalogs.meta import RESERVED, AttributeType
from workbench.catalogs.rows import TRUE
from workbench.errors import CatalogError, Problem

SAMPLE = 1000
"""Rows from which types are guessed."""
TYPES: tuple[AttributeType, ...] = ("text", "integer", "number", "boolean", "list")
NO_ATTRIBUTES = "-"
"""Written in place of the attributes: the catalog has none."""
Table = Iterable[tuple[int, Mapping[str, Any]]]
"""Rows by column, each with its line."""


def map_attributes(written: Sequence[str], sample: Sequence[Mapping[str, Any]], taken: set[str]) -> dict[str, Any]:
    """Attribute -> (column, type). `written` are `column`, `column:type` or `name=column:type`; none: all columns but
    those taken; `-` alone: no attributes. Types that are not said are guessed. Raises CatalogError for a column that is
    not there."""
    columns = list(dict.fromkeys(key for row in sample for key in row))
    found: dict[str, Any] = {}
    problems = []
    if list(written) == [NO_ATTRIBUTES]:
        return {}
    for text in written or [c for c in columns if c not in taken]:
        # A column's own name may hold a colon or an equals sign.
        left, colon, kind = ("", "", "") if text in columns else text.rpartition(":")
        left = left if colon else text
        kind = kind if colon else ""
        name, _, column = ("", "", left) if left in columns else left.rpartition("=")
        name = "".join(c if c.isalnum() else "_" for c in (name or column).strip().lower())
        name = f"{name}_" if name in RESERVED else name
        if column not in columns:
            fix = f"found: {', '.join(columns)}"
            problems.append(Problem(f"no column {column!r}", "attributes", fix))
        elif kind and kind not in TYPES:
            problems.append(Problem(f"no type {kind!r}", "attributes", f"one of {', '.join(TYPES)}"))
        else:
            found[name] = (column, kind or guess_type([row.get(column) for row in sample]))
    if problems:
        raise CatalogError(*problems)
    return found


def guess_type(values: Sequence[Any]) -> AttributeType:
    """The narrowest type that fits every value that is there."""
    there = [v for v in values if v not in (None, "", [])]
    if not there:
        return "text"
    if all(isinstance(v, list | tuple) for v in there):
        return "list"
    texts = [str(v).strip() for v in there]
    if all(text.lower() in ("true", "false", "yes", "no") for text in texts):
        return "boolean"
    for kind, read in (("integer", int), ("number", float)):
        try:
            [read(text) for text in texts]
        except ValueError:
            continue
        return "integer" if kind == "integer" else "number"
    return "list" if sum("|" in text for text in texts) * 2 > len(texts) else "text"


def need_columns(wanted: Mapping[str, str], sample: Sequence[Mapping[str, Any]], where: str) -> None:
    """Raises CatalogError with every column that is not there, and those that are."""
    columns = list(dict.fromkeys(key for row in sample for key in row))
    problems = [
        Problem(f"no column {column!r} for the {what}", where, f"found: {', '.join(columns) or 'nothing'}")
        for what, column in wanted.items()
        if column not in columns
    ]
    if problems:
        raise CatalogError(*problems)


def shape_of(attributes: Mapping[str, Any]) -> Shape:
    """Short attributes describe an item: lists and the first texts."""
    described = [name for name, (_, kind) in attributes.items() if kind in ("list", "text")][:3]
    return Shape(
        {name: kind for name, (_, kind) in attributes.items()}, "{title}" + "".join(f"[, {{{n}}}]" for n in described)
    )


def as_items(table: Table, where: str, id_column: str, title: str, attributes: Mapping[str, Any]) -> Iterator[RawItem]:
    for line, row in table:
        values = {name: _plain(row.get(column), kind) for name, (column, kind) in attributes.items()}
        yield RawItem(where, line, text_of(row.get(id_column)), text_of(row.get(title)), values)


def as_interactions(table: Table, where: str, user: str, item: str, time: str, rating: str) -> Iterator[RawInteraction]:
    for line, row in table:
        cells = (text_of(row.get(column)) for column in (user, item, time, rating))
        yield RawInteraction(where, line, *cells)


def text_of(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _plain(value: Any, kind: str) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, list | bool | int | float) or value is None:
        return value
    text = text_of(value)
    return text.lower() in TRUE if kind == "boolean" and text.lower() in (*TRUE, "false", "no", "0") else text
