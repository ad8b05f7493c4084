"""From one variant to the next experiment, each one click: more and more exemplars, or one part less at a time."""

import altair as alt
import pandas as pd
import streamlit as st

from workbench.errors import WorkbenchError
from workbench.evaluation.leaderboard import Board
from workbench.evaluation.measures import with_direction
from workbench.experiments.derived import ablation_plan, curve_counts, curve_plan
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared
from workbench.ui.callbacks import whole

_PROBLEMS = "derive problems"
CURVE_HELP = "The variant with 0, 1, 2, 4 and 8 exemplars over the same cases, as an experiment of its own."
ABLATE_HELP = "The variant without each block of its template and each exemplar in turn: what does it live on?"


def draw(experiment: Experiment, board: Board) -> None:
    _curve(experiment, board)
    labels = [v.label for v in experiment.plan.variants]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox("Look closer at", labels, key=f"derive.label.{experiment.id}", width=240)
        args = (experiment.id, label)
        st.button(
            "Few-shot curve",
            key="derive.curve",
            icon=":material/show_chart:",
            help=CURVE_HELP,
            on_click=_begin,
            args=(*args, "curve"),
        )
        st.button(
            "One part less, each in turn",
            key="derive.ablate",
            icon=":material/content_cut:",
            help=ABLATE_HELP,
            on_click=_begin,
            args=(*args, "ablation"),
        )
    for problem in st.session_state.pop(_PROBLEMS, ()):
        st.error(str(problem), icon=":material/error:")


def _curve(experiment: Experiment, board: Board) -> None:
    counts = curve_counts(experiment.plan)
    rows = [
        {"exemplars": counts[r.entry.label], "mean": r.measure.mean, "low": r.measure.low, "high": r.measure.high}
        for r in board.rows
        if r.entry.role == "variant" and r.entry.label in counts
    ]
    if not rows:
        return
    st.markdown(f"**Few-shot curve**, {board.measure} with 95 % intervals")
    base = alt.Chart(pd.DataFrame(rows)).encode(x=alt.X("exemplars:Q", axis=alt.Axis(tickMinStep=1)))
    band = base.mark_area(opacity=0.2, color="#2f9e6e").encode(
        y=alt.Y("low:Q", title=with_direction(board.measure)), y2="high:Q"
    )
    line = base.mark_line(point=True, color="#2f9e6e").encode(y="mean:Q", tooltip=["exemplars", "mean", "low", "high"])
    st.altair_chart((band + line).properties(height=240), key="derive.chart", alt="Few-shot curve")


@whole
def _begin(experiment_id: str, label: str, what: str) -> None:
    store, workshop = shared().store, shared().workshop
    try:
        plan, cases = store.experiment(experiment_id).plan, store.experiment_cases(experiment_id)
        derive = curve_plan if what == "curve" else ablation_plan
        derived = derive(plan, workshop.catalog(plan.catalog), cases, label)
    except WorkbenchError as error:
        st.session_state[_PROBLEMS] = error.problems
        return
    new_id = store.begin_experiment(derived, cases)
    shared().experiments.submit(new_id)
    st.query_params["experiment"] = new_id
