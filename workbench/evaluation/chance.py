"""What an order drawn at random is worth: the mean of each measure over all orders of the candidates, computed."""

from collections.abc import Mapping, Sequence
from math import comb, log2


def chance(
    candidate_ids: Sequence[str], grades: Mapping[str, int], *, cutoffs: Sequence[int] = (5, 10)
) -> dict[str, float]:
    """The expectation of every measure of `measures`, exactly; {} where nothing is relevant."""
    relevant = {i: grade for i, grade in grades.items() if grade > 0}
    if not relevant:
        return {}
    n, gains = len(candidate_ids), [relevant[i] for i in candidate_ids if i in relevant]
    m = len(gains)
    found: dict[str, float] = {}
    for k in cutoffs:
        seen = min(k, n)
        ideal = sum(g / log2(at + 2) for at, g in enumerate(sorted(relevant.values(), reverse=True)[:k]))
        dealt = sum(1 / log2(at + 2) for at in range(seen)) * (sum(gains) / n if n else 0.0)
        hits = m * seen / n if n else 0.0
        found |= {f"nDCG@{k}": dealt / ideal, f"HR@{k}": 1 - comb(n - m, seen) / comb(n, seen)}
        found |= {f"P@{k}": hits / k, f"R@{k}": hits / len(relevant)}
    return {**found, "RR": _reciprocal_rank(n, m), "AP": _average_precision(n, m, len(relevant))}


def _reciprocal_rank(n: int, m: int) -> float:
    """The first relevant item is at rank r in C(n - r, m - 1) of the C(n, m) ways to place them."""
    return sum(comb(n - r, m - 1) / comb(n, m) / r for r in range(1, n + 1)) if m else 0.0


def _average_precision(n: int, m: int, relevant: int) -> float:
    """Rank r is relevant with chance m/n; of the r - 1 above it, (m - 1)/(n - 1) of them are then too."""
    if not m:
        return 0.0
    above = (m - 1) / (n - 1) if n > 1 else 0.0
    return sum(m / n * (1 + (r - 1) * above) / r for r in range(1, n + 1)) / relevant
