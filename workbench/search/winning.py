"""The winner of a search as what the rest of the workbench takes: a variant, and a bundle."""

from workbench.bundle import Solved, make_bundle, write_bundle
from workbench.errors import Problem
from workbench.search.folder import SearchError, SearchFolder
from workbench.search.reading import read
from workbench.variant import Variant
from workbench.workshop import Workshop

SOLVED = 20
"""Of the cases kept apart so many go into the bundle."""


def winner_of(folder: SearchFolder) -> Variant:
    """The confirmed winner, or else the best so far. Raises SearchError where nothing has seen all cases yet."""
    reading, chosen = read(folder), folder.state().chosen
    trial = reading.trials[chosen[1]] if chosen else reading.best
    if trial is None:
        raise SearchError(Problem("no trial has seen all cases yet", f"search {folder.id}", "let it go on"))
    return trial.variant(reading.plan.space)


def bundle_of(folder: SearchFolder, workshop: Workshop) -> bytes:
    """The winner with its rankings of the first cases kept apart. Raises SearchError before it is confirmed."""
    confirmation = folder.state().confirmation
    if confirmation is None:
        raise SearchError(Problem("the winner is not confirmed yet", f"search {folder.id}", "let it go on"))
    store = workshop.store
    assert store is not None
    plan = store.experiment(confirmation.experiment_id).plan
    cases, at = store.experiment_cases(confirmation.experiment_id), len(plan.variants) - 1
    keys = {r.case_at: r.key for r in store.results(confirmation.experiment_id) if r.entry == at and r.status == "done"}
    found = ((cases[case_at].case, store.ranking_of(key)) for case_at, key in sorted(keys.items())[:SOLVED])
    solved = [Solved(case, ranking) for case, ranking in found if ranking is not None]
    return write_bundle(make_bundle(plan.variants[at], workshop.catalog(plan.catalog), solved))
