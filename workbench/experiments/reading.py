"""An experiment read from the store for whoever shows it: its leaderboard and its slices."""

from workbench.evaluation.leaderboard import Board, Scores, leaderboard, scores_of
from workbench.store.experiment import Experiment
from workbench.store.store import Store
from workbench.workshop import Workshop


def read_scores(store: Store, experiment: Experiment) -> Scores:
    return scores_of(experiment.plan, store.experiment_cases(experiment.id), store.results(experiment.id))


def read_board(
    store: Store, workshop: Workshop, experiment: Experiment, scores: Scores, *, measure: str = "", baseline: str = ""
) -> Board:
    """Raises WorkbenchError where the catalog is gone."""
    size = len(workshop.catalog(experiment.plan.catalog).items)
    costs = store.experiment_costs(experiment.id)
    return leaderboard(scores, costs, catalog_size=size, measure=measure, baseline=baseline)
