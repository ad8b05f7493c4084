"""How good told labels are: the chances of each label against the truth, for templates whose task is the label."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from workbench.errors import Problem, TemplateError
from workbench.prompts import parse
from workbench.prompts.front_matter import FrontMatter
from workbench.ranking import METHODS
from workbench.records import RankedItem, Ranking
from workbench.variant import Variant

LABELS = ("cross-entropy", "squared error", "accuracy")
"""The measures of told labels by name."""
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
    means = dict(zip(LABELS, (found.cross_entropy, found.squared_error, found.accuracy), strict=True))
    return means | {PAIR + json.dumps(pair, ensure_ascii=False): float(n) for pair, n in sorted(pairs.items())}


def scale_of(variant: Variant) -> Mapping[str, float]:
    """Label -> grade of what a variant tells of each candidate; {} where it tells no label that a truth can be held
    against."""
    return {} if _untold(variant) else parse(variant.template).front.scale


def label_problems(variants: Sequence[Variant], measure: str) -> list[Problem]:
    """Why variants can't be held against one another by a measure of labels."""
    found = [(v.label, _untold(v)) for v in variants]
    problems = [Problem(f"no {measure}: {said[0]}", f"variant {label}", said[1]) for label, said in found if said]
    grades = {v.label: sorted(scale_of(v).values()) for v in variants}
    first = next(iter(grades))
    fix = f"choose templates whose labels have the same grades, or {_OF_LISTS}"
    problems += [
        Problem(
            f"{measure} can't be compared: its labels' grades are {_listed(mine)}, and {first}'s "
            f"{_listed(grades[first])}",
            f"variant {label}",
            fix,
        )
        for label, mine in grades.items()
        if mine and grades[first] and mine != grades[first]
    ]
    return problems


_OF_LISTS = "a measure of lists, such as nDCG@10"


def _untold(variant: Variant) -> tuple[str, str] | None:
    """Why it tells no labels that can be judged, and what to do; None where it tells some."""
    method = METHODS.get(variant.method.name)
    if not (method and method.asks_each_candidate):
        fix = f"choose the method pointwise and a template such as like-dislike or rate-1-5, or {_OF_LISTS}"
        return f"its method {variant.method.name} asks for no labels", fix
    try:
        front = parse(variant.template).front
    except TemplateError:
        return "its template can't be read", "mend what is wrong with the template"
    if front.task == "rank":
        fix = f"write `task: labels` into the front matter, choose a template such as like-dislike, or {_OF_LISTS}"
        return "its template only ranks by its labels", fix
    if not front.scale:
        return (
            "its labels have no grades",
            f"write `grades: {{like: 1, dislike: 0}}` into the front matter, or {_OF_LISTS}",
        )
    return None


def _listed(grades: Sequence[float]) -> str:
    return ", ".join(f"{grade:g}" for grade in grades)


def worst(measure: str, scale: Mapping[str, float]) -> float:
    """What nothing told counts as: the right label held impossible, the farthest grade, the wrong label."""
    if measure == "cross-entropy":
        return -math.log(LEAST_CHANCE)
    return _width(scale) ** 2 if measure == "squared error" else 0.0


def farthest(measure: str, scale: Mapping[str, float]) -> float:
    """By how much two values of one case may differ; cross-entropy has no end, and a nat stands for it."""
    return _width(scale) ** 2 if measure == "squared error" else 1.0


def _width(scale: Mapping[str, float]) -> float:
    return max(scale.values()) - min(scale.values())


def class_reports(numbers: Iterable[Mapping[str, float]], labels: Sequence[str]) -> tuple[ClassReport, ...]:
    """A report for each label over the numbers of many cases; () where none of them has any."""
    total: Counter[tuple[str, str]] = Counter()
    for of_case in numbers:
        for name, n in of_case.items():
            if name.startswith(PAIR):
                told, truth = json.loads(name.removeprefix(PAIR))
                total[told, truth] += round(n)
    return tuple(class_report(label, list(total.elements())) for label in labels) if total else ()
