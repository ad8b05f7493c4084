"""The main page: a case, variants as columns, and their ranked lists side by side."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui import state
from workbench.ui.bootstrap import shared
from workbench.ui.parts import case_bar, results, run_bar, variant_column

ALL = "All"

draft = state.draft()
try:
    catalog, case, _ = case_bar.draw(draft)
except WorkbenchError as error:
    st.error(f"The catalog {draft.catalog!r} does not load:", icon=":material/error:")
    for problem in error.problems:
        st.markdown(f"- {problem}")
    st.stop()

comparison_id = state.shown_comparison_id()
comparison = shared().store.comparison(comparison_id) if comparison_id else None

labels = [v.label for v in draft.variants]
left, right = st.columns([3, 2], vertical_alignment="bottom")
with left:
    run_bar.draw(comparison)
with right, st.container(horizontal_alignment="right"):
    shown = st.segmented_control(
        "Show",
        [ALL, *labels],
        default=ALL,
        required=True,
        key="focus",
        label_visibility="collapsed",
        persist_state="session",
    )

if shown in labels:
    variant_column.draw(shown, catalog, case, focused=True)
else:
    for column, label in zip(st.columns(len(labels), gap="medium"), labels, strict=True):
        with column:
            variant_column.draw(label, catalog, case, focused=len(labels) == 1)

st.divider()
if said := state.broken_link():
    st.warning(said, icon=":material/link_off:")
results.follow(comparison)
if comparison is None:
    st.info(
        "Press **Run** to rank the candidates with every variant and see the lists here.", icon=":material/play_arrow:"
    )
else:
    try:
        of_comparison = (
            catalog if comparison.catalog == catalog.facts.name else shared().workshop.catalog(comparison.catalog)
        )
        results.draw(comparison, of_comparison, draft.baseline)
    except WorkbenchError as error:
        st.error(str(error), icon=":material/error:")
