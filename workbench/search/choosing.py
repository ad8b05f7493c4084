"""Which trials are confirmed, and what that will take."""

from collections.abc import Sequence
from statistics import fmean

from workbench.ranking.fusion import MODEL
from workbench.search.plan import SearchPlan
from workbench.search.study import Trial, Tried
from workbench.variant import Choice, Variant

CONTROLS_TOO = 3
"""How many times as much it takes with both controls."""


def best_of(trials: Sequence[Trial], n: int) -> tuple[Trial, Trial]:
    """(the best default, the winner): the best mean over all `n` cases; of defaults none of which saw them all, the one
    that saw most. Of equals a default before others, then the earlier: where nothing beats a default, it stands."""
    defaults = [t for t in trials if t.default_of]
    default = max(defaults, key=lambda t: (t.cases, t.score or 0.0, -t.number))
    complete = [t for t in trials if n in t.values]
    return default, max(complete, key=lambda t: (t.values[n], bool(t.default_of), -t.number), default=default)


def confirmation_cost(plan: SearchPlan, trials: Sequence[Trial]) -> Tried:
    """What asking one case of the best so far will take; two that differ in their fusion alone are asked once."""
    seen = [t for t in trials if t.values]
    if not any(t.default_of for t in seen):
        return Tried(0.0, 0.0)
    asked = {without_fusion(t.variant(plan.space)).digest: t for t in best_of(seen, len(plan.search_ids))}
    times = CONTROLS_TOO if plan.controls else 1
    return Tried(times * sum(t.seconds for t in asked.values()), times * sum(t.passes for t in asked.values()))


def controls_cost(plan: SearchPlan, n: int, cases: Sequence[Tried]) -> Tried:
    """What the controls of variants will take over `n` cases, each of which takes as much as one of the variant."""
    times = n * (CONTROLS_TOO - 1) if plan.controls else 0
    return Tried(times * sum(c.seconds for c in cases), times * sum(c.passes for c in cases))


def without_fusion(variant: Variant) -> Variant:
    """What the model is asked for it; itself where the fusion leaves the model out."""
    weight = variant.fusion.options.get(MODEL, 1.0)
    return variant.model_copy(update={"fusion": Choice(name="none")}) if weight else variant


def mean(costs: Sequence[Tried]) -> Tried:
    """Of one case."""
    if not costs:
        return Tried(0.0, 0.0)
    return Tried(fmean(c.seconds for c in costs), fmean(c.passes for c in costs))
