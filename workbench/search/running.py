"""A search at work: the templates as they ship, then what the sampler proposes, until the budget is spent; then the
winner once more on cases that were kept apart."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean
from typing import Any

from workbench.catalogs.catalog import Catalog
from workbench.code_version import check_code
from workbench.engine.protocol import Cancel, never
from workbench.errors import Cancelled, CatalogError, Problem, WorkbenchError
from workbench.experiments.embedders import check_embedders
from workbench.experiments.planning import choose_cases, digest, digest_of
from workbench.search.asked import Asked, check_defaults
from workbench.search.asking import Asker
from workbench.search.choosing import best_of, confirmation_cost, controls_cost, mean
from workbench.search.confirming import confirm
from workbench.search.folder import SearchFolder, State
from workbench.search.plan import SearchPlan
from workbench.search.spending import FEWEST, Spending
from workbench.search.study import Study, Trial, Tried, asker
from workbench.store.experiment import AskedCase
from workbench.store.store import Store
from workbench.variant_checks import problems_of
from workbench.workshop import Workshop

OnStep = Callable[[State], None]
REPEATS = 60
"""So many proposals in a row that were all tried before end a search: the space is exhausted, or nearly."""


class Exhausted(Exception):
    """The budget is spent."""


def quiet(state: State) -> None:
    return None


def run_search(
    folder: SearchFolder,
    store: Store,
    workshop: Workshop,
    *,
    cancel: Cancel = never,
    on_step: OnStep = quiet,
    now: Callable[[], float] = time.monotonic,
) -> State:
    """Do what is left of the search in that folder. It ends as done, as stopped where `cancel()` is true or the folder
    says so, or as failed, from where it can be gone on with: what failed is asked again. Raises SearchError where
    somebody else is at it, or all cases of a variant fail, and WorkbenchError for what else stops all of it."""
    with folder.lock():
        if folder.state().status == "done":
            return folder.state()
        folder.forget_stop()
        run = _Run(folder, store, workshop, cancel, on_step, now)
        try:
            with run.spending.clock():
                run.go()
        except Cancelled:
            run.say(status="stopped", progress="")
        except WorkbenchError as error:
            run.say(status="failed", problem=str(error))
            raise
        return folder.state()


@dataclass
class _Run:
    folder: SearchFolder
    store: Store
    workshop: Workshop
    cancel: Cancel
    on_step: OnStep
    now: Callable[[], float]
    repeated: int = 0
    reserve: Tried = Tried(0.0, 0.0)

    def __post_init__(self) -> None:
        self.state = self.folder.state()
        self.spending = Spending(self.plan.budget, self.state.seconds, self.state.passes, now=self.now)

    @cached_property
    def plan(self) -> SearchPlan:
        return self.folder.plan()

    @cached_property
    def catalog(self) -> Catalog:
        return self.workshop.catalog(self.plan.catalog)

    @cached_property
    def study(self) -> Study:
        return Study(self.folder.journal, seed=self.plan.seed, factor=self.plan.pruning.factor)

    @cached_property
    def asker(self) -> Asker:
        return Asker(self.plan, self.store, self.workshop, self.catalog, self.workshop.qrels(self.plan.catalog))

    @cached_property
    def sides(self) -> tuple[tuple[AskedCase, ...], tuple[AskedCase, ...]]:
        """(to search on, kept apart). Raises CatalogError where they are no longer what they were."""
        qrels, plan = self.workshop.qrels(self.plan.catalog), self.plan
        searched, apart = (choose_cases(self.catalog, qrels, ids=ids) for ids in (plan.search_ids, plan.confirm_ids))
        same = digest([digest_of(side) for side in (searched, apart)]) == plan.cases_digest
        if self.catalog.fingerprint != plan.catalog_fingerprint or not same:
            what = f"the catalog {plan.catalog!r} or its grades are no longer those that the search was planned for"
            raise CatalogError(Problem(what, fix="start a new search; what was found in this one stays"))
        return searched, apart

    def go(self) -> None:
        self.say(status="running", problem="", progress="loading the model")
        assert self.sides
        check_code(self.plan.code_version, kind="search")
        check_embedders(self.plan.embedders, self.workshop, self.catalog, kind="search")
        if self.state.chosen is None:
            self._choose()
        assert self.state.chosen is not None
        default, winner = (self.study.trials()[number] for number in self.state.chosen)
        cases = self._confirmed_on(default, winner)
        self.say(n_confirmed=len(cases))
        confirmation = confirm(self.folder, self.store, self.workshop, cases, default, winner, cancel=self._is_stopped)
        ended, apart = self.state.ended, len(self.sides[1])
        if len(cases) < apart:
            ended += f", which was enough for {len(cases)} of the {apart} cases kept apart"
        experiment_id = confirmation.experiment_id
        self.say(status="done", progress="", ended=ended, experiment_id=experiment_id, confirmation=confirmation)

    def _confirmed_on(self, default: Trial, winner: Trial) -> tuple[AskedCase, ...]:
        """The cases kept apart of which both are asked, in turns, as long as the budget lasts: what they are expected
        to take may be wrong. What the store knew already costs nothing."""
        cases = self.sides[1][: self.state.n_confirmed]
        trials = {trial.number: trial for trial in (default, winner)}.values()
        both = [Asked(trial.variant(self.plan.space), f"confirming {trial.what}") for trial in trials]
        for n in range(1, len(cases) + 1):
            before = self.spending.passes
            for asked in both:
                self._ask(asked, cases[:n], go_on=self._go_on_confirming, keep=True, of=len(cases))
            controls = controls_cost(self.plan, n, [mean(asked.costs) for asked in both])
            if n >= FEWEST and self.spending.passes > before and self.spending.is_spent(controls):
                cases = cases[:n]
                break
        for asked in both:
            asked.check()
        return cases

    def _choose(self) -> None:
        ended = "the number of trials is reached"
        try:
            self._defaults()
            self.study.take_up()
            while not self.spending.out_of_trials(sum(not t.default_of for t in self.study.trials())):
                if self.repeated >= REPEATS:
                    ended = f"the last {REPEATS} proposals had all been tried before"
                    break
                self._trial()
        except Exhausted:
            ended = "the budget is spent, but for what the confirmation takes"
        trials, n = self.study.trials(), len(self.plan.confirm_ids)
        default, winner = best_of(trials, len(self.plan.search_ids))
        affordable = self.spending.affords(confirmation_cost(self.plan, trials), n)
        self.say(chosen=(default.number, winner.number), n_confirmed=affordable, ended=ended)

    def _defaults(self) -> None:
        """Each template as it ships, all after the same cases, the worse half leaving after each look. They are kept
        together at the end: one that was stopped on the way asks again what it asked, and is answered by the store."""
        space = self.plan.space
        if any(t.default_of for t in self.study.trials()):
            return
        all_of_them = [Asked(space.default(name), f"{name} as it ships") for name in space.templates]
        left = all_of_them
        try:
            for rung in self.plan.rungs:
                for asked in left:
                    self._ask(asked, self.sides[0][:rung], go_on=self._go_on)
                    asked.check()
                    asked.means[rung] = fmean(asked.values)
                    self._keep_back(mean(asked.costs))
                check_defaults(all_of_them)
                left = sorted(left, key=lambda asked: -asked.means[rung])[: max(1, -(-len(left) // 2))]
        except Exhausted:
            check_defaults(all_of_them)
            self._keep(all_of_them)
            raise
        self._keep(all_of_them)

    def _keep(self, defaults: list[Asked]) -> None:
        for asked, name in zip(defaults, self.plan.space.templates, strict=True):
            answers = self.plan.space.point(name)
            n = len(self.plan.search_ids)
            self.study.add_default(name, answers, self.plan.space, asked.means, n, asked.tried)

    def _trial(self) -> None:
        before = self.study.trials()
        self._keep_back(confirmation_cost(self.plan, before))
        self._go_on()
        live = self.study.ask()
        variant = self.plan.space.variant(asker(live))
        if problems := problems_of(variant, self.catalog):
            self.study.tell(live, "failed", Tried(0.0, 0.0), reason=str(problems[0]))
            self.repeated += 1
            return
        tried = {t.variant(self.plan.space).digest for t in before if t.values}
        self.repeated = self.repeated + 1 if variant.digest in tried else 0
        asked = Asked(variant, f"trial {len(before)}")
        try:
            for rung in self.plan.rungs:
                self._ask(asked, self.sides[0][:rung], go_on=self._go_on)
                asked.check()
                value = fmean(asked.values)
                live.report(value, rung)
                if rung == self.plan.rungs[-1]:
                    self.study.tell(live, "complete", asked.tried, value=value)
                elif not self.study.goes_on(rung, value):
                    self.study.tell(live, "pruned", asked.tried)
                    break
        except Exhausted:
            self.study.tell(live, "failed", asked.tried, reason="the budget was spent in the middle of it")
            raise

    def _ask(
        self,
        asked: Asked,
        cases: tuple[AskedCase, ...],
        *,
        go_on: Callable[[], None],
        keep: bool = False,
        of: int = 0,
    ) -> None:
        """Ask those of the cases that were not asked yet; `of` is how many there will be where more are to come.
        Raises what `go_on` raises."""
        for case in cases[len(asked.values) :]:
            self.say(progress=f"{asked.name}, case {len(asked.values) + 1} of {of or len(cases)}", seldom=True)
            go_on()
            try:
                answer = self.asker.answer(asked.variant, case, cancel=lambda: _raises(go_on), keep=keep)
            except Cancelled:
                go_on()
                raise
            self.spending.passes += answer.spent
            asked.add(answer)

    def _keep_back(self, case: Tried) -> None:
        """Leave what the confirmation takes if each case takes as much."""
        n = len(self.plan.confirm_ids)
        self.reserve = Tried(n * case.seconds, n * case.passes)

    def _go_on(self) -> None:
        self._go_on_confirming()
        if self.spending.is_spent(self.reserve):
            raise Exhausted

    def _go_on_confirming(self) -> None:
        if self._is_stopped():
            raise Cancelled

    def _is_stopped(self) -> bool:
        return self.cancel() or self.folder.is_asked_to_stop

    def say(self, *, seldom: bool = False, **changes: Any) -> None:
        """Keep where it stands; with `seldom` only where a second has gone by."""
        if seldom and not self.spending.beat():
            return
        changes |= {"seconds": self.spending.seconds, "passes": self.spending.passes}
        self.state = replace(self.state, **changes)
        self.folder.save(self.state)
        self.on_step(self.state)


def _raises(go_on: Callable[[], None]) -> bool:
    try:
        go_on()
    except (Cancelled, Exhausted):
        return True
    return False
