"""An experiment at work: cell after cell, each kept as it is done, never one that is there already."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from workbench.catalogs.catalog import Catalog
from workbench.code_version import check_code
from workbench.engine.apart import Known, apart
from workbench.engine.protocol import Cancel, never
from workbench.engine.remote_address import is_remote
from workbench.errors import Cancelled, Problem, VariantError, WorkbenchError
from workbench.evaluation.beyond import Beyond
from workbench.evaluation.calibrated import Calibration
from workbench.exemplars.guard import leakage_guard
from workbench.experiments.cells import Judge, dependencies, ranking_key
from workbench.experiments.controls import NOTHING, control, given
from workbench.experiments.embedders import fingerprint_of
from workbench.experiments.framing import read_frame
from workbench.experiments.keeping import Keeper, Made
from workbench.experiments.planning import digest
from workbench.experiments.unchanged import check_unchanged
from workbench.jobs import problems_of_failure
from workbench.recommender import Recommender, prepare
from workbench.records import Candidate, Case, Ranking
from workbench.store.documents import Document
from workbench.store.experiment import CONTROLS, AskedCase, Entry, Experiment, ExperimentPlan, Result
from workbench.store.store import Store
from workbench.workshop import Workshop

OnCell = Callable[["Progress"], None]
BEAT_EVERY = 1.0
"""Seconds between looks at the store whether to go on, and words to it that somebody is at work."""
_CASE = Document(Case)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: `asked` of the `done` cells were ranked now, the others were there; `left` is in seconds."""

    done: int
    total: int
    asked: int
    failed: int
    left: float | None


def quiet(progress: Progress) -> None:
    return None


def run_experiment(
    store: Store, workshop: Workshop, experiment_id: str, *, cancel: Cancel = never, on_cell: OnCell = quiet
) -> Experiment:
    """Do what is not yet done; a cell that fails is kept with its error, and the rest goes on. It ends as done, or as
    stopped where `cancel()` is true or the store says so. Raises WorkbenchError for what stops all of it."""
    store.mark_experiment(experiment_id, "running")
    try:
        _Run(store, workshop, store.experiment(experiment_id), cancel, on_cell).run()
    except Cancelled:
        store.mark_experiment(experiment_id, "stopped")
    except WorkbenchError as error:
        store.mark_experiment(experiment_id, "failed", str(error))
        raise
    else:
        store.mark_experiment(experiment_id, "done")
    return store.experiment(experiment_id)


@dataclass(frozen=True, slots=True)
class _Asker:
    """A recommender, and what all its rankings depend on: computed once, not for each case."""

    recommender: Recommender
    depends: list[object]


