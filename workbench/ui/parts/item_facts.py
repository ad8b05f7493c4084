"""One item of a catalog: its attributes, how often it was taken, and its neighbours along relations."""

from functools import partial

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.records import Attribute, Item
from workbench.ui.callbacks import whole
from workbench.ui.plain_text import plain

_ITEM, _ROWS = "catalogs.item", "catalogs.rows"
NEIGHBOURS = 8
"""Shown of each relation; the rest is counted."""


def take(key: str, item_ids: list[str]) -> None:
    """Take in the selection of a table, where it is another than it was."""
    rows = st.session_state.setdefault(_ROWS, {})
    if rows.get(key, []) != item_ids:
        rows.clear()
        rows[key] = item_ids
        st.session_state[_ITEM] = item_ids[0] if item_ids else None


def draw(catalog: Catalog) -> None:
    """The card of the chosen item, if it is of this catalog."""
    item_id = st.session_state.get(_ITEM)
    if item_id is None or item_id not in catalog.titles:
        st.caption("Choose a row at its left end to see the whole item and its neighbours.")
        return
    item = catalog.item(item_id)
    with st.container(border=True, key="item.facts"):
        st.text(item.title)
        if item.text != item.title:
            st.caption("How a prompt describes it")
            st.text(item.text)
        rows = [{"attribute": "id", "value": item.id}]
        rows += [
            {"attribute": name, "value": "" if value is None else str(cell(value))}
            for name, value in item.attributes.items()
        ]
        rows += [{"attribute": name, "value": f"{n:,}"} for name, n in taken(catalog, item_id).items()]
        st.dataframe(rows, hide_index=True, height="content", key="item.facts.table", alt="Attributes of the item")
        _neighbours(catalog, item)


def taken(catalog: Catalog, item_id: str) -> dict[str, int]:
    """How often the item was taken, where the catalog knows that."""
    if catalog.meta.popularity or not len(catalog.interactions):
        return {}
    return {"taken": int(catalog.popularity[item_id])}


def _neighbours(catalog: Catalog, item: Item) -> None:
    for relation, ends in catalog.neighbours.get(item.id, {}).items():
        st.caption(f"{relation.replace('_', ' ')} ({len(ends)})")
        with st.container(horizontal=True, gap="xsmall"):
            for n, end in enumerate(ends[:NEIGHBOURS]):
                if isinstance(end, Item):
                    key = f"neighbour.{item.id}.{relation}.{n}"
                    st.button(plain(end.title), key=key, type="tertiary", on_click=partial(_go, end.id))
                else:
                    st.badge(plain(end), color="gray")
            if len(ends) > NEIGHBOURS:
                st.caption(f"and {len(ends) - NEIGHBOURS} more")


@whole
def _go(item_id: str) -> None:
    st.session_state[_ITEM] = item_id


def _text(value: Attribute) -> str:
    return "" if value is None else str(cell(value))


def cell(value: Attribute) -> str | int | float | None:
    """An attribute in a table; what is not there stays empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else value
