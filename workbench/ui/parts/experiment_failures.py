"""What failed in an experiment: each error once with how often, and the cases, a page at a time."""

import streamlit as st

from workbench.evaluation.scores import Scores
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared

PAGE = 50


def draw(experiment: Experiment, scores: Scores) -> None:
    if not experiment.n_failed:
        st.success("Nothing has failed.", icon=":material/check_circle:")
        return
    key = f"failures.page.{experiment.id}"
    found = shared().store.failures(experiment.id, offset=PAGE * (st.session_state.get(key, 1) - 1), limit=PAGE)
    st.markdown(f"**{found.total:,} results failed**; each counts 0 in every measure.")
    kinds = [{"how often": n, "error": problem} for problem, n in found.kinds]
    widths = {"how often": st.column_config.NumberColumn(width=80), "error": st.column_config.TextColumn(width="large")}
    st.dataframe(kinds, hide_index=True, key="failures.kinds", column_config=widths, alt="Errors")
    labels = {entry.position: entry.label for entry in experiment.plan.entries}
    rows = [
        {
            "case": scores.cases[r.case_at].case.id,
            "entry": labels[r.entry],
            "repeat": r.repeat,
            "error": r.problem,
        }
        for r in found.rows
    ]
    widths = {
        "case": st.column_config.TextColumn(width="small"),
        "entry": st.column_config.TextColumn(width="small"),
        "repeat": st.column_config.NumberColumn(width=60) if experiment.plan.repeats > 1 else None,
        "error": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(rows, hide_index=True, key="failures.table", column_config=widths, alt="Failed results")
    pages = -(-found.total // PAGE)
    if pages > 1:
        st.pagination(pages, key=key)
