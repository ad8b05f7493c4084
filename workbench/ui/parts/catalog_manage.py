"""What is done with a catalog as a whole: passed on as a file, given another name, taken away."""

from functools import partial

import streamlit as st

from workbench.catalogs.keeping import rename, zipped
from workbench.catalogs.placing import remove
from workbench.errors import WorkbenchError
from workbench.inventory import Entry
from workbench.retrieval.index_state import move_indexes
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.parts.catalog_list import ALL, MODE, NAME
from workbench.ui.parts.problem_table import problem_table

_SAID, _GO, _ASKED = "catalogs.said", "catalogs.go", "catalogs.dialog"


def draw(entry: Entry) -> None:
    seen = entry.overview
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Export as zip",
            partial(zipped, seen.folder),
            file_name=f"{entry.name}.zip",
            mime="application/zip",
            key="catalogs.export",
            icon=":material/download:",
            on_click="ignore",
            help="The whole folder: items, interactions, cases, truth, exemplars. It is made when you press",
        )
        if entry.own:
            st.button("Rename …", key="catalogs.rename", icon=":material/edit:", on_click=_ask, args=("rename",))
            st.button("Delete …", key="catalogs.delete", icon=":material/delete:", on_click=_ask, args=("delete",))
        else:
            st.caption("A shipped catalog stays as it is: it can't be renamed or deleted here.")
    st.caption(f"Folder: {seen.folder}")
    asked = st.session_state.get(_ASKED)
    if entry.own and asked == "rename":
        _rename(entry)
    elif entry.own and asked == "delete":
        _delete(entry)


def _ask(what: str) -> None:
    st.session_state[_ASKED] = what


def _close() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Rename the catalog", on_dismiss=_close)
def _rename(entry: Entry) -> None:
    name = st.text_input("New name", entry.name, key="catalogs.rename.name", help="Lower-case letters, digits, -")
    own = shared().store.own_exemplars(entry.name)
    exemplars = f" Your {len(own)} exemplars go along." if own else ""
    st.caption(f"Results of experiments and comparisons keep the old name.{exemplars}")
    if not st.button("Rename", key="catalogs.rename.yes", type="primary", disabled=name == entry.name):
        return
    try:
        rename(entry.overview.folder, name)
    except WorkbenchError as error:
        problem_table(error.problems, "catalogs.rename.problems")
        return
    shared().store.move_exemplars(entry.name, name)
    move_indexes(shared().paths.cache, entry.name, name)
    if state.draft().catalog == entry.name:
        state.edit(lambda d: d.model_copy(update={"catalog": name}))
    st.session_state[_SAID] = f"{entry.name} is called {name} now"
    st.session_state[_GO] = name
    _close()
    st.rerun()


@st.dialog("Delete the catalog", on_dismiss=_close)
def _delete(entry: Entry) -> None:
    seen = entry.overview
    st.markdown(
        f"**{entry.name}** with {seen.items:,} items, {seen.interactions:,} interactions and {seen.cases:,} cases "
        "leaves this computer for good. Results that were made with it stay, and so do exemplars of your own."
    )
    sure = st.text_input(f"Type {entry.name} to confirm", key="catalogs.delete.name")
    if st.button("Delete", key="catalogs.delete.yes", type="primary", disabled=sure != entry.name):
        remove(seen.folder)
        move_indexes(shared().paths.cache, entry.name)
        st.session_state[_SAID] = f"{entry.name} is deleted"
        st.session_state[_GO] = ""
        _close()
        st.rerun()


def take_in() -> None:
    """Before the page's widgets are drawn: where a dialog that has closed sent it, and what it did."""
    name = st.session_state.pop(_GO, None)
    if name:
        st.session_state[NAME] = name
    elif name is not None:
        st.session_state[MODE] = ALL
        st.session_state.pop(NAME, None)
    if said := st.session_state.pop(_SAID, ""):
        st.success(said, icon=":material/check:")
