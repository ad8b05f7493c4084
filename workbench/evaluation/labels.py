"""How good told labels are: the chances of each label against the truth, for templates whose task is the label."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from workbench.prompts.front_matter import FrontMatter
from workbench.records import RankedItem, Ranking

LEAST_CHANCE = 1e-12
"""What a chance of nothing counts as, so that one item can't make a mean infinite."""
PAIR = "label "
"""What the names of counts of (told, truth) begin with."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An item whose right label is known. `truth` is that label, `chances` what the model gave each label."""

    item_id: str
    chances: Mapping[str, float]
    truth: str

    @property
    def told(self) -> str:
        """The likeliest label; of equally likely ones the first."""
        return max(self.chances, key=lambda label: self.chances[label])


@dataclass(frozen=True, slots=True)
class ClassReport:
    """One label. `precision` is None where it was never told, `recall` where it is nobody's truth (`support` 0)."""

    label: str
    precision: float | None
    recall: float | None
    support: int


@dataclass(frozen=True, slots=True)
class LabelReport:
    """Means over `n` judged items, of which only those count that have a label (see `label_of`). Cross-entropy is in
    nats; `uniform` is that of a model that finds all labels alike. The squared error is of the expected grade."""

    n: int
    unlabelled: int
    cross_entropy: float
    uniform: float
    squared_error: float
    accuracy: float
    classes: tuple[ClassReport, ...]


def cross_entropy(chances: Mapping[str, float], truth: str) -> float:
    """-log of the chance that the right label was given, in nats."""
    return -math.log(max(chances[truth], LEAST_CHANCE))


def squared_error(expected: float, truth: float) -> float:
    return (expected - truth) ** 2


def expected_grade(chances: Mapping[str, float], scale: Mapping[str, float]) -> float:
    """The mean of the labels' grades, weighted by their chances."""
    return math.fsum(chance * scale[label] for label, chance in chances.items())


def label_of(grade: float, scale: Mapping[str, float]) -> str | None:
    """The right label of an item of this grade: the highest label whose grade it reaches; None below the lowest."""
    reached = [label for label, least in scale.items() if least <= grade]
    return max(reached, key=lambda label: scale[label], default=None)


def judge(rows: Iterable[RankedItem], grades: Mapping[str, int], scale: Mapping[str, float]) -> list[Judged]:
    """The rows that have chances and a right label. An item that the truth does not list has grade 0."""
    found = ((row, label_of(grades.get(row.item_id, 0), scale)) for row in rows if row.chances)
    return [Judged(row.item_id, row.chances, label) for row, label in found if label is not None]


def report(judged: Sequence[Judged], scale: Mapping[str, float], *, unlabelled: int = 0) -> LabelReport:
    """Means over all that was judged, of one case or of many; there must be some."""
    return LabelReport(
        n=len(judged),
        unlabelled=unlabelled,
        cross_entropy=fmean(cross_entropy(j.chances, j.truth) for j in judged),
        uniform=math.log(len(scale)),
        squared_error=fmean(squared_error(expected_grade(j.chances, scale), scale[j.truth]) for j in judged),
        accuracy=fmean(j.told == j.truth for j in judged),
        classes=tuple(class_report(label, [(j.told, j.truth) for j in judged]) for label in scale),
    )


def class_report(label: str, told_and_truth: Sequence[tuple[str, str]]) -> ClassReport:
    told = sum(told == label for told, _ in told_and_truth)
    support = sum(truth == label for _, truth in told_and_truth)
    right = sum(told == truth == label for told, truth in told_and_truth)
    return ClassReport(label, right / told if told else None, right / support if support else None, support)


def label_report(ranking: Ranking, front: FrontMatter, grades: Mapping[str, int]) -> LabelReport | None:
    """How well a ranking's labels were told; None where the template's task is to rank, its labels have no grades, the
    method asked for none, or nothing is known of the case."""
    if front.task == "rank" or not front.scale or not grades:
        return None
    judged = judge(ranking.ranked, grades, front.scale)
    asked = sum(bool(row.chances) for row in ranking.ranked)
    return report(judged, front.scale, unlabelled=asked - len(judged)) if judged else None


def label_numbers(ranking: Ranking, front: FrontMatter, grades: Mapping[str, int]) -> dict[str, float]:
    """The same as numbers of one case: the three means, and how often each label was told where each was right, so that
    many cases add up to one report for each label (`class_reports`)."""
    found = label_report(ranking, front, grades)
    if found is None:
        return {}
    pairs = Counter((j.told, j.truth) for j in judge(ranking.ranked, grades, front.scale))
    means = {"cross-entropy": found.cross_entropy, "squared error": found.squared_error, "accuracy": found.accuracy}
    return means | {PAIR + json.dumps(pair, ensure_ascii=False): float(n) for pair, n in sorted(pairs.items())}


def class_reports(numbers: Iterable[Mapping[str, float]], labels: Sequence[str]) -> tuple[ClassReport, ...]:
    """A report for each label over the numbers of many cases; () where none of them has any."""
    total: Counter[tuple[str, str]] = Counter()
    for of_case in numbers:
        for name, n in of_case.items():
            if name.startswith(PAIR):
                told, truth = json.loads(name.removeprefix(PAIR))
                total[told, truth] += round(n)
    return tuple(class_report(label, list(total.elements())) for label in labels) if total else ()
