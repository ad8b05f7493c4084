"""What came of an experiment: a row for each entry, each pair of variants, and what must be said of a variant."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median, quantiles

from workbench.evaluation.labels import PAIR, ClassReport, class_reports
from workbench.evaluation.measures import less_is_better
from workbench.evaluation.positions import position_gap
from workbench.evaluation.scores import Scores
from workbench.evaluation.significance import Difference, Interval, all_pairs, corrected, difference, interval
from workbench.prompts import parse
from workbench.store.experiment import CONTROLS, Entry, ExperimentPlan, Result, Role, retrieval_key
from workbench.store.experiment_reading import Cost


@dataclass(frozen=True, slots=True)
class Row:
    """One entry over all judged cases; one that failed counts as the worst. `measure` is over no case (its `n` is 0)
    where the entry tells no labels and is looked at by them. `means` are all its numbers; `n` is of how many cases
    there is a result, `coverage` which share of the catalog its lists name. Costs are of the entry's rankings when they
    were made: seconds, passes and tokens of one, tokens a second over all. `classes` is filled where labels are told,
    over all cases together."""

    entry: Entry
    measure: Interval
    n: int
    failed: int
    means: Mapping[str, float] = field(default_factory=dict)
    coverage: float = 0.0
    p50: float | None = None
    p95: float | None = None
    tokens: float | None = None
    to_baseline: Difference | None = None
    passes: float | None = None
    tokens_per_second: float | None = None
    classes: tuple[ClassReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One entry on the cases of one part of a dimension."""

    dimension: str
    part: str
    label: str
    measure: Interval


@dataclass(frozen=True, slots=True)
class Board:
    """`pairs` are all pairs of variants, `checks` each variant against its own retriever and controls: two families,
    each with its correction. `unjudged` cases have no known answer and are in no mean."""

    measure: str
    rows: tuple[Row, ...]
    pairs: tuple[Difference, ...]
    checks: tuple[Difference, ...]
    findings: tuple[str, ...]
    n_cases: int
    unjudged: int

    def row(self, label: str) -> Row:
        return next(row for row in self.rows if row.entry.label == label)


def leaderboard(
    scores: Scores, costs: Sequence[Cost] = (), *, catalog_size: int, measure: str = "", baseline: str = ""
) -> Board:
    """The board by that measure and against that baseline, the plan's own where they are not given."""
    plan = scores.plan
    measure, baseline = measure or plan.measure, baseline or plan.baseline
    entries = [e for e in plan.entries if scores.results.get(e.position)]
    measured = [e for e in entries if scores.has(e.position, measure)]
    variants = {e.label: scores.named(e.position, measure) for e in measured if e.role == "variant"}
    pairs = all_pairs(
        variants,
        worth=plan.worth,
        less_is_better=less_is_better(measure),
        farthest=scores.farthest(measure),
        seed=plan.seed,
    )
    base = next((e for e in entries if e.label == baseline), entries[0] if entries else None)
    rows = tuple(_row(scores, e, base, costs, measure, catalog_size) for e in entries)
    checked = _checked(plan, measured)
    checks = corrected([_check(scores, a, b, measure) for a, b in checked])
    said = findings(pairs, checks, [beaten.role for beaten, _ in checked])
    unjudged = len(scores.cases) - len(scores.judged_by(measure))
    return Board(measure, rows, pairs, checks, tuple(said), len(scores.cases), unjudged)


