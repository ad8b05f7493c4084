"""Exemplars: the pool of a catalog, browsed, filtered, added to, edited, brought in and taken away."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.exemplars.pool import entries
from workbench.ui.bootstrap import shared
from workbench.ui.parts import exemplar_pool

st.header("Exemplars")
st.markdown(
    "Solved cases that a prompt may show. A catalog ships some; your own stand beside them at once, for every variant. "
    "Whatever the policy, a guard keeps an exemplar from a case that shares its user, its answer or its text."
)
workshop, store = shared().workshop, shared().store
names = list(workshop.catalog_folders())
name = st.selectbox("Catalog", names, key="exemplars.catalog", bind="query-params")
try:
    with st.spinner("Reading the catalog …"):
        catalog = workshop.catalog(name)
        own = store.own_exemplars(catalog.facts.name)
        pool = entries(catalog, {exemplar.id for exemplar in own})
except WorkbenchError as error:
    st.error("This catalog does not load:", icon=":material/error:")
    for problem in error.problems:
        st.markdown(f"- {problem}")
    st.stop()

lost = [exemplar.id for exemplar in own if exemplar.id not in {entry.exemplar.id for entry in pool}]
if lost:
    st.warning(f"Not shown, since the catalog lacks their items now: {', '.join(lost)}", icon=":material/link_off:")
left, right = st.columns([3, 2], gap="medium")
with left:
    found = exemplar_pool.browse(pool, catalog)
with right:
    exemplar_pool.look_at(found, pool, catalog)
st.divider()
exemplar_pool.add(pool, catalog)
