"""The report of an experiment: gathered from the store and the catalog, and written as one HTML file."""

from collections.abc import Mapping, Sequence

from workbench.catalogs.catalog import Catalog
from workbench.evaluation.leaderboard import Board, slices
from workbench.evaluation.measures import less_is_better
from workbench.evaluation.report import Highlight, Report, ShownList, html_of
from workbench.evaluation.scores import Scores
from workbench.evaluation.summary import against
from workbench.evaluation.votes import preferences
from workbench.experiments.reading import read_board, read_scores
from workbench.store.experiment import Entry, Experiment
from workbench.store.experiment_reading import CaseOrder, CaseRow
from workbench.store.store import Store
from workbench.variant import Variant, settings_of
from workbench.workshop import Workshop

SHOWN = 3
"""Cases of each kind in the report, and failures."""
FIRST = 5
"""Titles of a list in it."""


def read_report(
    store: Store, workshop: Workshop, experiment: Experiment, *, measure: str = "", baseline: str = ""
) -> str:
    """The file's text, by that measure and against that baseline, the plan's own where they are not given. Raises
    WorkbenchError where the catalog is gone."""
    plan = experiment.plan
    baseline = baseline or plan.baseline
    scores = read_scores(store, experiment)
    board = read_board(store, workshop, experiment, scores, measure=measure, baseline=baseline)
    variants = [entry for entry in plan.entries if entry.role == "variant"]
    gains, losses = _highlights(store, workshop, experiment, scores, board, baseline)
    voted = preferences(store.votes(experiment.id), plan.entries, seed=plan.seed)
    return html_of(
        Report(
            experiment=experiment,
            board=board,
            baseline=baseline,
            slices=slices(scores, board.measure, variants),
            gains=gains,
            losses=losses,
            differing=differing(plan.variants),
            failures=store.failures(experiment.id).kinds[:SHOWN],
            votes=[preference.words for preference in voted],
        )
    )


def differing(variants: Sequence[Variant]) -> dict[str, dict[str, str]]:
    """Setting -> label -> value, of the settings that are not the same for all."""
    settings = {variant.label: settings_of(variant) for variant in variants}
    names = dict.fromkeys(name for found in settings.values() for name in found)
    table = {n: {label: found[n] for label, found in settings.items() if n in found} for n in names}
    return {n: row for n, row in table.items() if len(row) < len(variants) or len(set(row.values())) > 1}


def _highlights(
    store: Store, workshop: Workshop, experiment: Experiment, scores: Scores, board: Board, baseline: str
) -> tuple[list[Highlight], list[Highlight]]:
    """The baseline beside the variant that is farthest better than it: the cases of the largest gains and losses."""
    better = -1 if less_is_better(board.measure) else 1
    entries = {entry.label: entry for entry in experiment.plan.entries}
    found = against(board, baseline)
    if not found:
        return [], []
    a, b = entries[baseline], entries[max(found.values(), key=lambda other: better * other.mean).label]
    shown = _Shown(experiment, scores, workshop.catalog(experiment.plan.catalog), (a, b))
    qrels = workshop.qrels(experiment.plan.catalog)

    failed = [scores.when_failed(entry.position, board.measure) for entry in (a, b)]

    def some(order: CaseOrder, sign: int) -> list[Highlight]:
        page = store.case_page(
            experiment.id,
            a.position,
            b.position,
            board.measure,
            order=order,
            less_is_better=better < 0,
            when_failed=(failed[0], failed[1]),
            limit=SHOWN,
        )
        return [
            shown.highlight(row, store, qrels.get(scores.cases[row.case_at].case.id, {}))
            for row in page.rows
            if row.difference is not None and sign * better * row.difference > 0
        ]

    return some("largest gains first", 1), some("largest losses first", -1)


class _Shown:
    """Cases as the report shows them."""

    def __init__(self, experiment: Experiment, scores: Scores, catalog: Catalog, entries: tuple[Entry, Entry]) -> None:
        self._experiment, self._scores, self._catalog, self._entries = experiment, scores, catalog, entries

    def highlight(self, row: CaseRow, store: Store, grades: Mapping[str, int]) -> Highlight:
        case = self._scores.cases[row.case_at].case
        results = store.case_results(self._experiment.id, row.case_at)
        lists = {result.entry: result.items for result in results if result.repeat == 0}
        left, right = (
            ShownList(entry.label, value or 0.0, self._titles(lists.get(entry.position, ()), grades))
            for entry, value in zip(self._entries, (row.a, row.b), strict=True)
        )
        history = tuple(self._catalog.titles.get(i, i) for i in case.history)
        return Highlight(case.id, case.description, history, left, right)

    def _titles(self, item_ids: Sequence[str], grades: Mapping[str, int]) -> tuple[tuple[str, bool], ...]:
        return tuple((self._catalog.titles.get(i, i), grades.get(i, 0) > 0) for i in item_ids[:FIRST])