def _checked(plan: ExperimentPlan, entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """(what it should beat, the variant)."""
    found = []
    for variant in (e for e in entries if e.role == "variant"):
        mine = retrieval_key(plan.variants[variant.of])
        own = (e for e in entries if e.role == "retriever" and retrieval_key(plan.variants[e.of]) == mine)
        found += [(e, variant) for e in (*own, *(e for e in entries if e.role in CONTROLS and e.of == variant.of))]
    return found


def findings(pairs: Sequence[Difference], checks: Sequence[Difference], beaten: Sequence[Role]) -> Iterable[str]:
    """In words: every pair, then what a variant was expected to beat and does not; `beaten` is the role of what each
    check is against."""
    yield from (pair.words for pair in pairs)
    for check, role in zip(checks, beaten, strict=True):
        what = "its own retriever" if role == "retriever" else f"its control “{check.a}”"
        out = f"; left out because {check.a} failed on them: {check.failed}" if check.failed else ""
        if check.unasked:
            failed = f"it failed on {check.failed} of {check.failed + check.interval.n} cases"
            yield f"{check.a} could not be asked: {failed}, so that nothing is known of whether {check.b} beats it"
        elif check.verdict != "better":
            yield f"{check.b} is not shown to beat {what}: {check.words}{out}"
        elif out:
            yield f"{check.b} beats {what}: {check.words}{out}"


def _difference(scores: Scores, a: Entry, b: Entry, measure: str, without: frozenset[str] = frozenset()) -> Difference:
    """B less A on the cases but those whose ids are in `without`."""
    plan = scores.plan
    left, right = (
        {i: value for i, value in scores.named(e.position, measure).items() if i not in without} for e in (a, b)
    )
    return difference(
        a.label,
        b.label,
        left,
        right,
        worth=plan.worth,
        less_is_better=less_is_better(measure),
        farthest=scores.farthest(measure),
        seed=plan.seed,
    )


def _check(scores: Scores, beaten: Entry, entry: Entry, measure: str) -> Difference:
    """A control that fails is not beaten by that: its failed cases are left out."""
    if beaten.role not in CONTROLS:
        return _difference(scores, beaten, entry, measure)
    results = scores.results[beaten.position]
    places = {r.case_at for r in results if r.status == "failed" and r.case_at in scores.judged_by(measure)}
    failed = frozenset(scores.cases[at].case.id for at in places)
    return replace(_difference(scores, beaten, entry, measure, failed), failed=len(failed))


def _row(
    scores: Scores, entry: Entry, base: Entry | None, costs: Sequence[Cost], measure: str, catalog_size: int
) -> Row:
    results = scores.results[entry.position]
    values = scores.by_case(entry.position, measure)
    means = {name: fmean(scores.by_case(entry.position, name).values()) for name in scores.names(entry.position)}
    if (gap := position_gap(means, k=min(scores.plan.cutoffs))) is not None:
        means["position gap"] = gap
    listed = {item for result in results for item in result.items}
    mine = [cost for cost in costs if cost.entry == entry.position]
    seconds = sorted(cost.seconds for cost in mine)
    compared = base is not None and base.position != entry.position
    return Row(
        entry=entry,
        measure=interval(list(values.values()), seed=scores.plan.seed),
        n=len({result.case_at for result in results}),
        failed=sum(result.status == "failed" for result in results),
        means=means,
        coverage=len(listed) / catalog_size if catalog_size else 0.0,
        p50=median(seconds) if seconds else None,
        p95=quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else None,
        tokens=fmean(cost.tokens for cost in mine) if mine else None,
        to_baseline=_check(scores, base, entry, measure) if compared and base else None,
        passes=fmean(cost.passes for cost in mine) if mine else None,
        tokens_per_second=sum(cost.tokens for cost in mine) / sum(seconds) if sum(seconds) else None,
        classes=_classes(scores, entry, results),
    )


def _classes(scores: Scores, entry: Entry, results: Sequence[Result]) -> tuple[ClassReport, ...]:
    if not any(name.startswith(PAIR) for result in results for name in result.numbers):
        return ()
    labels = parse(scores.plan.variants[entry.of].template).front.labels
    return class_reports([result.numbers for result in results], labels)


def slices(scores: Scores, measure: str, entries: Sequence[Entry]) -> tuple[Slice, ...]:
    """Each entry on each part of each dimension that has more than one part."""
    found = []
    for dimension in dict.fromkeys(name for asked in scores.cases for name in asked.slices):
        parts = sorted({asked.slices[dimension] for asked in scores.cases if dimension in asked.slices})
        for part in parts if len(parts) > 1 else ():
            within = {at for at, asked in enumerate(scores.cases) if asked.slices.get(dimension) == part}
            for entry in entries:
                values = [v for at, v in scores.by_case(entry.position, measure).items() if at in within]
                if values:
                    found.append(Slice(dimension, part, entry.label, interval(values, seed=scores.plan.seed)))
    return tuple(found)


def columns_of(board: Board) -> tuple[str, ...]:
    """Every column that some row of the leaderboard has, to choose from."""
    return tuple(dict.fromkeys(name for row in as_table(board) for name in row))


def as_table(board: Board) -> list[dict[str, object]]:
    """The leaderboard as flat rows, for a page and for a file."""
    return [_flat(board, row) for row in board.rows]


def _flat(board: Board, row: Row) -> dict[str, object]:
    to_base = row.to_baseline if row.to_baseline and row.to_baseline.interval.n else None
    own = row.measure if row.measure.n else None
    get: Callable[[str], float | None] = row.means.get
    return {
        "entry": row.entry.label,
        board.measure: own.mean if own else None,
        "low": own.low if own else None,
        "high": own.high if own else None,
        "cases": row.measure.n,
        "failed": row.failed,
        "to baseline": to_base.interval.mean if to_base else None,
        "delta low": to_base.interval.low if to_base else None,
        "delta high": to_base.interval.high if to_base else None,
        **{name: get(name) for name in row.means if name != board.measure},
        "coverage": row.coverage,
        "p50 s": row.p50,
        "p95 s": row.p95,
        "passes": row.passes,
        "tokens": row.tokens,
        "tokens/s": row.tokens_per_second,
    }


def results_table(scores: Scores) -> list[dict[str, object]]:
    """Every result as a flat row: entry, case, repeat, status, its numbers, the first of its list, its problem."""
    labels = {e.position: e.label for e in scores.plan.entries}
    return [
        {
            "entry": labels[r.entry],
            "case": scores.cases[r.case_at].case.id,
            "repeat": r.repeat,
            "status": r.status,
            **r.numbers,
            "items": " ".join(r.items),
            "problem": r.problem,
        }
        for results in scores.results.values()
        for r in results
    ]
