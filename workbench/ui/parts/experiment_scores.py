"""An experiment's results, read once for as long as no more are done."""

import streamlit as st

from workbench.evaluation.leaderboard import Scores
from workbench.experiments.reading import read_scores
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared


def scores_now(experiment: Experiment) -> Scores:
    scores: Scores = _scores(experiment.id, experiment.n_done, experiment.n_failed, experiment)
    return scores


@st.cache_data(max_entries=8, show_spinner="Reading the results …")
def _scores(experiment_id: str, n_done: int, n_failed: int, _experiment: Experiment) -> Scores:
    return read_scores(shared().store, _experiment)
