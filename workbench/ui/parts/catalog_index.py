"""What stands of a catalog's indexes, and the button that builds one behind the page."""

from functools import partial

import streamlit as st

from workbench.engine.embedded import EMBEDDED, is_present
from workbench.inventory import Entry, build_index, embedders_at_hand
from workbench.retrieval.index_state import IndexState
from workbench.ui.bootstrap import shared, tasks
from workbench.ui.callbacks import whole
from workbench.ui.parts import task_view

KEPT = "What is embedded stays; building again goes on from there."


def words_for(entry: Entry) -> str:
    """The state of the index by the embedder that the catalog's language calls for."""
    if building(entry.name, entry.embedder):
        return "being built"
    if entry.problems:
        return ""
    if entry.indexes is None:
        return "not read yet"
    return state_words(entry.indexes.get(entry.embedder))


def building(catalog: str, embedder: str) -> bool:
    task = tasks("index").find(task_name(catalog, embedder))
    return task is not None and task.running


def busy() -> frozenset[str]:
    """The embedders by which an index is being built."""
    return frozenset(task.name.rpartition(" by ")[2] for task in tasks("index").running)


def state_words(state: IndexState | None) -> str:
    return "none" if state is None else state.words


def task_name(catalog: str, embedder: str) -> str:
    return f"Index of {catalog} by {embedder}"


def button(entry: Entry | None) -> None:
    """Build the index of a catalog by its own embedder."""
    state = entry.indexes.get(entry.embedder) if entry and entry.indexes else None
    unfit = entry is None or bool(entry.problems) or (state is not None and state.built)
    unfit = unfit or (entry is not None and building(entry.name, entry.embedder))
    st.button(
        "Build index",
        key="catalogs.index",
        icon=":material/manufacturing:",
        disabled=unfit,
        help="Embeds what is new or changed, behind the page. Large catalogs also get an approximate index.",
        on_click=start,
        args=(entry.name, entry.embedder) if entry else ("", ""),
    )


@whole
def start(catalog: str, embedder: str) -> None:
    work = partial(build_index, shared().workshop, catalog, embedder)
    tasks("index").start(task_name(catalog, embedder), work)


def draw_running() -> None:
    """Every index that is being built, and those that did not come out well."""
    queue = tasks("index")
    for n, task in enumerate(queue.running):
        task_view.follow(task, f"index.running.{n}")
    latest = queue.latest
    if latest is not None:
        task_view.told(queue, latest, "index.ended", stopped=KEPT)


def draw(entry: Entry) -> None:
    """The state by each embedder at hand, and any other embedder by name."""
    workshop = shared().workshop
    names = list(dict.fromkeys([entry.embedder, *embedders_at_hand(workshop)]))
    states = entry.indexes or {}
    st.dataframe(
        [_row(name, states.get(name), entry) for name in names],
        hide_index=True,
        key="catalogs.indexes",
        placeholder="",
        column_config={
            n: st.column_config.NumberColumn(format="bytes") for n in ("vectors, of all catalogs", "index", "words")
        },
        alt="Indexes of the catalog",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        embedder = st.selectbox(
            "Embedder",
            names,
            key=f"catalogs.embedder.{entry.name}",
            accept_new_options=True,
            width=360,
            help="An embedded one, the Hugging Face id of a sentence-transformers model, or its folder",
        )
        state = states.get(embedder)
        label = "Bring up to date" if state is not None and state.embedded and not state.built else "Build index"
        st.button(
            label,
            key="catalogs.index.by",
            type="primary",
            icon=":material/manufacturing:",
            disabled=not embedder or (state is not None and state.built) or building(entry.name, embedder),
            on_click=start,
            args=(entry.name, embedder or ""),
        )
    st.caption(_note(embedder or "", state))


def _row(name: str, state: IndexState | None, entry: Entry) -> dict[str, str | int | None]:
    return {
        "embedder": f"{name} (for {entry.overview.meta.language})"
        if entry.overview.meta and name == entry.embedder
        else name,
        "state": state_words(state),
        "search": state.kind if state else "",
        "embedded": state.embedded if state else 0,
        "items": entry.overview.items,
        "vectors, of all catalogs": state.vector_bytes if state else None,
        "index": state.index_bytes if state else None,
        "words": state.word_bytes if state else None,
    }


def _note(embedder: str, state: IndexState | None) -> str:
    if state is not None and state.built:
        return "Every item has its vector. An item that changes is embedded again when it is next looked for, or here."
    model = EMBEDDED.get(embedder)
    if model and not is_present(embedder, shared().paths):
        return f"{embedder} is fetched first: {model.size_mb} MB, licence {model.licence}."
    return "Runs behind the page; leave it, or close the browser. " + KEPT
