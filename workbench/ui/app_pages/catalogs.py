"""Catalogs: all of them side by side, one of them looked into, and the import of a new one."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.inventory import Entry
from workbench.ui.bootstrap import inventory, shared
from workbench.ui.parts import (
    catalog_build_cases,
    catalog_cases,
    catalog_import,
    catalog_index,
    catalog_items,
    catalog_list,
    catalog_manage,
    catalog_next,
    catalog_plots,
)
from workbench.ui.parts.catalog_list import ALL, IMPORT, MODE, NAME, ONE
from workbench.ui.parts.catalog_next import SHOW
from workbench.ui.parts.problem_table import problem_table
from workbench.ui.permalink import from_url, into_url
from workbench.ui.plain_text import plain

SECTIONS = ("Items", "Cases", "Statistics", "Index", "Manage")


def one(entry: Entry) -> None:
    if entry.problems:
        n = len(entry.problems)
        st.error(f"This catalog does not load: {n} problem{'' if n == 1 else 's'}", icon=":material/error:")
        problem_table(entry.problems, "catalogs.problems")
        catalog_manage.draw(entry)
        return
    try:
        with st.spinner("Reading the catalog …"):
            entry = inventory().entry(entry.overview.folder, read=True, busy=catalog_index.busy())
            catalog = shared().workshop.catalog(entry.name)
            qrels = shared().workshop.qrels(entry.name)
    except WorkbenchError as error:
        st.error("This catalog does not load", icon=":material/error:")
        problem_table(error.problems, "catalogs.problems")
        return
    facts(entry)
    if catalog_next.lacking(entry):
        catalog_next.draw(entry)
    catalog_index.draw_running()
    st.session_state.setdefault(SHOW, SECTIONS[0])
    section = st.segmented_control("Show", SECTIONS, required=True, key=SHOW, label_visibility="collapsed")
    if section == "Cases":
        at_work = catalog_build_cases.draw_task(entry.name)
        if catalog.cases:
            catalog_cases.draw(catalog, qrels)
        if not at_work:
            with st.expander("Build cases from the interactions", icon=":material/quiz:", expanded=not catalog.cases):
                catalog_build_cases.draw(catalog, own=entry.own)
    elif section == "Statistics":
        catalog_plots.draw(catalog)
    elif section == "Index":
        catalog_index.draw(entry)
    elif section == "Manage":
        catalog_manage.draw(entry)
    else:
        catalog_items.draw(catalog)


def facts(entry: Entry) -> None:
    seen, meta = entry.overview, entry.overview.meta
    assert meta is not None
    cells = st.columns(6)
    sizes = {"Items": seen.items, "Cases": seen.cases, "Interactions": seen.interactions}
    for cell, (label, value) in zip(cells, sizes.items(), strict=False):
        cell.metric(label, f"{value:,}")
    own = len(shared().store.own_exemplars(entry.name))
    with cells[3]:
        st.metric("Exemplars", f"{seen.exemplars + own:,}")
    cells[4].metric("Language", meta.language)
    cells[5].metric("On disk", size(seen.bytes))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(meta.title)}** · {meta.domain} · {meta.origin} · licence {plain(meta.licence)}  \n"
            f"{plain(meta.source)}",
            width="stretch",
        )
        st.page_link(
            "app_pages/exemplars.py",
            label="Its exemplars",
            icon=":material/school:",
            query_params={"exemplars.catalog": entry.name},
        )
        if not catalog_next.lacking(entry):
            catalog_cases.compare_button(entry.name, "catalogs.compare")


def size(n: int) -> str:
    return f"{n / 1e6:.1f} MB" if n >= 1e6 else f"{max(1, round(n / 1e3))} kB"


MODES = (ALL, ONE, IMPORT)

st.header("Catalogs")
catalog_manage.take_in()
from_url([MODE, NAME])
if SHOW in st.session_state:  # or a catalog that does not load would have it forgotten
    st.session_state[SHOW] = st.session_state[SHOW]
if st.session_state.get(MODE) not in MODES:
    st.session_state[MODE] = ALL
mode = st.segmented_control("What to do", MODES, required=True, key=MODE, label_visibility="collapsed")
if mode == IMPORT:
    into_url([MODE])
    catalog_import.draw()
    st.stop()
with st.spinner("Looking at the catalogs …"):
    entries = inventory().entries(busy=catalog_index.busy())
if mode == ALL:
    into_url([MODE])
    catalog_list.draw(entries)
    st.stop()
by_name = {entry.name: entry for entry in entries}
if st.session_state.get(NAME) not in by_name:
    st.session_state.pop(NAME, None)
chosen = st.selectbox("Catalog", list(by_name), key=NAME, width=420)
into_url([MODE, NAME])
if chosen:
    one(by_name[chosen])
