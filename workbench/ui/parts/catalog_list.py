"""All catalogs side by side: what is in each, whose it is, whether it loads, and what stands of its index."""

from collections.abc import Sequence

import streamlit as st

from workbench.inventory import Entry
from workbench.ui.callbacks import whole
from workbench.ui.parts import catalog_index
from workbench.ui.parts.problem_table import problem_table

MODE, NAME = "catalogs.mode", "catalogs.name"
ALL, ONE, IMPORT = "All catalogs", "One catalog", "Import"
_HEIGHT = 420


def draw(entries: Sequence[Entry]) -> None:
    if not entries:
        st.info("There are no catalogs. Import one to begin.", icon=":material/inventory_2:")
        st.button("Import a catalog", key="catalogs.first", type="primary", on_click=show, args=(None, IMPORT))
        return
    broken = [entry for entry in entries if entry.problems]
    loading = f" · :red[{len(broken)} that {'does' if len(broken) == 1 else 'do'} not load]" if broken else ""
    st.markdown(f"{len(entries)} catalogs, {sum(e.own for e in entries)} of your own{loading}")
    rows = [_row(entry) for entry in entries]
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if len(rows) <= 10 else _HEIGHT,
        key="catalogs.table",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "size": st.column_config.NumberColumn(format="bytes", width=80),
            **{n: st.column_config.NumberColumn(format="localized", width=75) for n in _COUNTS},
            "language": st.column_config.TextColumn(width=70),
            "licence": st.column_config.TextColumn(width=110),
        },
        alt="All catalogs",
    )
    _actions(entries)
    catalog_index.draw_running()
    for entry in broken:
        n = len(entry.problems)
        st.error(f"**{entry.name}** does not load: {n} problem{'' if n == 1 else 's'}", icon=":material/error:")
        problem_table(entry.problems, f"catalogs.problems.{entry.name}")


_COUNTS = ("items", "cases", "exemplars", "interactions")


def _row(entry: Entry) -> dict[str, str | int | None]:
    seen = entry.overview
    meta = seen.meta
    return {
        "name": entry.name,
        "title": meta.title if meta else "",
        "state": "loads" if entry.checked and not entry.problems else "broken" if entry.problems else "not read yet",
        "index": catalog_index.words_for(entry),
        "domain": meta.domain if meta else "",
        "language": meta.language if meta else "",
        **{name: getattr(seen, name) for name in _COUNTS},
        "size": seen.bytes,
        "data": meta.origin if meta else "",
        "from": "you" if entry.own else "shipped",
        "licence": meta.licence if meta else "",
    }


def _actions(entries: Sequence[Entry]) -> None:
    rows = st.session_state.get("catalogs.table", {}).get("selection", {}).get("rows", [])
    chosen = entries[rows[0]] if rows and rows[0] < len(entries) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Open {chosen.name}" if chosen else "Open",
            key="catalogs.open",
            type="primary",
            icon=":material/folder_open:",
            disabled=chosen is None,
            on_click=show,
            args=(chosen.name if chosen else None, ONE),
        )
        catalog_index.button(chosen)
        if chosen is None:
            st.caption("Choose a row at its left end to open the catalog or to build its index.", width="stretch")


@whole
def show(name: str | None, mode: str) -> None:
    """Turn the page to a catalog, or to the import."""
    st.session_state[MODE] = mode
    if name is not None:
        st.session_state[NAME] = name
