"""The winner held against the best shipped default on cases kept apart: once, as an experiment like any other."""

from collections.abc import Sequence

from workbench.engine.protocol import Cancel
from workbench.errors import Cancelled
from workbench.evaluation.significance import difference, interval
from workbench.experiments.embedders import with_embedders
from workbench.experiments.planning import name_after, plan_experiment
from workbench.experiments.reading import read_scores
from workbench.experiments.running import run_experiment
from workbench.search.folder import Confirmation, SearchFolder, searches
from workbench.search.plan import SearchPlan
from workbench.search.reading import words as words_of
from workbench.search.study import Trial
from workbench.store.experiment import AskedCase
from workbench.store.store import Store
from workbench.workshop import Workshop

DEFAULT, WINNER = "Best default", "Winner"


def confirm(
    folder: SearchFolder,
    store: Store,
    workshop: Workshop,
    cases: Sequence[AskedCase],
    default: Trial,
    winner: Trial,
    *,
    cancel: Cancel,
) -> Confirmation:
    """Run the experiment of the two, and judge. Raises Cancelled where it was stopped; going on redoes nothing."""
    plan = folder.plan()
    same = default.variant(plan.space).digest == winner.variant(plan.space).digest
    experiment_id = _experiment(plan, store, workshop, cases, [default] if same else [default, winner])
    experiment = run_experiment(store, workshop, experiment_id, cancel=cancel)
    if experiment.status != "done":
        raise Cancelled
    scores = read_scores(store, experiment)
    values = [scores.named(at, plan.measure) for at in range(1 if same else 2)]
    confirmed = interval(list(values[-1].values()), seed=plan.seed)
    found = None if same else difference(DEFAULT, WINNER, *values, worth=plan.worth, seed=plan.seed)
    return Confirmation(
        experiment_id=experiment_id,
        winner=words_of(plan, winner),
        default=default.default_of,
        searched=winner.score or 0.0,
        confirmed=confirmed.mean,
        low=confirmed.low,
        high=confirmed.high,
        n=confirmed.n,
        default_searched=default.score or 0.0,
        default_confirmed=interval(list(values[0].values()), seed=plan.seed).mean,
        verdict=found.verdict if found else "",
        words=_words(default, found.words if found else "", found.verdict if found else ""),
        looks=_looks(folder, plan),
        failures=experiment.n_failed,
    )


def _words(default: Trial, said: str, verdict: str) -> str:
    if not verdict:
        return f"nothing was found that is better than the best shipped default, {default.default_of}"
    if verdict == "better":
        return f"better than the best shipped default, {default.default_of}: {said}"
    return f"not shown to be better than the best shipped default, {default.default_of}: {said}"


def _experiment(
    plan: SearchPlan, store: Store, workshop: Workshop, cases: Sequence[AskedCase], trials: Sequence[Trial]
) -> str:
    labels = (DEFAULT, WINNER)
    variants = [
        trial.variant(plan.space).model_copy(update={"label": label})
        for trial, label in zip(trials, labels, strict=False)
    ]
    made = plan_experiment(
        name_after(plan.name, "confirmation"),
        workshop.catalog(plan.catalog),
        cases,
        variants,
        catalog=plan.catalog,
        baseline=DEFAULT,
        measure=plan.measure,
        cutoffs=plan.cutoffs,
        controls=plan.controls,
        seed=plan.seed,
        worth=plan.worth,
    )
    return store.begin_experiment(with_embedders(made, workshop), cases)


def _looks(folder: SearchFolder, plan: SearchPlan) -> int:
    """How many other searches have confirmed on any of these cases: each further look makes luck more likely."""
    apart = set(plan.confirm_ids)
    others = (other for other in searches(folder.path.parent.parent) if other.id != folder.id)
    done = (other.plan() for other in others if other.state().status == "done")
    return sum(p.catalog_fingerprint == plan.catalog_fingerprint and bool(apart & set(p.confirm_ids)) for p in done)
