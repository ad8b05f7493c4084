"""What a catalog still lacks before a first list: cases, an index, a comparison; each a button."""

import streamlit as st

from workbench.inventory import Entry
from workbench.ui.callbacks import whole
from workbench.ui.parts import catalog_cases, catalog_index
from workbench.ui.parts.catalog_list import MODE, NAME, ONE

SHOW = "catalogs.show"


def lacking(entry: Entry) -> bool:
    state = (entry.indexes or {}).get(entry.embedder)
    return not entry.overview.cases or state is None or not state.built


def draw(entry: Entry) -> None:
    """Three steps, those that are done ticked off. The first that is not is the one to press."""
    seen = entry.overview
    built = catalog_index.words_for(entry) == "built"
    ready = bool(seen.cases) or not seen.interactions
    with st.container(border=True, key="catalogs.next"):
        st.markdown("**From items to a first list**")
        steps = st.columns(3, gap="medium")
        with steps[0]:
            if seen.cases:
                st.markdown(f":material/check: **Cases**  \n{seen.cases:,} to rank for")
            else:
                st.markdown("**1 · Cases**  \nWhom to rank for, built from the interactions")
            _go_button("Build cases" if not seen.cases else "See the cases", "Cases", entry, first=not ready)
        with steps[1]:
            words = catalog_index.words_for(entry)
            if built:
                st.markdown(f":material/check: **Index**  \nBuilt by {entry.embedder}")
            else:
                st.markdown(f"**2 · Index**  \n{words.capitalize()} by {entry.embedder}")
                st.button(
                    "Build index",
                    key="next.index",
                    icon=":material/manufacturing:",
                    type="primary" if ready else "secondary",
                    disabled=catalog_index.building(entry.name, entry.embedder),
                    on_click=catalog_index.start,
                    args=(entry.name, entry.embedder),
                )
        with steps[2]:
            st.markdown("**3 · Compare**  \nTwo prompts side by side on a first case")
            look = "primary" if ready and built else "secondary"
            catalog_cases.compare_button(entry.name, "next.compare", type=look)


def _go_button(label: str, show: str, entry: Entry, *, first: bool) -> None:
    st.button(
        label,
        key="next.cases",
        icon=":material/quiz:",
        type="primary" if first else "secondary",
        on_click=_show,
        args=(entry.name, show),
    )


@whole
def _show(name: str, show: str) -> None:
    st.session_state[MODE] = ONE
    st.session_state[NAME] = name
    st.session_state[SHOW] = show
