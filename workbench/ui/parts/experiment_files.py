"""An experiment as files: a report, the leaderboard, every result."""

import pandas as pd
import streamlit as st

from workbench.evaluation.leaderboard import results_table
from workbench.evaluation.scores import Scores
from workbench.experiments.reporting import read_report
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared
from workbench.ui.parts import tables


def draw(experiment: Experiment, scores: Scores, measure: str, baseline: str) -> None:
    store, workshop = shared().store, shared().workshop
    st.markdown("The report is one file that opens in any browser and loads nothing: send it to whoever has to decide.")
    st.download_button(
        "Report as HTML",
        lambda: read_report(store, workshop, experiment, measure=measure, baseline=baseline),
        file_name=f"experiment-{experiment.id}.html",
        mime="text/html",
        key="files.report",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
    st.markdown("Every result of every case, one a row:")
    with st.container(horizontal=True):
        tables.downloads(lambda: pd.DataFrame(results_table(scores)), f"results-{experiment.id}", key="files.results")
    st.markdown("In a terminal, the same report:")
    st.code(f"workbench eval report {experiment.id} --html report.html", language=None)
