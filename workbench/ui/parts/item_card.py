"""The item that was clicked: highlighted in every list, shown as a card."""

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.records import Attribute

_CHOSEN, _ROWS = "chosen item", "chosen rows"


def chosen() -> str | None:
    """The id of the item that was clicked last."""
    value: str | None = st.session_state.get(_CHOSEN)
    return value


def choose(key: str, item_ids: list[str]) -> None:
    """Take in the selection of one list; a new one is drawn in all lists at the next run."""
    rows = st.session_state.setdefault(_ROWS, {})
    if rows.get(key, []) == item_ids:
        return
    rows[key] = item_ids
    st.session_state[_CHOSEN] = item_ids[0] if item_ids else None
    st.rerun()


def draw(catalog: Catalog) -> None:
    """The card of the chosen item, if it is of this catalog."""
    item_id = chosen()
    if item_id is None or item_id not in catalog.titles:
        st.caption("Click a row of a list to see the item and to find it in every list.")
        return
    item = catalog.item(item_id)
    with st.container(border=True, key="item.card"):
        st.markdown(f"**{item.title}**  \n{item.text}")
        rows = [{"attribute": name, "value": _written(value)} for name, value in item.attributes.items()]
        st.dataframe(
            [{"attribute": "id", "value": item.id}, *rows], hide_index=True, key="item.attributes", alt="Attributes"
        )


def _written(value: Attribute) -> str:
    return ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
