"""The parts of the page Exemplars: the table, one exemplar with its form, and the ways to add more."""

from collections.abc import Sequence

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.exemplar_files import read_exemplars, write_exemplars
from workbench.errors import WorkbenchError
from workbench.exemplars.pool import SOURCES, Entry, from_case, from_interactions, search
from workbench.records import Exemplar
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole
from workbench.ui.parts import exemplar_form

SAID = "exemplars.said"
"""Session key of what the last action did, told once: (kind, text) lines."""
WAYS = ("By hand", "From cases", "From interactions", "From a file")


def browse(pool: Sequence[Entry], catalog: Catalog) -> tuple[Entry, ...]:
    """Search and filters above the table; returns what they leave, and remembers the chosen row."""
    text = st.text_input("Search", key="exemplars.text", placeholder="a title, a word, a tag, an id")
    with st.container(horizontal=True):
        sources = st.pills("From", SOURCES, selection_mode="multi", key="exemplars.sources")
        tags = sorted({tag for entry in pool for tag in entry.exemplar.tags})
        chosen = st.multiselect("Tags", tags, key="exemplars.tags")
        segments = st.multiselect("Segments", sorted({e.segment for e in pool} - {""}), key="exemplars.segments")
    found = search(pool, catalog, text=text, sources=sources, tags=chosen, segments=segments)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(found)} of {len(pool)} exemplars", width="stretch")
        st.download_button(
            "These as JSONL",
            write_exemplars(entry.exemplar for entry in found),
            file_name=f"exemplars-{catalog.facts.name}.jsonl",
            mime="application/jsonl",
            key="exemplars.export",
            icon=":material/download:",
            disabled=not found,
            on_click="ignore",
        )
    if not found:
        st.info("Nothing here. Search for less, or add an exemplar below.", icon=":material/search_off:")
        return ()
    st.dataframe(
        [_row(entry, catalog) for entry in found],
        hide_index=True,
        height=420,
        key="exemplars.table",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "id": st.column_config.TextColumn(width=80),
            "from": st.column_config.TextColumn(width=80),
            "description": st.column_config.TextColumn(width=220),
        },
        alt="Exemplars of the catalog",
    )
    return found


def _row(entry: Entry, catalog: Catalog) -> dict[str, str]:
    exemplar = entry.exemplar
    return {
        "id": exemplar.id,
        "from": entry.source,
        "description": exemplar.description,
        "answer": ", ".join(catalog.item(i).title for i in exemplar.answer),
        "history": ", ".join(catalog.item(i).title for i in exemplar.history),
        "tags": ", ".join(exemplar.tags),
    }


def look_at(found: Sequence[Entry], pool: Sequence[Entry], catalog: Catalog) -> None:
    """The exemplar of the chosen row: a form where it is one's own."""
    _tell()
    rows = st.session_state.get("exemplars.table", {}).get("selection", {}).get("rows", [])
    if not found or not rows or rows[0] >= len(found):
        st.caption("Choose a row to look at an exemplar, to edit it or to take it as the beginning of a new one.")
        return
    entry = found[rows[0]]
    exemplar_form.draw(entry, pool, catalog)


def _tell() -> None:
    for kind, text in st.session_state.pop(SAID, ()):
        if kind == "error":
            st.error(text, icon=":material/error:")
        else:
            st.success(text, icon=":material/check:")


def add(pool: Sequence[Entry], catalog: Catalog) -> None:
    way = st.segmented_control("Add exemplars", WAYS, default=WAYS[0], required=True, key="exemplars.way")
    if way == "By hand":
        exemplar_form.draw(None, pool, catalog)
    elif way == "From cases":
        _from_cases(pool, catalog)
    elif way == "From interactions":
        _from_interactions(pool, catalog)
    else:
        _from_file(pool, catalog)


def _from_cases(pool: Sequence[Entry], catalog: Catalog) -> None:
    grades = shared().workshop.qrels(catalog.facts.name)
    solved = {case.id: made for case in catalog.cases if (made := from_case(case, grades.get(case.id, {})))}
    taken = {entry.exemplar.id for entry in pool}
    left = {case_id: made for case_id, made in solved.items() if made.id not in taken}
    st.caption(
        f"Cases kept apart to be shown, with their best known answers: {len(left)} of {len(catalog.cases)} can be. A "
        "case is never shown its own exemplar; leave it out of experiments, since others are told its answer."
    )
    chosen = st.multiselect("Cases", list(left), key="exemplars.cases", format_func=lambda i: _case_line(i, catalog))
    st.button(
        "Keep apart",
        key="exemplars.cases.add",
        icon=":material/add:",
        disabled=not chosen,
        on_click=_save,
        args=(catalog.facts.name, [left[case_id] for case_id in chosen]),
    )


def _case_line(case_id: str, catalog: Catalog) -> str:
    case = catalog.case(case_id)
    known = case.description or ", ".join(catalog.item(i).title for i in case.history[-3:])
    return f"{case_id}: {known[:80]}"


def _from_interactions(pool: Sequence[Entry], catalog: Catalog) -> None:
    if not catalog.interactions:
        st.info("This catalog has no interactions.", icon=":material/info:")
        return
    st.caption(
        "What a user had taken, and what they took last, as an exemplar. A policy can also draw these anew for each "
        "case: its setting *Taken from*. The guard keeps out what happened after the case's time."
    )
    n = st.number_input("Users", 1, 100, 10, key="exemplars.users", help="Those with the longest sequences first")
    taken = {entry.exemplar.id for entry in pool}
    made = [exemplar for exemplar in from_interactions(catalog, int(n)) if exemplar.id not in taken]
    st.button(
        f"Add {len(made)}",
        key="exemplars.users.add",
        icon=":material/add:",
        disabled=not made,
        on_click=_save,
        args=(catalog.facts.name, made),
    )


def _from_file(pool: Sequence[Entry], catalog: Catalog) -> None:
    st.caption("JSONL as in `exemplars.jsonl` (see docs/formats.md). A file with any problem adds nothing.")
    uploaded = st.file_uploader("JSONL file", type=["jsonl"], key="exemplars.file")
    if uploaded is None:
        return
    shipped = frozenset(entry.exemplar.id for entry in pool if not entry.own)
    try:
        made = read_exemplars(uploaded.getvalue(), catalog, shipped=shipped, name=uploaded.name)
    except WorkbenchError as error:
        n = len(error.problems)
        st.error(f"Nothing was added: {n} problem{'' if n == 1 else 's'}", icon=":material/error:")
        for problem in error.problems:
            st.markdown(f"- {problem}")
        return
    over = sum(entry.exemplar.id in {e.id for e in made} for entry in pool)
    st.caption(f"{len(made)} exemplars without a problem" + (f", {over} of which replace one of yours" if over else ""))
    st.button(
        f"Add {len(made)}",
        key="exemplars.file.add",
        icon=":material/add:",
        on_click=_save,
        args=(catalog.facts.name, list(made)),
    )


@whole
def _save(catalog: str, made: list[Exemplar]) -> None:
    try:
        shared().store.save_exemplars(catalog, made)
    except WorkbenchError as error:
        st.session_state[SAID] = [("error", str(problem)) for problem in error.problems]
        return
    st.session_state[SAID] = [("success", f"{len(made)} added" if len(made) > 1 else f"{made[0].id} added")]
