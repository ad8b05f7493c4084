"""From the words that may stand for a label to the label's chance: the verbaliser of a template."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from workbench.engine.answers import Scored
from workbench.ranking.calibration import log_mean_exp

LEAST = 1e-6
"""Of a chance that is nearly all another's: less is rounding."""
Spelt = Mapping[str, tuple[str, ...]]
"""Label, best first -> the ways to write it."""


def spelt(labels: Sequence[str], verbaliser: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """How each label is written: as the verbaliser says, else as it is."""
    return {label: verbaliser.get(label) or (label,) for label in labels}


def counted(scored: Sequence[Scored]) -> list[bool]:
    """Which ways to write one label count: not one that goes on from another ("Yes." after "Yes", or the same again),
    since the chance of the shorter one holds it already."""
    paths = [s.token_ids for s in scored]
    return [
        not any(path[: len(other)] == other and (len(other) < len(path) or at < i) for at, other in enumerate(paths))
        for i, path in enumerate(paths)
    ]


def extensions(scored: Sequence[Scored], kept: Sequence[bool]) -> list[list[int]]:
    """For each way to write, of all labels in order, the counted ways that go on from it, and from no longer one that
    does so too: "10" for "1", but "100" for "10" alone."""
    paths = [s.token_ids for s in scored]

    def goes_on(long: int, short: int) -> bool:
        return len(paths[short]) < len(paths[long]) and paths[long][: len(paths[short])] == paths[short]

    found = []
    for at in range(len(paths)):
        longer = [i for i in range(len(paths)) if kept[i] and goes_on(i, at)]
        found.append([i for i in longer if not any(goes_on(i, between) for between in longer)])
    return found


def exclusive(totals: Sequence[float], longer: Sequence[Sequence[int]]) -> list[float]:
    """log of each way's chance without that of the ways which go on from it (see `extensions`)."""
    found = []
    for total, others in zip(totals, longer, strict=True):
        rest = 1.0 - math.fsum(math.exp(totals[i] - total) for i in others)
        found.append(total + math.log(max(rest, LEAST)) if others else total)
    return found


def label_totals(totals: Sequence[float], kept: Sequence[bool], ways: Spelt) -> list[float]:
    """log of the summed chance of each label's ways of writing, given that of every way, in order."""
    found, at = [], 0
    for written in ways.values():
        mine = [total for total, keep in zip(totals[at:], kept[at : at + len(written)], strict=False) if keep]
        found.append(log_mean_exp(mine) + math.log(len(mine)))
        at += len(written)
    return found


def worths(labels: Sequence[str]) -> list[float]:
    """What each label is worth, from 1 for the first and best down to 0 for the last: in even steps, or where labels
    are numbers in order, as those lie."""
    numbers = numbers_of(labels)
    if numbers is None:
        return [1 - i / (len(labels) - 1) for i in range(len(labels))]
    first, last = numbers[0], numbers[-1]
    return [(number - last) / (first - last) for number in numbers]


def numbers_of(labels: Sequence[str]) -> list[float] | None:
    """The labels as numbers; None unless all are, and rise or fall throughout."""
    try:
        numbers = [float(label) for label in labels]
    except ValueError:
        return None
    steps = [b - a for a, b in pairwise(numbers)]
    in_order = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    return numbers if in_order and all(map(math.isfinite, numbers)) else None


def softmax(logits: Sequence[float]) -> list[float]:
    """Chances that sum to 1; of no logits, none."""
    highest = max(logits, default=0.0)
    weights = [math.exp(value - highest) for value in logits]
    return [weight / sum(weights) for weight in weights]
