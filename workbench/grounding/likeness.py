"""When two normalised titles are one title with a slip in it, and when they are two titles."""

import re

from workbench.grounding.normalising import numbers

SHORTEST = 5
"""A normalised name shorter than this is never matched with a slip: too many titles are one letter apart."""
LEAST_RATIO = 82.0
LONG = 20
"""Letters of a title from which on one short word, or two letters of one word, may be wrong: the rest says enough."""
IDEOGRAPH = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7af]")
SMALL = frozenset(("a", "an", "and", "at", "for", "in", "of", "on", "or", "the", "to", "with"))


def same_but_for_slips(a: str, b: str) -> bool:
    """Whether `a` and `b` differ by slips of the pen alone.

    Numbers agree, one plural more is another title (Alien, Aliens), spaces don't count, small words may be missing,
    and each word may hold few wrong letters for its length: Before Sunset is not Before Sunrise.
    """
    if min(len(a), len(b)) < SHORTEST or numbers(a) != numbers(b) or _plural(a, b):
        return False
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    left, right = a.split(), b.split()
    if len(left) != len(right):
        left, right = ([w for w in words if w not in SMALL] for words in (left, right))
    long = min(len(a), len(b)) >= LONG
    return len(left) == len(right) and _slips(left, right, long=long) <= max(1, max(len(a), len(b)) // 8)


def _slips(left: list[str], right: list[str], *, long: bool) -> int:
    """Letters that differ, word by word; a word with more of them than its length allows makes the sum too great."""
    from rapidfuzz.distance import OSA

    total = 0
    for a, b in zip(left, right, strict=True):
        if a == b:
            continue
        if a[0] != b[0]:  # slips spare a word's first letter, puns do not: The Codfather
            return 10_000
        apart = OSA.distance(a, b)
        if apart > _allowed(a, b, alone=long and total == 0):
            return 10_000
        total += apart
    return total


def _allowed(a: str, b: str, *, alone: bool) -> int:
    """How many letters of a word may be wrong. An ideograph is a word in itself: 香菜 is not 菠菜."""
    shortest = min(len(a), len(b))
    if IDEOGRAPH.search(a + b):
        return shortest // 5
    few = min(2, shortest // 4)
    if alone:
        return max(few, 2 if shortest >= 6 else 1 if shortest >= 3 else 0)
    return few


def _plural(a: str, b: str) -> bool:
    return len(a.split()) <= 2 and (a == b + "s" or b == a + "s")
