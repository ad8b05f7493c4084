"""An experiment's numbers, computed once for as long as no more are done and shared by all who look."""

import streamlit as st

from workbench.evaluation.leaderboard import Board, Slice, slices
from workbench.evaluation.scores import Scores
from workbench.experiments.reading import read_board, read_scores
from workbench.store.experiment import Experiment
from workbench.ui.bootstrap import shared

# Resources and no data: what is kept is never changed, and a copy of a thousand cases for each redraw takes a second.


def scores_now(experiment: Experiment) -> Scores:
    scores: Scores = _scores(experiment.id, experiment.n_done, experiment.n_failed, experiment)
    return scores


def board_now(experiment: Experiment, measure: str, baseline: str) -> Board:
    """Raises WorkbenchError where the catalog is gone."""
    board: Board = _board(experiment.id, experiment.n_done, experiment.n_failed, measure, baseline, experiment)
    return board


def slices_now(experiment: Experiment, measure: str) -> tuple[Slice, ...]:
    """Of the variants alone."""
    found: tuple[Slice, ...] = _slices(experiment.id, experiment.n_done, experiment.n_failed, measure, experiment)
    return found


@st.cache_resource(max_entries=3, show_spinner="Reading the results …")
def _scores(experiment_id: str, n_done: int, n_failed: int, _experiment: Experiment) -> Scores:
    return read_scores(shared().store, _experiment)


@st.cache_resource(max_entries=16, show_spinner="Computing intervals …")
def _board(
    experiment_id: str, n_done: int, n_failed: int, measure: str, baseline: str, _experiment: Experiment
) -> Board:
    scores = scores_now(_experiment)
    return read_board(shared().store, shared().workshop, _experiment, scores, measure=measure, baseline=baseline)


@st.cache_resource(max_entries=16, show_spinner="Computing intervals …")
def _slices(experiment_id: str, n_done: int, n_failed: int, measure: str, _experiment: Experiment) -> tuple[Slice, ...]:
    variants = [entry for entry in _experiment.plan.entries if entry.role == "variant"]
    return slices(scores_now(_experiment), measure, variants)
