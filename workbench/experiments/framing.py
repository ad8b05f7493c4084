"""What the prompts of a variant begin with whatever the case: read once, alone, before the first case.

Each group of cases is then asked as if nothing but that had ever been read. So its numbers, to the last bit, do not
hang on which cases were asked before it: an experiment that was killed ends as one that was not.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile

from workbench.engine.apart import Known, apart
from workbench.engine.protocol import Cancel
from workbench.engine.remote_address import is_remote
from workbench.errors import Cancelled
from workbench.exemplars.guard import leakage_guard
from workbench.recommender import Recommender
from workbench.records import Case

SHORTEST = 40
"""Characters of a beginning below which it is not worth a pass."""


def read_frame(
    recommender: Recommender, cases: Sequence[Case], relevant: Mapping[str, Mapping[str, int]], *, cancel: Cancel
) -> Known:
    """What the first prompts of `cases`, the first two, begin with, read by the variant's engine; {} where they share
    nothing, or can't be made."""
    if is_remote(recommender.variant.model.id):
        return {}
    try:
        frame = shared_beginning([_first_prompt(recommender, case, relevant) for case in cases])
        with apart() as known:
            if len(frame) >= SHORTEST:
                recommender.engine.read(frame, cancel=cancel)
        return known
    except Cancelled:
        raise
    except Exception:  # the cases will say what is wrong, each for itself
        return {}


def _first_prompt(recommender: Recommender, case: Case, relevant: Mapping[str, Mapping[str, int]]) -> str:
    grades = relevant.get(case.id, {})
    blocked = leakage_guard(case, frozenset(i for i, grade in grades.items() if grade > 0))
    return recommender.first_prompt(case, blocked=blocked).text


def shared_beginning(texts: Sequence[str]) -> str:
    """Of two texts, up to the end of a word: the next token may begin with the space behind it. "" of one alone."""
    if len(texts) < 2:
        return ""
    shared = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False)))
    return shared[: len(shared) - len(shared.split(" ")[-1])].rstrip()
