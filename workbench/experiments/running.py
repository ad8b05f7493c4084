"""An experiment at work: cell after cell, each kept as it is done, never one that is there already."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from workbench.catalogs.catalog import Catalog
from workbench.engine.protocol import Cancel, never
from workbench.engine.remote_address import is_remote
from workbench.errors import Cancelled, CatalogError, Problem, WorkbenchError
from workbench.evaluation.beyond import Beyond
from workbench.experiments.cells import Judge, ranking_key
from workbench.experiments.controls import control
from workbench.experiments.planning import digest
from workbench.jobs import problems_of_failure
from workbench.recommender import Recommender, prepare
from workbench.records import Candidate, Case, Ranking
from workbench.store.documents import Document
from workbench.store.experiment import AskedCase, Entry, Experiment, ExperimentPlan, Result
from workbench.store.store import Store
from workbench.variant import Variant
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
    recommenders: dict[tuple[int, int, bool], Recommender] = field(default_factory=dict)
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
    def catalog(self) -> Catalog:
        return self.workshop.catalog(self.plan.catalog)

    @cached_property
    def judge(self) -> Judge:
        embeddings = self.workshop.embeddings("", self.catalog.facts.language)
        return Judge(self.catalog, embeddings, Beyond(self.catalog, embeddings, self.plan.depth), self.plan.cutoffs)

    def run(self) -> None:
        if self.catalog.fingerprint != self.plan.catalog_fingerprint:
            what = f"the catalog {self.plan.catalog!r} is no longer the one that the experiment was planned for"
            raise CatalogError(Problem(what, fix="start a new experiment; what is done of this one stays"))
        self.cases = self.store.experiment_cases(self.experiment.id)
        self.finished = self.store.finished_cells(self.experiment.id)
        self.qrels = self.workshop.qrels(self.plan.catalog)
        cells = list(self._cells())
        left = [cell for cell in cells if not self._is_done(*cell)]
        self.todo, self.done = len(left), len(cells) - len(left)
        for at, case_at, repeat in left:
            self._go_on()
            self._cell(at, case_at, repeat)
            self.done += 1
            self.on_cell(self._progress())

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
        return [e for e in own if repeat == 0 or e.role in ("variant", "no user", "another user")]

    def _is_done(self, at: int, case_at: int, repeat: int) -> bool:
        return all((e.position, case_at, repeat) in self.finished for e in self._entries(at, repeat))

    def _cell(self, at: int, case_at: int, repeat: int) -> None:
        asked, base = self.cases[case_at], self.plan.variants[at]
        variant = base.model_copy(update={"seed": base.seed + repeat})
        ranked: Ranking | None = None
        candidates: tuple[Candidate, ...] | None = None
        made: list[Result] = []
        for entry in self._entries(at, repeat):
            if entry.role == "variant":
                ranked = self._rank(entry, case_at, repeat, variant, asked.case, asked.digest)
                candidates = ranked.candidates if ranked else self._candidates(at, repeat, asked)
            elif (entry.position, case_at, repeat) in self.finished:
                continue
            elif candidates is None:
                self._fail(entry, case_at, repeat, "", (Problem("there are no candidates for this case"),))
            elif entry.role in ("no user", "another user"):
                others = [a.case for a in self.cases]
                given, other = control(entry.role, variant, asked.case, candidates, others, seed=self.plan.seed)
                self._rank(entry, case_at, repeat, given, other, digest([asked.digest, _CASE.plain(other)]))
            else:
                grades = self.qrels.get(asked.case.id, {})
                made.append(self.judge.of_candidates(entry, case_at, candidates, asked.case, grades))
        if made:
            self.store.save_results(self.experiment.id, made)

    def _rank(
        self, entry: Entry, case_at: int, repeat: int, variant: Variant, case: Case, case_digest: str
    ) -> Ranking | None:
        """The ranking from the store, or made now and kept there; None where it failed, which is kept too."""
        recommender = self._recommender(entry, repeat, variant)
        started = time.perf_counter()
        key = self._key(recommender, case_digest)
        held = self.store.ranking_of(key)
        try:
            ranking = held or recommender.recommend(
                case, cancel=self._is_cancelled, blocked=self.workshop.guard(self.plan.catalog, case)
            )
            seconds = time.perf_counter() - started
            self.asked += held is None
            grades = self.qrels.get(case.id, {})
            result = self.judge.of_ranking(entry, case_at, repeat, ranking, grades, key)
        except Cancelled:
            raise
        except Exception as error:
            self._fail(entry, case_at, repeat, key, problems_of_failure(error, entry.label))
            return None
        self.store.save_results(self.experiment.id, [result], None if held else ranking, seconds=seconds)
        return ranking

    def _recommender(self, entry: Entry, repeat: int, variant: Variant) -> Recommender:
        """One for a variant, and one for its controls, which are given their candidates."""
        key = (entry.of, repeat, entry.role == "variant")
        if key not in self.recommenders:
            self.recommenders[key] = self.workshop.recommender(variant, self.catalog)
        made = self.recommenders[key]
        if entry.role == "variant" and variant.label not in self.experiment.models:
            models = {**self.experiment.models, variant.label: made.engine.identity}
            self.experiment = replace(self.experiment, models=models)
            self.store.set_experiment_models(self.experiment.id, models)
        return made

    def _key(self, recommender: Recommender, case_digest: str) -> str:
        """What a ranking depends on. A server may have other weights under its name tomorrow: what it answered counts
        for this experiment alone."""
        plan, is_elsewhere = self.plan, is_remote(recommender.variant.model.id)
        return ranking_key(
            recommender.variant,
            recommender.engine.identity,
            case_digest,
            catalog_fingerprint=plan.catalog_fingerprint,
            code_version=plan.code_version,
            scope=self.experiment.id if is_elsewhere else "",
        )

    def _candidates(self, at: int, repeat: int, asked: AskedCase) -> tuple[Candidate, ...] | None:
        """Where the model failed, retrieval may have worked: its own rows still have the case."""
        made = self.recommenders[at, repeat, True]
        try:
            prepared = prepare(made.variant, self.catalog, asked.case, made.embeddings)
        except WorkbenchError:
            return None
        return prepared.retrieved.candidates or None

    def _fail(self, entry: Entry, case_at: int, repeat: int, key: str, problems: tuple[Problem, ...]) -> None:
        self.failed += 1
        problem = "\n".join(map(str, problems))
        result = Result(entry.position, case_at, repeat, "failed", key, problem=problem)
        self.store.save_results(self.experiment.id, [result])

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
