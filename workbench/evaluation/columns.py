"""Which columns a leaderboard may come to have, and which of them may decide: known before anything is asked."""

from collections.abc import Iterable, Sequence

from workbench.evaluation.agreement import STEADINESS
from workbench.evaluation.labels import LABELS, label_problems
from workbench.evaluation.measures import names_of
from workbench.evaluation.positions import QUARTERS, column
from workbench.evaluation.rates import LEFT_OUT, OF_LINES
from workbench.store.experiment import ExperimentPlan
from workbench.variant import Variant

OF_ROW = ("low", "high", "cases", "failed", "to baseline", "delta low", "delta high", "coverage")
OF_COST = ("p50 s", "p95 s", "passes", "tokens", "tokens/s")
OF_LIST = ("diversity", "novelty", "popular", "lift")


def deciding(variants: Sequence[Variant], cutoffs: Sequence[int]) -> tuple[str, ...]:
    """The measures that variants may be held against one another by: those of labels where all tell them, of the same
    grades."""
    of_labels = () if label_problems(variants, LABELS[0]) else LABELS
    return (*names_of(cutoffs), *of_labels)


def possible_columns(plan: ExperimentPlan, attributes: Iterable[str]) -> tuple[str, ...]:
    """All columns but `entry` that a board of this plan can have; `attributes` are those of the catalog's items. Which
    of them it has hangs on what the templates ask and on what the models write."""
    least, depth = min(plan.cutoffs), plan.depth
    return (
        *names_of(plan.cutoffs),
        "ceiling",
        *OF_ROW,
        *OF_COST,
        *(f"{name}@{depth}" for name in OF_LIST),
        *OF_LINES,
        LEFT_OUT,
        *(column(quarter, least) for quarter in range(len(QUARTERS))),
        "position gap",
        "spread",
        *LABELS,
        *STEADINESS,
        *(f"KL {name}@{depth}" for name in attributes),
    )
