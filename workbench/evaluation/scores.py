"""Results as numbers: what each entry has on each case, and what one that failed counts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from statistics import fmean

from workbench.evaluation.agreement import STEADINESS, steadiness
from workbench.evaluation.labels import LABELS, PAIR, farthest, scale_of, worst
from workbench.evaluation.measures import names_of
from workbench.store.experiment import CONTROLS, AskedCase, ExperimentPlan, Result


@dataclass(frozen=True)
class Scores:
    """Results as numbers: entry -> case -> measure -> value, means over repeats. Judged cases alone."""

    plan: ExperimentPlan
    cases: Sequence[AskedCase]
    judged: frozenset[int]
    results: Mapping[int, Sequence[Result]]

    def by_case(self, entry: int, name: str) -> dict[int, float]:
        """Case -> the entry's value; the worst where it failed, for measures alone: a list that is not there has no
        variety. Names of STEADINESS are computed of a case's repeats."""
        if name in STEADINESS:
            return {at: found[name] for at, found in self._steady.get(entry, {}).items() if name in found}
        results, counts = self.results.get(entry, ()), self.when_failed(entry, name)
        pairs = [(r.case_at, r.numbers[name]) for r in results if name in r.numbers]
        if counts is not None:
            judged = self.judged_by(name)
            missing = (r for r in results if r.status == "failed" and r.case_at in judged)
            pairs += [(r.case_at, counts) for r in missing if name not in r.numbers]
        pairs.sort()
        if self.plan.repeats == 1:
            return dict(pairs)
        return {at: fmean(v for _, v in same) for at, same in groupby(pairs, key=lambda pair: pair[0])}

    def when_failed(self, entry: int, name: str) -> float | None:
        """What a failed case of the entry counts in a measure; None where there is nothing to count."""
        if name in LABELS:
            return worst(name, self.scales[entry]) if entry in self.scales else None
        return 0.0 if name in names_of(self.plan.cutoffs) else None

    def has(self, entry: int, name: str) -> bool:
        """Whether the entry can have that number: what tells no labels is not measured by them."""
        return name not in LABELS or entry in self.scales

    @cached_property
    def scales(self) -> Mapping[int, Mapping[str, float]]:
        """Entry -> label -> grade, of the entries that tell labels."""
        asked = (e for e in self.plan.entries if e.role == "variant" or e.role in CONTROLS)
        found = {e.position: scale_of(self.plan.variants[e.of]) for e in asked}
        return {entry: scale for entry, scale in found.items() if scale}

    def judged_by(self, name: str) -> frozenset[int]:
        """The cases that the measure has a value for: by labels, those of which some entry's labels are known to be
        right or wrong, so that one who was only ever told dislikes counts too."""
        return self._labelled if name in LABELS else self.judged

    @cached_property
    def _labelled(self) -> frozenset[int]:
        """Where all that tell labels failed, it is not known whether their items have one, and it counts."""
        found = [result for entry in self.scales for result in self.results.get(entry, ())]
        valued = {result.case_at for result in found if LABELS[0] in result.numbers}
        done = {result.case_at for result in found if result.status == "done"}
        graded = {at for at, asked in enumerate(self.cases) if at in self.judged or asked.has_grades}
        return frozenset(valued | (graded - done))

    def farthest(self, name: str) -> float:
        """How much the values of two cases may differ by that measure, where that is known; else 1."""
        return max((farthest(name, scale) for scale in self.scales.values()), default=1.0)

    def names(self, entry: int) -> tuple[str, ...]:
        """What there is a mean of, in the order in which it was first seen."""
        known = dict.fromkeys(name for result in self.results.get(entry, ()) for name in result.numbers)
        steady = dict.fromkeys(name for found in self._steady.get(entry, {}).values() for name in found)
        return tuple(name for name in (*known, *steady) if not name.startswith(PAIR))

    @cached_property
    def _steady(self) -> dict[int, dict[int, dict[str, float]]]:
        """Entry -> case -> how alike the first items of the lists of its repeats are."""
        lists: dict[int, dict[int, list[Sequence[str]]]] = defaultdict(lambda: defaultdict(list))
        for entry, results in self.results.items() if self.plan.repeats > 1 else ():
            for result in results:
                if result.status == "done" and result.items:
                    lists[entry][result.case_at].append(result.items)
        return {entry: {at: steadiness(found) for at, found in sorted(by.items())} for entry, by in lists.items()}

    def named(self, entry: int, name: str) -> dict[str, float]:
        """The same by the case's id."""
        return {self.cases[at].case.id: value for at, value in self.by_case(entry, name).items()}


def scores_of(plan: ExperimentPlan, cases: Sequence[AskedCase], results: Iterable[Result]) -> Scores:
    by_entry: dict[int, list[Result]] = defaultdict(list)
    for result in results:
        by_entry[result.entry].append(result)
    judged = frozenset(at for at, asked in enumerate(cases) if "popularity of the target" in asked.slices)
    return Scores(plan, cases, judged, by_entry)
