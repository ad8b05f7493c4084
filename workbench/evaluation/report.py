"""An experiment as one HTML file that needs nothing else: for whoever has no workbench."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.evaluation.labels import LABELS
from workbench.evaluation.leaderboard import Board, Slice
from workbench.evaluation.measures import less_is_better, with_direction
from workbench.evaluation.pairs import as_pairs, missing_of
from workbench.evaluation.significance import Interval
from workbench.evaluation.summary import against, headline
from workbench.store.experiment import Experiment

if TYPE_CHECKING:
    from jinja2 import Template

BAR = 220
"""Width of the drawn intervals, in pixels."""


@dataclass(frozen=True, slots=True)
class ShownList:
    """The first titles of a list, each with whether it is right for the case."""

    label: str
    value: float
    titles: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A case where two variants differ much."""

    case_id: str
    says: str
    history: tuple[str, ...]
    left: ShownList
    right: ShownList

    @property
    def difference(self) -> float:
        return self.right.value - self.left.value


@dataclass(frozen=True, slots=True)
class Report:
    """What the file tells. `differing` are the settings that are not the same for all variants, by variant's label;
    `failures` are errors with how often each was met; `votes` are sentences."""

    experiment: Experiment
    board: Board
    baseline: str
    slices: Sequence[Slice] = ()
    gains: Sequence[Highlight] = ()
    losses: Sequence[Highlight] = ()
    differing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    failures: Sequence[tuple[str, int]] = ()
    votes: Sequence[str] = ()


def html_of(report: Report) -> str:
    """The whole file. Every text is escaped; there is no script in it and it loads nothing."""
    by_dimension: dict[str, list[Slice]] = {}
    for part in report.slices:
        by_dimension.setdefault(part.dimension, []).append(part)
    differences = [*report.board.pairs, *report.board.checks]
    top = max((row.measure.high for row in report.board.rows), default=1.0) or 1.0
    return _template().render(
        report=report,
        plan=report.experiment.plan,
        board=report.board,
        headline=headline(report.board, report.baseline),
        against=against(report.board, report.baseline),
        pairs=as_pairs(differences),
        missing=missing_of(differences),
        slices=by_dimension,
        bar=lambda found: _bar(found, top),
        width=BAR + 8,
        measure=with_direction(report.board.measure),
        less_is_better=less_is_better(report.board.measure),
        failed_count="as the worst that a case can be" if report.board.measure in LABELS else "0",
    )


def _bar(found: Interval, top: float) -> dict[str, float]:
    places = {"low": found.low, "mean": found.mean, "high": found.high}
    return {name: round(4 + BAR * min(1.0, max(0.0, value / top)), 1) for name, value in places.items()}


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["signed"] = lambda number: f"{number:+.3f}"
    environment.filters["three"] = lambda number: f"{number:.3f}"
    return environment.from_string(Path(__file__).with_name("report.html").read_text(encoding="utf-8"))
