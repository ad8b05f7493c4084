"""The columns of a table and what each is to become: a grid to look through and to change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from workbench.catalogs.importing.grid import (
    EVENT_ROLES,
    ITEM_ROLES,
    SourceColumn,
    event_columns,
    event_options,
    item_columns,
    item_options,
)
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.table import KINDS, Table

NONE = "(none)"
_LIKELY = ("interaction", "rating", "event", "review", "purchase", "click", "order")


def draw(location: Path) -> dict[str, Any]:
    """The options of the importer of tables. Raises CatalogError where the columns can't be read or don't suffice."""
    files = Files(location)
    names = [n for n in files.names() if n.removesuffix(".gz").endswith((*KINDS, ".txt"))]
    left, middle, right = st.columns([2, 2, 1])
    events = _first(names, _LIKELY)
    items = next((n for n in names if n != events), None)
    items_file = left.selectbox("File of the items", names, _at(names, items), key=f"import.table.items.{location}")
    others = [NONE, *(n for n in names if n != items_file)]
    found = others.index(events) if events in others else 0
    events_file = middle.selectbox(
        "File of the interactions", others, found, key=f"import.table.events.{location}", help="Who took what"
    )
    encoding = right.selectbox("Encoding", ["utf-8", "latin-1", "cp1252", "utf-16", "gb18030"], key="import.encoding")
    if items_file is None:
        return {}
    table = Table(encoding=encoding)
    st.caption("Roles are guessed from names and values. Press a cell under *becomes* to choose another.")
    st.markdown("**Columns of the items**")
    columns = _grid(item_columns(table.sample(files, items_file)), ITEM_ROLES, f"import.grid.{location}.{items_file}")
    options = {"items_file": _base(items_file), "encoding": encoding, **item_options(columns)}
    if events_file == NONE:
        return {**options, "interactions_file": ""}
    st.markdown("**Columns of the interactions**")
    columns = _grid(
        event_columns(table.sample(files, events_file)), EVENT_ROLES, f"import.grid.{location}.{events_file}"
    )
    return {**options, "interactions_file": _base(events_file), **event_options(columns)}


def draw_query(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The attributes of a query's items, whose id and title are called so."""
    columns = [c for c in item_columns(rows) if c.name not in ("item_id", "title")]
    if not columns:
        return []
    roles = tuple(role for role in ITEM_ROLES if role not in ("id", "title"))
    fitting = [replace(c, role=c.role if c.role in roles else "text") for c in columns]
    st.markdown("**Columns of the items**")
    chosen = _grid(fitting, roles, "import.grid.query")
    named = [SourceColumn("item_id", (), "id"), SourceColumn("title", (), "title"), *chosen]
    attributes: list[str] = item_options(named)["attributes"]
    return attributes


def _grid(columns: Sequence[SourceColumn], roles: Sequence[str], key: str) -> list[SourceColumn]:
    frame = pd.DataFrame(
        {
            "source column": [c.name for c in columns],
            "becomes": [c.role for c in columns],
            "samples": [" · ".join(c.samples) for c in columns],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        height="content",
        disabled=["source column", "samples"],
        key=key,
        column_config={
            "becomes": st.column_config.SelectboxColumn(
                options=list(roles), required=True, width="small", help="Press a cell to choose another role"
            ),
            "samples": st.column_config.TextColumn(width="large"),
        },
        alt="Columns and what they become",
    )
    return [replace(c, role=role) for c, role in zip(columns, edited["becomes"].tolist(), strict=True)]


def _first(names: Sequence[str], parts: Sequence[str]) -> str | None:
    return next((name for name in names if len(names) > 1 and any(part in name.lower() for part in parts)), None)


def _at(names: Sequence[str], name: str | None) -> int | None:
    return names.index(name) if name in names else None


def _base(name: str) -> str:
    return name.rsplit("/", 1)[-1]
