"""One exemplar as a form: one's own to edit, a shipped one to copy, an empty one to fill in."""

import json
from collections.abc import Sequence

import streamlit as st

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.exemplar_files import read_exemplars
from workbench.errors import WorkbenchError
from workbench.exemplars.pool import Entry
from workbench.records import Exemplar
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole

SAID = "exemplars.said"
LISTED = ("history", "answer", "candidates")
HELP = {
    "history": "What the user had taken, oldest first",
    "answer": "The right items, best first",
    "candidates": "What was to be ranked; the answer is among it. May be empty",
}


def draw(entry: Entry | None, pool: Sequence[Entry], catalog: Catalog) -> None:
    """A form for `entry`, or for a new exemplar where there is none."""
    exemplar = entry.exemplar if entry else Exemplar("")
    key = f"exemplars.form.{exemplar.id or 'new'}"
    if entry:
        st.markdown(f"**{exemplar.id}** · {entry.source}" + ("" if entry.own else " · shipped ones can be copied"))
    with st.form(key, border=True):
        new_id = st.text_input(
            "Id", exemplar.id if not entry or entry.own else f"my-{exemplar.id}", key=f"{key}.id", max_chars=100
        )
        description = st.text_area("What the user says", exemplar.description, key=f"{key}.description", height=70)
        listed = {name: _items(name, getattr(exemplar, name), catalog, key) for name in LISTED}
        reason = st.text_area("Why this answer", exemplar.reason, key=f"{key}.reason", height=70)
        tags = st.multiselect(
            "Tags",
            sorted({tag for e in pool for tag in e.exemplar.tags}),
            list(exemplar.tags),
            key=f"{key}.tags",
            accept_new_options=True,
            help="The first tag is the segment that the policy “balanced” goes by",
        )
        submitted = st.form_submit_button("Save" if entry and entry.own else "Add", icon=":material/save:")
    if entry and entry.own:
        st.button(
            "Delete", key=f"{key}.delete", icon=":material/delete:", on_click=_delete, args=(catalog, exemplar.id)
        )
    if submitted:
        made = {
            "id": new_id.strip(),
            "description": description.strip(),
            "reason": reason.strip(),
            "tags": list(tags),
            "user": exemplar.user,
            "time": exemplar.time,
            **listed,
        }
        _submit(made, exemplar.id if entry and entry.own else "", pool, catalog)


def _items(name: str, ids: Sequence[str], catalog: Catalog, key: str) -> list[str]:
    found: list[str] = st.multiselect(
        name.capitalize(),
        list(catalog.titles),
        list(ids),
        key=f"{key}.{name}",
        format_func=lambda item_id: catalog.titles[item_id],
        help=HELP[name],
    )
    return found


def _submit(made: dict[str, object], before: str, pool: Sequence[Entry], catalog: Catalog) -> None:
    shipped = frozenset(entry.exemplar.id for entry in pool if not entry.own)
    line = json.dumps({name: value for name, value in made.items() if value}).encode()
    try:
        (exemplar,) = read_exemplars(line, catalog, shipped=shipped, name="this form")
    except WorkbenchError as error:
        for problem in error.problems:
            st.error(f"{problem.where.rpartition(', ')[2]}: {problem.what}", icon=":material/error:")
        return
    if exemplar.id != before and any(entry.exemplar.id == exemplar.id for entry in pool):
        st.error(f"id: {exemplar.id!r} is there already; choose another", icon=":material/error:")
        return
    store = shared().store
    store.save_exemplars(catalog.facts.name, [exemplar])
    if before and before != exemplar.id:
        store.delete_exemplars(catalog.facts.name, [before])
    st.session_state[SAID] = [("success", f"{exemplar.id} saved")]
    st.rerun()


@whole
def _delete(catalog: Catalog, exemplar_id: str) -> None:
    shared().store.delete_exemplars(catalog.facts.name, [exemplar_id])
    st.session_state[SAID] = [("success", f"{exemplar_id} deleted")]
