"""A Comparison: two to four variants tried on one case, one run for each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.errors import Problem
from workbench.records import Case, Ranking
from workbench.variant import Variant

RunStatus = Literal["queued", "running", "done", "failed", "stopped", "interrupted"]
UNFINISHED: tuple[RunStatus, ...] = ("queued", "running", "interrupted")
"""Any other status is a run's last."""


@dataclass(frozen=True, slots=True)
class Run:
    """One variant of a comparison. `fraction` runs from 0 to 1; `ranking` is there once the run is done,
    `problems` once it has failed. `interrupted` means that its server was killed; submitting again resumes it."""

    position: int
    variant: Variant
    status: RunStatus
    progress: str = ""
    fraction: float = 0.0
    ranking: Ranking | None = None
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0

    @property
    def label(self) -> str:
        return self.variant.label


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was asked, of which catalog as it was then, and how far each run has come, in the order of the columns."""

    id: str
    draft_id: str
    catalog: str
    catalog_fingerprint: str
    case: Case
    baseline: str
    created_at: datetime
    runs: tuple[Run, ...]

    @property
    def active(self) -> bool:
        """Whether a run is queued or running."""
        return any(run.status in ("queued", "running") for run in self.runs)
