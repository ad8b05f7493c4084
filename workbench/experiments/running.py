"""An experiment at work: cell after cell, each kept as it is done, never one that is there already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from workbench.catalogs.catalog import Catalog
from workbench.code_version import check_code
from workbench.engine.apart import Known
from workbench.engine.protocol import Cancel, never
from workbench.engine.remote_address import is_remote
from workbench.errors import Cancelled, Problem, VariantError, WorkbenchError
from workbench.evaluation.beyond import Beyond
from workbench.evaluation.calibrated import Calibration
from workbench.experiments.asking import GROUP, Answer, Asker, Wanted, ask_group
from workbench.experiments.cells import Judge, dependencies, ranking_key
from workbench.experiments.controls import NOTHING, control, given
from workbench.experiments.embedders import fingerprint_of
from workbench.experiments.framing import read_frame
from workbench.experiments.keeping import Keeper, Made
from workbench.experiments.pace import OnCell, Pace, quiet
from workbench.experiments.planning import digest
from workbench.experiments.unchanged import check_unchanged
from workbench.jobs import problems_of_failure
from workbench.recommender import Recommender, prepare
from workbench.records import Candidate, Case
from workbench.store.documents import Document
from workbench.store.experiment import CONTROLS, AskedCase, Entry, Experiment, ExperimentPlan, Result
from workbench.store.store import Store
from workbench.workshop import Workshop

_CASE = Document(Case)


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
    pace: Pace = field(default_factory=Pace)
    recommenders: dict[tuple[int, int, bool], Asker] = field(default_factory=dict)
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
        there = len(cells) - len(left)
        self.pace = Pace(len(cells), there, there)
        try:
            for _, of_model in groupby(left, key=lambda cell: self.plan.variants[cell[0]].model):
                self.recommenders.clear()  # they hold the model before this one in memory
                self.frames.clear()
                for _, of_group in groupby(of_model, key=lambda cell: cell[1] // GROUP):
                    self._group(list(of_group))
        finally:
            self.keeper.flush()

    def _group(self, cells: Sequence[tuple[int, int, int]]) -> None:
        """What is left of a group of cases, each variant and repeat for all of them."""
        self._go_on()
        own = [(self._recommender(self.entries[at], repeat), self.cases[c], repeat) for at, c, repeat in cells]
        self.keeper.look_up([self._key(made, asked, self._wanted(asked, repeat)) for made, asked, repeat in own])
        for at, repeat in dict.fromkeys((at, repeat) for at, _, repeat in cells):
            self._go_on()
            self._cells_of(at, repeat, [c for a, c, r in cells if (a, r) == (at, repeat)])
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
        return not any(self._is_left(e, case_at, repeat) for e in self._entries(at, repeat))

    def _cells_of(self, at: int, repeat: int, case_ats: Sequence[int]) -> None:
        """One variant on a group of cases with all that stands beside it. The variant's rankings are kept with the
        baselines over their candidates, each control's as they are made."""
        own, *beside = self._entries(at, repeat)
        candidates: dict[int, tuple[Candidate, ...] | None] = {}
        found = []
        for case_at, made in self._rank(own, repeat, {c: self.cases[c].case for c in case_ats}).items():
            shown = made.ranking.candidates if made.ranking else self._candidates(at, repeat, self.cases[case_at])
            candidates[case_at] = shown
            left = [e for e in beside if e.role not in CONTROLS and self._is_left(e, case_at, repeat)]
            found.append((made, [self._baseline(e, self.cases[case_at], case_at, shown) for e in left]))
        self.keeper.keep(found)
        for entry in beside:
            if entry.role in CONTROLS:
                self._control(entry, repeat, {c: candidates[c] for c in case_ats if self._is_left(entry, c, repeat)})
        for _ in case_ats:
            self.pace.done += 1
            self.on_cell(self.pace.progress)

    def _control(self, entry: Entry, repeat: int, candidates: Mapping[int, tuple[Candidate, ...] | None]) -> None:
        """A control on cases whose candidates are given."""
        others = [asked.case for asked in self.cases]
        said: dict[int, Case] = {}
        for case_at, shown in candidates.items():
            try:
                said[case_at] = control(entry.role, self.cases[case_at].case, shown or (), others, seed=self.plan.seed)
            except VariantError as error:
                self.keeper.keep([(Made(self._failure(entry, case_at, repeat, "", error.problems)), ())])
        self.keeper.keep([(made, ()) for made in self._rank(entry, repeat, said).values()])

    def _is_left(self, entry: Entry, case_at: int, repeat: int) -> bool:
        return (entry.position, case_at, repeat) not in self.finished

    def _baseline(
        self, entry: Entry, asked: AskedCase, case_at: int, candidates: tuple[Candidate, ...] | None
    ) -> Result:
        if candidates is None:
            return self._failure(entry, case_at, 0, "", (NOTHING,))
        grades = self.qrels.get(asked.case.id, {})
        return self.judge.of_candidates(entry, case_at, candidates, asked.case, grades)

    def _rank(self, entry: Entry, repeat: int, said: Mapping[int, Case]) -> dict[int, Made]:
        """Of each case its ranking from the store, or made now, judged. `said` is the asked case, or what a control
        says instead."""
        asker = self._recommender(entry, repeat)
        wanted = {case_at: self._wanted(self.cases[case_at], repeat, case) for case_at, case in said.items()}
        keys = {case_at: self._key(asker, self.cases[case_at], one) for case_at, one in wanted.items()}
        held = {case_at: ranking for case_at, key in keys.items() if (ranking := self.keeper.ranking(key))}
        new = [case_at for case_at in said if case_at not in held]
        known = self._frame(entry, repeat) if new else {}
        asked = ask_group(asker.recommender, [wanted[c] for c in new], known, cancel=self._is_cancelled)
        self.pace.asked += len(new)
        answers = {c: Answer(ranking, 0.0) for c, ranking in held.items()} | dict(zip(new, asked, strict=True))
        return {c: self._made(entry, repeat, c, answers[c], keys[c], is_held=c in held) for c in said}

    def _made(self, entry: Entry, repeat: int, case_at: int, answer: Answer, key: str, *, is_held: bool) -> Made:
        asked = self.cases[case_at]
        try:
            if isinstance(answer.found, Exception):
                raise answer.found
            front, grades = self._recommender(entry, repeat).recommender.template.front, self._grades(asked)
            result = self.judge.of_ranking(entry, asked.case, case_at, repeat, answer.found, front, grades, key)
        except Exception as error:
            return Made(self._failure(entry, case_at, repeat, key, problems_of_failure(error, entry.label)))
        return Made(result, answer.found, is_held, answer.seconds)

    def _frame(self, entry: Entry, repeat: int) -> Known:
        if (entry.of, repeat) not in self.frames:
            own = self._recommender(self.entries[entry.of], repeat).recommender
            first = [asked.case for asked in self.cases[:2]]
            self.frames[entry.of, repeat] = read_frame(own, first, self.qrels, cancel=self._is_cancelled)
        return self.frames[entry.of, repeat]

    def _grades(self, asked: AskedCase) -> Mapping[str, int]:
        return self.qrels.get(asked.case.id, {})

    def _wanted(self, asked: AskedCase, repeat: int, said: Case | None = None) -> Wanted:
        """`said` where a control says something else than the case."""
        order = f"{self.plan.seed}:{asked.case.id}:{repeat}" if self.plan.shuffle and repeat else ""
        return Wanted(said or asked.case, order, self._grades(asked))

    def _recommender(self, entry: Entry, repeat: int) -> Asker:
        """One for a variant, and one for its controls, which are given their candidates."""
        key = (entry.of, repeat, entry.role == "variant")
        if key not in self.recommenders:
            base = self.plan.variants[entry.of]
            variant = base if self.plan.shuffle else base.model_copy(update={"seed": base.seed + repeat})
            made = self.workshop.recommender(variant if entry.role == "variant" else given(variant), self.catalog)
            self.recommenders[key] = Asker(made, self._depends(made))
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

    def _key(self, asker: Asker, asked: AskedCase, wanted: Wanted) -> str:
        plain = wanted.case is asked.case
        return ranking_key(
            asker.depends, asked.digest if plain else digest([asked.digest, _CASE.plain(wanted.case)]), wanted.order
        )

    def _candidates(self, at: int, repeat: int, asked: AskedCase) -> tuple[Candidate, ...] | None:
        """Where the model failed, retrieval may have worked: its own rows still have the case."""
        made = self.recommenders[at, repeat, True].recommender
        try:
            prepared = prepare(made.variant, self.catalog, asked.case, made.embeddings)
        except WorkbenchError:
            return None
        return prepared.retrieved.candidates or None

    def _failure(self, entry: Entry, case_at: int, repeat: int, key: str, problems: Sequence[Problem]) -> Result:
        self.pace.failed += 1
        return Result(entry.position, case_at, repeat, "failed", key, problem="\n".join(map(str, problems)))

    def _go_on(self) -> None:
        if self._is_cancelled():
            raise Cancelled

    def _is_cancelled(self) -> bool:
        """Asked between passes of the model."""
        return self.cancel() or not self.pace.goes_on(self.store, self.experiment.id)
