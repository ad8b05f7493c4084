"""An experiment read from the store for whoever shows it: its leaderboard, and two experiments held together."""

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.errors import Problem, VariantError
from workbench.evaluation.leaderboard import Board, leaderboard
from workbench.evaluation.measures import less_is_better, names_of
from workbench.evaluation.scores import Scores, scores_of
from workbench.evaluation.significance import Difference, difference
from workbench.store.errors import StoreError
from workbench.store.experiment import Entry, Experiment
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


@dataclass(frozen=True, slots=True)
class Side:
    """An entry of some experiment: the experiment's id or the beginning of it, and the entry's label."""

    experiment: str
    label: str


@dataclass(frozen=True, slots=True)
class BothCase:
    """One case that both sides have a value for; `a_at` and `b_at` are its places in the two experiments."""

    case_id: str
    a: float
    b: float
    a_at: int
    b_at: int

    @property
    def difference(self) -> float:
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class Across:
    """Entry B of one experiment less entry A of another, paired by case. `only_a` and `only_b` are the ids of cases
    that one side alone has a value for; `changed` those whose text, history or right answers are not the same on both
    sides, which are compared no more. `warnings` say what else differs between the experiments."""

    measure: str
    a: Side
    b: Side
    difference: Difference
    cases: tuple[BothCase, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changed: tuple[str, ...]
    warnings: tuple[str, ...]


def across(store: Store, a: Side, b: Side, *, measure: str = "", worth: float | None = None) -> Across:
    """Compare entries of two experiments, or of one, on the cases that both asked: the same intervals, test and
    verdict as within an experiment. The measure and the smallest difference that would matter are those of A's plan
    where they are not given. Raises StoreError for an unknown experiment, VariantError for an unknown entry, and for a
    measure that a side does not have."""
    sides = [_found(store, side) for side in (a, b)]
    (left, left_entry), (right, right_entry) = sides
    measure = measure or left.plan.measure
    a_values, b_values = (_values(scores, entry, measure) for scores, entry in sides)
    a_digests, b_digests = ({asked.case.id: asked.digest for asked in scores.cases} for scores, _ in sides)
    both = [i for i in a_values if i in b_values]
    changed = tuple(i for i in both if a_digests[i] != b_digests[i])
    paired = [i for i in both if i not in changed]
    found = difference(
        _name(left, left_entry, right),
        _name(right, right_entry, left),
        {i: a_values[i][1] for i in paired},
        {i: b_values[i][1] for i in paired},
        worth=left.plan.worth if worth is None else worth,
        less_is_better=less_is_better(measure),
        farthest=max(left.farthest(measure), right.farthest(measure)),
        seed=left.plan.seed,
    )
    return Across(
        measure=measure,
        a=a,
        b=b,
        difference=found,
        cases=tuple(BothCase(i, a_values[i][1], b_values[i][1], a_values[i][0], b_values[i][0]) for i in paired),
        only_a=tuple(i for i in a_values if i not in b_values),
        only_b=tuple(i for i in b_values if i not in a_values),
        changed=changed,
        warnings=tuple(_warnings(left, right)),
    )


def find_experiment(store: Store, wanted: str) -> Experiment:
    """The experiment of that id, or the only one whose id begins so. Raises StoreError."""
    found = store.experiment_ids(wanted) if wanted else ()
    if wanted in found or len(found) == 1:
        return store.experiment(wanted if wanted in found else found[0])
    what = f"{len(found)} experiments begin with {wanted!r}" if found else f"no experiment {wanted!r}"
    fix = f"write more of the id: {', '.join(found[:5])}" if found else "the page and `workbench eval` tell the id"
    raise StoreError(Problem(what, fix=fix))


def _found(store: Store, side: Side) -> tuple[Scores, Entry]:
    experiment = find_experiment(store, side.experiment)
    entries = {e.label: e for e in experiment.plan.entries}
    if side.label not in entries:
        what = f"no entry {side.label!r} in experiment {experiment.id}"
        raise VariantError(Problem(what, fix=f"known: {', '.join(entries)}"))
    return read_scores(store, experiment), entries[side.label]


def _values(scores: Scores, entry: Entry, measure: str) -> dict[str, tuple[int, float]]:
    """Case id -> its place and the entry's value."""
    found = {scores.cases[at].case.id: (at, v) for at, v in scores.by_case(entry.position, measure).items()}
    if not found and measure not in names_of(scores.plan.cutoffs):
        known = sorted({name for r in scores.results.get(entry.position, ()) for name in r.numbers})
        what = f"{entry.label} has no {measure!r}"
        raise VariantError(Problem(what, f"experiment {scores.plan.name!r}", f"known: {', '.join(known) or 'nothing'}"))
    return found


def _name(scores: Scores, entry: Entry, other: Scores) -> str:
    return entry.label if scores.plan.name == other.plan.name else f"{scores.plan.name}: {entry.label}"


def _warnings(left: Scores, right: Scores) -> Iterator[str]:
    a, b = left.plan, right.plan
    if a.catalog_fingerprint != b.catalog_fingerprint:
        yield f"the catalogs differ: {a.catalog} {a.catalog_fingerprint[:12]}, {b.catalog} {b.catalog_fingerprint[:12]}"
    if a.code_version != b.code_version:
        yield f"the workbench's versions differ: {a.code_version}, {b.code_version}"
    if a.repeats != b.repeats:
        yield f"the repeats differ: {a.repeats}, {b.repeats}"
