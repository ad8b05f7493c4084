"""A search as page and command line show it: its trials, the best so far, and what mattered."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.search.folder import SearchFolder
from workbench.search.plan import SearchPlan
from workbench.search.study import Trial, read_trials
from workbench.variant import Variant


@dataclass(frozen=True, slots=True)
class Reading:
    """`trials` in the order in which they were tried; `importances` as `Study.importances`."""

    plan: SearchPlan
    trials: tuple[Trial, ...]
    importances: dict[str, float]

    @property
    def best(self) -> Trial | None:
        """The best of those that saw all cases."""
        n = len(self.plan.search_ids)
        return max((t for t in self.trials if n in t.values), key=lambda t: (t.values[n], -t.number), default=None)

    @property
    def curve(self) -> list[dict[str, float]]:
        """After each trial that saw all cases, its score and the best so far."""
        n, best, rows = len(self.plan.search_ids), 0.0, []
        for trial in self.trials:
            if n in trial.values:
                best = max(best, trial.values[n])
                rows.append({"trial": trial.number, "score": trial.values[n], "best so far": best})
        return rows

    @property
    def failures(self) -> str:
        """How many cases of how many trials failed, and why the first of them did; "" where none did."""
        failed = [t for t in self.trials if t.failures]
        if not failed:
            return ""
        cases, trials = sum(t.failures for t in failed), len(failed)
        of = f"{trials} trial{'s' * (trials > 1)}"
        return f"{cases} case{'s' * (cases > 1)} of {of} failed and count 0, the first with: {failed[0].problem}"

    def table(self) -> list[dict[str, object]]:
        """A row for each trial, the best first: by the cases it saw, then by its score."""
        shown = [t for t in self.trials if t.values or t.reason]
        ordered = sorted(shown, key=lambda t: (-t.cases, -(t.score or 0.0), t.number))
        return [
            {
                "trial": t.number,
                "score": t.score,
                "cases": t.cases,
                "state": f"failed: {t.reason}" if t.reason else t.state,
                "what": words(self.plan, t),
                "failed cases": t.failures,
                "first problem": t.problem,
                "s a case": t.seconds,
                "passes a case": t.passes,
            }
            for t in ordered
        ]


def read(folder: SearchFolder, *, importances: bool = True) -> Reading:
    """Importances take a moment and can be left out. Raises SearchError."""
    plan = folder.plan()
    return Reading(plan, *read_trials(folder.journal, importances=importances))


def words(plan: SearchPlan, trial: Trial) -> str:
    """What a trial is: its template, and what differs from how that ships."""
    if trial.default_of:
        return f"{trial.default_of}, as it ships"
    variant = trial.variant(plan.space)
    name = variant.template.name
    edits = (at for at in range(1, len(plan.space.edits) + 1) if trial.answers.get(f"{name}.edit {at}"))
    edited = [f"edit {at} no. {trial.answers[f'{name}.edit {at}']}" for at in edits]
    return ", ".join([name, *differences(plan.space.default(name), variant), *edited])


def differences(default: Variant, variant: Variant) -> Sequence[str]:
    """Each setting but the wording that is not as in the default, in a few words."""
    found = [f"{name} {value}" for name, value in variant.parameters.items()]
    for part in ("method", "retriever", "exemplars", "fusion"):
        before, after = getattr(default, part), getattr(variant, part)
        if before != after:
            options = " ".join(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in after.options.items())
            found.append(f"{part} {after.name} {options}".strip())
    for name in ("orders", "n_candidates", "diversity", "k"):
        if getattr(default, name) != getattr(variant, name):
            found.append(f"{name} {getattr(variant, name)}")
    return found
