"""An entry of this experiment against one of another, on the cases that both asked."""

import pandas as pd
import streamlit as st

from workbench.evaluation.measures import less_is_better
from workbench.experiments.reading import Across, Side, across
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared
from workbench.ui.parts import experiment_picker, pair_charts, tables

LISTED = 12
"""Ids of cases that are told of one kind."""


def draw(experiment: Experiment, measure: str) -> None:
    store = shared().store
    known = experiment_picker.labels_of(e for e in store.experiment_names() if e.id != experiment.id)
    if not known:
        st.info("There is no other experiment to hold this one against.", icon=":material/science:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        a = st.selectbox("Here", [e.label for e in experiment.plan.entries], key=f"across.a.{experiment.id}", width=220)
        other_id = st.selectbox(
            "Other experiment",
            list(known),
            key=f"across.other.{experiment.id}",
            format_func=lambda i: known[i],
        )
        other = store.experiment(other_id)
        b = st.selectbox("There", [e.label for e in other.plan.entries], key=f"across.b.{other.id}", width=220)
    found = _across(
        Side(experiment.id, a), Side(other.id, b), measure, (experiment.n_done, experiment.n_failed), (other.n_done,)
    )
    for warning in found.warnings:
        st.warning(tables.plain(warning[0].upper() + warning[1:]), icon=":material/warning:")
    _left_out(found)
    if not found.cases:
        st.info("The two have no case in common.", icon=":material/join_inner:")
        return
    words = found.difference.words
    st.info(tables.plain(words[0].upper() + words[1:]), icon=":material/gavel:")
    frame = pd.DataFrame([{"case": c.case_id, "a": c.a, "b": c.b, "difference": c.difference} for c in found.cases])
    names = found.difference.a, found.difference.b
    pair_charts.draw(frame, *names, measure)
    ordered = frame.sort_values("difference", ascending=less_is_better(measure), kind="stable").rename(
        columns={"a": f"here: {a}", "b": f"there: {b}"}
    )
    numbers = {c: st.column_config.NumberColumn(format="%.3f") for c in ordered.columns if c != "case"}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(frame):,} cases in common, the largest gains of the other experiment first.")
        tables.downloads(lambda: ordered, f"across-{experiment.id}-{other.id}", key="across.table")
    st.dataframe(ordered, hide_index=True, key="across.table", column_config=numbers, alt="Cases of both")


def _left_out(found: Across) -> None:
    for ids, said in (
        (found.only_a, "asked here alone"),
        (found.only_b, "asked there alone"),
        (found.changed, "changed in between, and not compared"),
    ):
        if ids:
            more = f" and {len(ids) - LISTED:,} more" if len(ids) > LISTED else ""
            st.caption(f"{len(ids):,} {'case' if len(ids) == 1 else 'cases'} {said}: {', '.join(ids[:LISTED])}{more}")


@st.cache_resource(max_entries=8, show_spinner="Computing intervals …")
def _across(a: Side, b: Side, measure: str, here: tuple[int, int], there: tuple[int, ...]) -> Across:
    """Anew when more is done in either."""
    return across(shared().store, a, b, measure=measure)