@dataclass
class _Run:
    store: Store
    workshop: Workshop
    experiment: Experiment
    cancel: Cancel
    on_cell: OnCell
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    asked: int = 0
    failed: int = 0
    todo: int = 0
    beaten: float = float("-inf")
    recommenders: dict[tuple[int, int, bool], _Asker] = field(default_factory=dict)
    frames: dict[tuple[int, int], Known] = field(default_factory=dict)
    cases: tuple[AskedCase, ...] = ()
    finished: frozenset[tuple[int, int, int]] = frozenset()
    qrels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def plan(self) -> ExperimentPlan:
        return self.experiment.plan

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return self.plan.entries

    @cached_property
    def keeper(self) -> Keeper:
        return Keeper(self.store, self.experiment.id)

    @cached_property
    def catalog(self) -> Catalog:
        return self.workshop.catalog(self.plan.catalog)

    @cached_property
    def judge(self) -> Judge:
        embeddings = self.workshop.embeddings("", self.catalog.facts.language)
        depth = self.plan.depth
        beyond, calibration = Beyond(self.catalog, embeddings, depth), Calibration(self.catalog, depth)
        return Judge(self.catalog, embeddings, beyond, calibration, self.plan.cutoffs)

    def run(self) -> None:
        self.cases = self.store.experiment_cases(self.experiment.id)
        self.finished = self.store.finished_cells(self.experiment.id)
        self.qrels = self.workshop.qrels(self.plan.catalog)
        check_unchanged(self.plan, self.cases, self.workshop)
        cells = list(self._cells())
        left = [cell for cell in cells if not self._is_done(*cell)]
        if left:
            check_code(self.plan.code_version, kind="experiment")
        self.todo, self.done = len(left), len(cells) - len(left)
        try:
            for _, of_model in groupby(left, key=lambda cell: self.plan.variants[cell[0]].model):
                self.recommenders.clear()  # they hold the model before this one in memory
                self.frames.clear()
                for case_at, of_case in groupby(of_model, key=lambda cell: cell[1]):
                    self._case(case_at, [(at, repeat) for at, _, repeat in of_case])
        finally:
            self.keeper.flush()

    def _case(self, case_at: int, todo: Sequence[tuple[int, int]]) -> None:
        """What is left of one case: variants and repeats."""
        self._go_on()
        asked = self.cases[case_at]
        own = [(self._recommender(self.entries[at], repeat), repeat) for at, repeat in todo]
        self.keeper.look_up([self._key(made, asked, asked.case, self._order(asked, repeat)) for made, repeat in own])
        for at, repeat in todo:
            self._go_on()
            self._cell(at, case_at, repeat)
            self.done += 1
            self.on_cell(self._progress())
        self.keeper.flush()

    def _cells(self) -> Iterator[tuple[int, int, int]]:
        """(variant, case, repeat), case by case so that what is there early can be compared; one model at a time, so
        that many do not push one another out of memory."""
        for model in dict.fromkeys(v.model for v in self.plan.variants):
            mine = [at for at, v in enumerate(self.plan.variants) if v.model == model]
            yield from (
                (at, case_at, repeat)
                for case_at in range(len(self.cases))
                for at in mine
                for repeat in range(self.plan.repeats)
            )

    def _entries(self, at: int, repeat: int) -> list[Entry]:
        """The variant, its controls, and in the first repeat what is made of its candidates without a model."""
        own = [e for e in self.entries if e.of == at]
        return [e for e in own if repeat == 0 or e.role in ("variant", *CONTROLS)]

    def _is_done(self, at: int, case_at: int, repeat: int) -> bool:
        return all((e.position, case_at, repeat) in self.finished for e in self._entries(at, repeat))

    def _cell(self, at: int, case_at: int, repeat: int) -> None:
        """One variant on one case with all that stands beside it. The variant's ranking is kept with the baselines
        over its candidates, each control's as it is made."""
        asked = self.cases[case_at]
        own, *beside = self._entries(at, repeat)
        made = self._rank(own, asked, case_at, repeat, asked.case)
        candidates = made.ranking.candidates if made.ranking else self._candidates(at, repeat, asked)
        left = [e for e in beside if (e.position, case_at, repeat) not in self.finished]
        controls = [e for e in left if e.role in CONTROLS]
        baselines = [self._baseline(e, asked, case_at, candidates) for e in left if e.role not in CONTROLS]
        self.keeper.keep(made, baselines)
        others = [a.case for a in self.cases]
        for entry in controls:
            try:
                said = control(entry.role, asked.case, candidates or (), others, seed=self.plan.seed)
            except VariantError as error:
                self.keeper.keep(Made(self._failure(entry, case_at, repeat, "", error.problems)))
            else:
                self.keeper.keep(self._rank(entry, asked, case_at, repeat, said))

    def _baseline(
        self, entry: Entry, asked: AskedCase, case_at: int, candidates: tuple[Candidate, ...] | None
    ) -> Result:
        if candidates is None:
            return self._failure(entry, case_at, 0, "", (NOTHING,))
        grades = self.qrels.get(asked.case.id, {})
        return self.judge.of_candidates(entry, case_at, candidates, asked.case, grades)

    def _rank(self, entry: Entry, asked: AskedCase, case_at: int, repeat: int, case: Case) -> Made:
        """The ranking from the store, or made now, judged. `case` is the asked one, or what a control says instead."""
        asker, order = self._recommender(entry, repeat), self._order(asked, repeat)
        key, grades = self._key(asker, asked, case, order), self.qrels.get(case.id, {})
        started = time.perf_counter()
        held = self.keeper.ranking(key)
        try:
            ranking = held or self._ask(entry, repeat, case, order)
            seconds = time.perf_counter() - started
            self.asked += held is None
            front = asker.recommender.template.front
            result = self.judge.of_ranking(entry, asked.case, case_at, repeat, ranking, front, grades, key)
        except Cancelled:
            raise
        except Exception as error:
            return Made(self._failure(entry, case_at, repeat, key, problems_of_failure(error, entry.label)))
        return Made(result, ranking, held is not None, seconds)

    def _ask(self, entry: Entry, repeat: int, case: Case, order: str) -> Ranking:
        if (entry.of, repeat) not in self.frames:
            own = self._recommender(self.entries[entry.of], repeat).recommender
            first = [asked.case for asked in self.cases[:2]]
            self.frames[entry.of, repeat] = read_frame(own, first, self.qrels, cancel=self._is_cancelled)
        grades = self.qrels.get(case.id, {})
        with apart(self.frames[entry.of, repeat]):
            return self._recommender(entry, repeat).recommender.recommend(
                case,
                cancel=self._is_cancelled,
                blocked=leakage_guard(case, frozenset(i for i, grade in grades.items() if grade > 0)),
                shuffle=order,
            )

    def _recommender(self, entry: Entry, repeat: int) -> "_Asker":
        """One for a variant, and one for its controls, which are given their candidates."""
        key = (entry.of, repeat, entry.role == "variant")
        if key not in self.recommenders:
            base = self.plan.variants[entry.of]
            variant = base if self.plan.shuffle else base.model_copy(update={"seed": base.seed + repeat})
            made = self.workshop.recommender(variant if entry.role == "variant" else given(variant), self.catalog)
            self.recommenders[key] = _Asker(made, self._depends(made))
            if entry.role == "variant" and variant.label not in self.experiment.models:
                models = {**self.experiment.models, variant.label: made.engine.identity}
                self.experiment = replace(self.experiment, models=models)
                self.store.set_experiment_models(self.experiment.id, models)
        return self.recommenders[key]

    def _depends(self, made: Recommender) -> list[object]:
        """What every ranking by it depends on beside the case. A server may have other weights under its name tomorrow:
        what it answered counts for this experiment alone."""
        return dependencies(
            made.variant,
            made.engine.identity,
            catalog_fingerprint=self.plan.catalog_fingerprint,
            code_version=self.plan.code_version,
            scope=self.experiment.id if is_remote(made.variant.model.id) else "",
            embedder=fingerprint_of(made),
        )

    def _key(self, asker: "_Asker", asked: AskedCase, case: Case, order: str) -> str:
        of_case = asked.digest if case is asked.case else digest([asked.digest, _CASE.plain(case)])
        return ranking_key(asker.depends, of_case, order)

    def _order(self, asked: AskedCase, repeat: int) -> str:
        """The seed of the candidates' order; "" for the retriever's own."""
        return f"{self.plan.seed}:{asked.case.id}:{repeat}" if self.plan.shuffle and repeat else ""

    def _candidates(self, at: int, repeat: int, asked: AskedCase) -> tuple[Candidate, ...] | None:
        """Where the model failed, retrieval may have worked: its own rows still have the case."""
        made = self.recommenders[at, repeat, True].recommender
        try:
            prepared = prepare(made.variant, self.catalog, asked.case, made.embeddings)
        except WorkbenchError:
            return None
        return prepared.retrieved.candidates or None

    def _failure(self, entry: Entry, case_at: int, repeat: int, key: str, problems: Sequence[Problem]) -> Result:
        self.failed += 1
        return Result(entry.position, case_at, repeat, "failed", key, problem="\n".join(map(str, problems)))

    def _go_on(self) -> None:
        if self._is_cancelled():
            raise Cancelled

    def _is_cancelled(self) -> bool:
        """Asked between passes of the model: also where the store learns that somebody is at work."""
        if self.cancel():
            return True
        if time.monotonic() - self.beaten < BEAT_EVERY:
            return False
        self.beaten = time.monotonic()
        progress = self._progress()
        words = f"{progress.done} of {progress.total} done, {progress.failed} failed"
        return not self.store.beat(self.experiment.id, words, progress.left)

    def _progress(self) -> Progress:
        now_done = self.done - (len(self.cases) * len(self.plan.variants) * self.plan.repeats - self.todo)
        spent = time.monotonic() - self.started
        left = spent / now_done * (self.todo - now_done) if now_done else None
        return Progress(self.done, self.done - now_done + self.todo, self.asked, self.failed, left)
