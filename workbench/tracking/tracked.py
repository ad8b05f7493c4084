"""What is told of an experiment: for each row of its leaderboard the settings and the numbers, and the report."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.evaluation.leaderboard import Board, Row, as_table
from workbench.store.experiment import Experiment
from workbench.variant import Variant, settings_of


@dataclass(frozen=True, slots=True)
class TrackedRow:
    """One row: a variant, or what stands beside it. `numbers` hold the measure's `NAME`, `NAME low`, `NAME high`."""

    label: str
    role: str
    settings: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tracked:
    """`facts` are what all rows share, `findings` the verdicts in words, `report` a whole HTML page."""

    id: str
    name: str
    facts: Mapping[str, str]
    rows: tuple[TrackedRow, ...]
    findings: tuple[str, ...]
    table: tuple[Mapping[str, object], ...]
    report: str


def tracked_of(experiment: Experiment, board: Board, report: str) -> Tracked:
    plan = experiment.plan
    facts = {
        "experiment": experiment.id,
        "catalog": plan.catalog,
        "catalog fingerprint": plan.catalog_fingerprint,
        "cases": str(board.n_cases),
        "measure": board.measure,
        "baseline": plan.baseline,
        "seed": str(plan.seed),
        "repeats": str(plan.repeats),
        "code version": plan.code_version,
    }
    facts |= {f"weights of {label}": m.weights_sha256 for label, m in experiment.models.items()}
    facts |= {f"embedder {name}": fingerprint for name, fingerprint in plan.embedders.items()}
    rows = tuple(_row(row, board.measure, plan.variants) for row in board.rows)
    return Tracked(experiment.id, plan.name, facts, rows, tuple(board.findings), tuple(as_table(board)), report)


def _row(row: Row, measure: str, variants: tuple[Variant, ...]) -> TrackedRow:
    numbers = {**row.means, "failed": float(row.failed), "coverage": row.coverage}
    if row.measure.n:
        found = row.measure
        numbers |= {measure: found.mean, f"{measure} low": found.low, f"{measure} high": found.high}
    if row.to_baseline and row.to_baseline.interval.n:
        found = row.to_baseline.interval
        numbers |= {"to baseline": found.mean, "to baseline low": found.low, "to baseline high": found.high}
    numbers |= {name: value for name, value in (("p50 s", row.p50), ("p95 s", row.p95)) if value is not None}
    settings: dict[str, str] = {}
    if row.entry.role == "variant":
        variant = variants[row.entry.of]
        settings = {"digest": variant.digest, **settings_of(variant)}
    return TrackedRow(row.entry.label, row.entry.role, settings, numbers)
