"""The items of a catalog: searched, filtered by their attributes, sorted, page by page; only one page is sent."""

import hashlib

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.item_table import Between, Contains, Filter, ItemTable, Picked, as_rule, table_of
from workbench.ui.parts import item_facts
from workbench.ui.parts.item_facts import cell

PAGE = 50
PICKED = 200
"""Up to so many values are offered to pick from; of more, a part is asked for."""
ORDER = "the catalog's order"


def draw(catalog: Catalog) -> None:
    table = table_of(catalog)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key="catalogs.search", placeholder="a title, an id, a word of the description", width="stretch"
        )
        sort = st.selectbox("Sort by", [ORDER, *table.sortable], key=f"catalogs.sort.{catalog.facts.name}", width=200)
        descending = st.toggle("Descending", key="catalogs.descending", disabled=sort == ORDER, width="content")
    filters = _filters(table)
    rows = table.find(text, filters, sort="" if sort == ORDER else sort, descending=descending)
    if not len(rows):
        st.info("No item is like that. Search for less, or clear a filter.", icon=":material/search_off:")
        return
    asked = repr((catalog.fingerprint, text, filters, sort, descending))
    digest = hashlib.sha256(asked.encode()).hexdigest()[:12]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        start = _pages(len(rows), len(table), digest)
        page = [catalog.items[row] for row in rows[start : start + PAGE]]
        key = f"catalogs.items.{digest}.{start}"
        st.dataframe(
            [
                {
                    "id": i.id,
                    "title": i.title,
                    **{name: cell(value) for name, value in i.attributes.items()},
                    **item_facts.taken(catalog, i.id),
                }
                for i in page
            ],
            hide_index=True,
            height=min(560, 36 * len(page) + 40),
            key=key,
            placeholder="",
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                "id": st.column_config.TextColumn(width=70),
                "title": st.column_config.TextColumn(width=220),
            },
            alt="Items of the catalog",
        )
        item_facts.take(key, [page[n].id for n in _chosen(key) if n < len(page)])
    with right:
        item_facts.draw(catalog)


def _chosen(key: str) -> list[int]:
    rows: list[int] = st.session_state.get(key, {}).get("selection", {}).get("rows", [])
    return rows


def _pages(found: int, of: int, digest: str) -> int:
    """The row with which the chosen page begins."""
    pages = -(-found // PAGE)
    with st.container(horizontal=True, vertical_alignment="center"):
        number = 1
        if pages > 1:
            number = st.pagination(pages, key=f"catalogs.page.{digest}", max_visible_pages=5)
        start = (number - 1) * PAGE
        st.caption(f"{start + 1:,} to {min(found, start + PAGE):,} of {found:,} found among {of:,}")
    return start


def _filters(table: ItemTable) -> list[Filter]:
    """A widget for each attribute: values to pick, a range of numbers, or a part of a text."""
    name = table.catalog.facts.name
    found: list[Filter] = []
    usable = [n for n in table.kinds if table.filled(n)]
    if not usable:
        return []
    with st.expander("Filters", icon=":material/filter_alt:", key=f"catalogs.filters.{name}", on_change="rerun"):
        cells = st.columns(min(3, len(usable)))
        for n, attribute in enumerate(usable):
            with cells[n % len(cells)]:
                wanted = _filter(table, attribute, f"catalogs.filter.{name}.{attribute}")
            if wanted is not None:
                found.append(wanted)
        if found:
            rules = [as_rule(wanted, table.kinds[wanted.name]) for wanted in found]
            st.caption("The same as candidate rules, for a variant on Compare:")
            st.code("\n".join(rule or "(values with commas are no rule)" for rule in rules), language=None)
    return found


def _filter(table: ItemTable, attribute: str, key: str) -> Filter | None:
    kind = table.kinds[attribute]
    label = f"{attribute} ({table.filled(attribute):,} have one)"
    if kind in ("integer", "number"):
        return _range(table, attribute, key, label)
    counts = table.counts(attribute)
    if len(counts) > PICKED:
        part = st.text_input(label, key=key, placeholder=f"part of a value, of {len(counts):,}")
        return Contains(attribute, part) if part.strip() else None
    of = dict(counts)
    values = st.multiselect(label, list(of), key=key, format_func=lambda value: f"{value} ({of[value]:,})")
    return Picked(attribute, tuple(values)) if values else None


def _range(table: ItemTable, attribute: str, key: str, label: str) -> Filter | None:
    numbers = table.numbers(attribute)
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        st.caption(f"{label}: {low:g} in all")
        return None
    if table.kinds[attribute] == "integer":
        ends = st.slider(label, int(low), int(high), (int(low), int(high)), key=key)
    else:
        ends = st.slider(label, low, high, (low, high), key=key)
    return None if (ends[0] <= low and ends[1] >= high) else Between(attribute, *ends)
