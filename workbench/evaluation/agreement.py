"""How alike two ranked lists are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

PERSISTENCE = 0.9
"""p of RBO: at 0.9 the first ten ranks hold 86% of the weight (Webber et al., 2010)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two lists cut at k. `overlap`: share of k that both hold. `rbo`: rank-biased overlap, extrapolated.
    `tau`: Kendall's tau-b over the items of both lists, uncut; None with fewer than two such items."""

    overlap: float
    rbo: float
    tau: float | None


def agreement(a: Sequence[str], b: Sequence[str], *, k: int) -> Agreement:
    top_a, top_b = a[:k], b[:k]
    depth = max(1, min(k, max(len(a), len(b))))
    return Agreement(len(set(top_a) & set(top_b)) / depth, rbo(top_a, top_b), kendall_tau(a, b))


STEADINESS = ("same first", "RBO over repeats", "tau over repeats")


def steadiness(lists: Sequence[Sequence[str]]) -> dict[str, float]:
    """How alike several answers to one question are, as means over all pairs of them: the share of pairs with the same
    first item, RBO, and Kendall's tau-b over the items that both hold (left out where no pair has two of them). {} for
    fewer than two answers."""
    pairs = list(combinations(lists, 2))
    if not pairs:
        return {}
    taus = [tau for a, b in pairs if (tau := kendall_tau(a, b)) is not None]
    numbers = (fmean(list(a[:1]) == list(b[:1]) for a, b in pairs), fmean(rbo(a, b) for a, b in pairs))
    return dict(zip(STEADINESS, (*numbers, *([fmean(taus)] if taus else [])), strict=False))


def rbo(a: Sequence[str], b: Sequence[str], *, p: float = PERSISTENCE) -> float:
    """Extrapolated rank-biased overlap of two lists without repeats, 0 to 1.

    Webber, Moffat and Zobel (2010), "A Similarity Measure for Indefinite Rankings", equation 32, which also takes
    lists of unequal length. Two empty lists agree.
    """
    short, long = sorted((list(a), list(b)), key=len)
    s, n = len(short), len(long)
    if n == 0:
        return 1.0
    if s == 0:
        return 0.0
    overlaps = [0]
    seen_short: set[str] = set()
    seen_long: set[str] = set()
    for depth in range(1, n + 1):
        seen_long.add(long[depth - 1])
        if depth <= s:
            seen_short.add(short[depth - 1])
        overlaps.append(len(seen_short & seen_long))
    x_s, x_l = overlaps[s], overlaps[n]
    agreed = sum(overlaps[d] / d * p**d for d in range(1, n + 1))
    unseen = sum(x_s * (d - s) / (s * d) * p**d for d in range(s + 1, n + 1))
    tail = ((x_l - x_s) / n + x_s / s) * p**n
    return (1 - p) / p * (agreed + unseen) + tail


def kendall_tau(a: Sequence[str], b: Sequence[str]) -> float | None:
    """Kendall's tau-b between the orders of the items that both lists hold."""
    place = {item: at for at, item in enumerate(b)}
    common = [place[item] for item in a if item in place]
    if len(common) < 2:
        return None
    from scipy.stats import kendalltau

    return float(kendalltau(range(len(common)), common).statistic)
