"""Experiments: variants over many cases, how far they are, and which is better and how surely."""

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.store.comparison import Run
from workbench.ui.bootstrap import shared
from workbench.ui.parts import (
    experiment_across,
    experiment_board,
    experiment_cases,
    experiment_derive,
    experiment_failures,
    experiment_files,
    experiment_picker,
    experiment_progress,
    experiment_slices,
    experiment_start,
    run_details,
)
from workbench.ui.parts.experiment_scores import board_now, scores_now

VIEWS = ("Leaderboard", "Case by case", "Slices", "What differs", "Failures", "Other experiments", "Files")

st.header("Experiments")
experiment_start.draw(expanded=not shared().store.experiment_names(limit=1))
experiment = experiment_picker.pick("experiment.shown")
if experiment is None:
    st.info("No experiment yet: start one above, or with `workbench eval`.", icon=":material/science:")
    st.stop()
assert experiment is not None  # or this run of the page has ended above
experiment_progress.follow(experiment)
scores = scores_now(experiment)
if not any(scores.results.values()):
    st.info("Nothing is done yet.", icon=":material/hourglass_empty:")
    st.stop()
failures = f"Failures ({experiment.n_failed:,})"
with st.container(horizontal=True, vertical_alignment="bottom"):
    measure, baseline = experiment_board.choose(experiment)
    view = st.segmented_control(
        "Look at",
        VIEWS,
        default=VIEWS[1] if st.query_params.get("case") else VIEWS[0],
        required=True,
        key="experiment.view",
        persist_state="session",
        format_func=lambda name: failures if name == "Failures" else name,
    )
try:
    if view == "Leaderboard":
        board = board_now(experiment, measure, baseline)
        experiment_board.draw(board, experiment, baseline)
        experiment_derive.draw(experiment, board)
    elif view == "Case by case":
        experiment_cases.draw(experiment, scores, measure, baseline)
    elif view == "Slices":
        experiment_slices.draw(experiment, measure)
    elif view == "What differs":
        run_details.draw_difference([Run(at, v, "done") for at, v in enumerate(experiment.plan.variants)])
    elif view == "Other experiments":
        experiment_across.draw(experiment, measure)
    elif view == "Failures":
        experiment_failures.draw(experiment, scores)
    else:
        experiment_files.draw(experiment, scores, measure, baseline)
except WorkbenchError as error:
    st.error(str(error), icon=":material/error:")
