"""The columns of any table with what each is to become: guessed, changed by the user, and turned into options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.catalogs.importing.mapping import NO_ATTRIBUTES, TYPES, guess_type, text_of
from workbench.errors import CatalogError, Problem

ID, TITLE, IGNORED = "id", "title", "ignored"
ITEM_ROLES = (ID, TITLE, *TYPES, IGNORED)
EVENT_ROLES = ("user", "item", "time", "rating", IGNORED)
SHOWN = 3
"""Sample values of a column."""
_NAMES = {
    ID: ("item_id", "id", "itemid", "movieid", "book_id", "product_id", "parent_asin", "asin", "sku", "isbn"),
    TITLE: ("title", "name", "product_name", "book_title", "original_title", "headline"),
    "user": ("user_id", "userid", "user", "customer_id", "reviewerid", "visitor_id"),
    "item": ("item_id", "itemid", "item", "movieid", "book_id", "product_id", "parent_asin", "asin", "sku", "isbn"),
    "time": ("time", "timestamp", "date", "datetime", "created_at", "when", "unixreviewtime"),
    "rating": ("rating", "score", "stars", "overall"),
}


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of the source, some of its values, and its role."""

    name: str
    samples: tuple[str, ...]
    role: str


def item_columns(sample: Sequence[Mapping[str, Any]]) -> list[SourceColumn]:
    """Roles guessed by name, else by the values: the narrowest type that fits them; addresses of pages are ignored."""
    return _guessed(sample, (ID, TITLE), lambda values: IGNORED if _is_address(values) else guess_type(values))


def event_columns(sample: Sequence[Mapping[str, Any]]) -> list[SourceColumn]:
    return _guessed(sample, EVENT_ROLES[:-1], lambda values: IGNORED)


def _guessed(sample: Sequence[Mapping[str, Any]], named: Sequence[str], other: Any) -> list[SourceColumn]:
    columns = list(dict.fromkeys(key for row in sample for key in row))
    role_of: dict[str, str] = {}
    for role in named:
        fitting = (c for name in _NAMES[role] for c in columns if c.lower() == name and c not in role_of)
        if (found := next(fitting, None)) is not None:
            role_of[found] = role
    return [
        SourceColumn(column, _samples(sample, column), role_of.get(column) or other([r.get(column) for r in sample]))
        for column in columns
    ]


def _samples(sample: Sequence[Mapping[str, Any]], column: str) -> tuple[str, ...]:
    texts = (text_of(row.get(column))[:60] for row in sample)
    return tuple(dict.fromkeys(text for text in texts if text))[:SHOWN]


def _is_address(values: Sequence[Any]) -> bool:
    there = [str(v) for v in values if v not in (None, "", [])]
    return bool(there) and all(v.startswith(("http://", "https://")) for v in there)


def item_options(columns: Sequence[SourceColumn]) -> dict[str, Any]:
    """Options of an importer of tables. Raises CatalogError where id or title is not one column each."""
    found = _one_each(columns, (ID, TITLE), "the items")
    attributes = [f"{c.name}:{c.role}" for c in columns if c.role in TYPES]
    return {"id": found[ID], "title": found[TITLE], "attributes": attributes or [NO_ATTRIBUTES]}


def event_options(columns: Sequence[SourceColumn]) -> dict[str, Any]:
    """Options of an importer of tables. Raises CatalogError where user or item is not one column each."""
    found = _one_each(columns, ("user", "item"), "the interactions", optional=("time", "rating"))
    return {"user": found["user"], "item": found["item"], "when": found["time"], "rating": found["rating"]}


def _one_each(
    columns: Sequence[SourceColumn], roles: Sequence[str], where: str, *, optional: Sequence[str] = ()
) -> dict[str, str]:
    found, problems = {}, []
    for role in (*roles, *optional):
        having = [c.name for c in columns if c.role == role]
        if len(having) > 1:
            what = f"{len(having)} columns are the {role}: {', '.join(having)}"
            problems.append(Problem(what, where, "leave one, ignore the others"))
        elif not having and role in roles:
            problems.append(Problem(f"no column is the {role}", where, "give one column that role"))
        found[role] = having[0] if having else ""
    if problems:
        raise CatalogError(*problems)
    return found
