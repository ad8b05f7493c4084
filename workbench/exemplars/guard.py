"""The guard against leakage: an exemplar that would give a case's answer away is not shown."""

import re
from collections.abc import Callable

from workbench.catalogs.timeline import seconds
from workbench.records import Case, Exemplar

NEAR_DUPLICATE = 0.8
"""Jaccard similarity of two histories from which on they count as one user's."""


NEAR_TEXT = 90.0
"""Likeness of two descriptions, from 0 to 100, from which on they count as one user's."""
_WORDS = re.compile(r"\w+")


def leakage_guard(case: Case, relevant: frozenset[str]) -> Callable[[Exemplar], str]:
    """Why an exemplar may not be shown for this case, or "". `relevant` are the case's relevant item ids."""

    def reason(exemplar: Exemplar) -> str:
        if case.user and exemplar.user == case.user:
            return f"it is of the same user, {case.user}"
        if case.time and exemplar.time and seconds(exemplar.time) >= seconds(case.time):
            return f"it was solved at {exemplar.time}, and this case is of {case.time}"
        if shared := [i for i in exemplar.answer if i in relevant]:
            return f"its answer {', '.join(shared)} is a relevant item of this case"
        if _jaccard(case.history, exemplar.history) >= NEAR_DUPLICATE:
            return "its history is nearly this case's own"
        if _same_text(case.description, exemplar.description):
            return "its description is nearly this case's own"
        return ""

    return reason


def _jaccard(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    union = set(a) | set(b)
    return len(set(a) & set(b)) / len(union) if union else 0.0


def _same_text(a: str, b: str) -> bool:
    """Whether two descriptions are one but for punctuation, case and a few letters."""
    if not a or not b:
        return False
    from rapidfuzz.fuzz import ratio

    left, right = (" ".join(_WORDS.findall(text.casefold())) for text in (a, b))
    return left == right or ratio(left, right, score_cutoff=NEAR_TEXT) > 0
