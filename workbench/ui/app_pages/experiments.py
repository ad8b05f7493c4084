"""Experiments: variants over many cases, how far they are, and which is better and how surely."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.experiments.reading import read_board
from workbench.ui.bootstrap import shared
from workbench.ui.following import following
from workbench.ui.parts import experiment_board, experiment_cases, experiment_files, experiment_progress
from workbench.ui.parts import experiment_start as start
from workbench.ui.parts.experiment_scores import scores_now

VIEWS = ("Leaderboard", "Case by case", "Slices", "What differs", "Files")
store = shared().store
known = {e.id: e for e in store.experiments()}

st.header("Experiments")
start.draw(expanded=not known)
if not known:
    st.info("No experiment yet: start one above, or with `workbench eval`.", icon=":material/science:")
    st.stop()


def show(experiment_id: str) -> None:
    st.query_params["experiment"] = experiment_id


wanted = st.query_params.get("experiment")
if wanted and wanted not in known:
    st.warning(f"No experiment {wanted!r}: showing the latest instead.", icon=":material/link_off:")
experiment = known.get(wanted or "") or next(iter(known.values()))
key, changed = following("experiment.shown", experiment.id, show)
st.selectbox(
    "Experiment",
    list(known),
    list(known).index(experiment.id),
    key=key,
    on_change=changed,
    format_func=lambda i: f"{known[i].plan.name} · {known[i].created_at.astimezone():%d %b %H:%M}",
)
experiment_progress.follow(experiment)
scores = scores_now(experiment)
if not any(scores.results.values()):
    st.info("Nothing is done yet.", icon=":material/hourglass_empty:")
    st.stop()
measure, baseline = experiment_board.choose(experiment)
try:
    with st.spinner("Computing intervals …"):
        board = read_board(store, shared().workshop, experiment, scores, measure=measure, baseline=baseline)
except WorkbenchError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()

view = st.segmented_control("Look at", VIEWS, default=VIEWS[0], required=True, key="experiment.view")
if view == "Leaderboard":
    experiment_board.draw(board, experiment)
elif view == "Case by case":
    experiment_cases.draw(experiment, scores, measure, baseline)
elif view == "Slices":
    experiment_board.draw_slices(scores, measure)
elif view == "What differs":
    experiment_cases.draw_settings(experiment)
else:
    experiment_files.draw(board, experiment, scores)
