"""How good one ranked list is, by the field's measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

CUTOFFS = (5, 10)
LESS_IS_BETTER = (
    "cross-entropy",
    "squared error",
    "invented",
    "ambiguous",
    "outside",
    "duplicate",
    "left out",
    "spread",
)


def measures(
    item_ids: Sequence[str], grades: Mapping[str, int], *, cutoffs: Sequence[int] = CUTOFFS
) -> dict[str, float]:
    """nDCG, P and R at each cutoff, hit rate (HR: is there a relevant item at all), and RR and AP over the whole list.

    {} where nothing is relevant. Computed by ir-measures on a strict order, the list's own, since its providers break
    ties differently. nDCG's gain is the grade, its discount the logarithm of the rank (Järvelin and Kekäläinen, 2002).
    """
    if not any(grade > 0 for grade in grades.values()):
        return {}
    named, evaluator = _evaluator(tuple(sorted(grades.items())), tuple(cutoffs))
    run = {"case": {i: float(len(item_ids) - at) for at, i in enumerate(item_ids)}}
    found = dict.fromkeys(named.values(), 0.0)
    # An empty list is no list to ir-measures, and so has no measures to it; ours are 0.
    for metric in evaluator.iter_calc(run) if item_ids else ():
        found[named[metric.measure]] = float(metric.value)
    return found


def names_of(cutoffs: Sequence[int]) -> tuple[str, ...]:
    """The measures at those cutoffs, in the order in which they are shown."""
    return (*(f"{name}@{k}" for k in cutoffs for name in ("nDCG", "HR", "P", "R")), "RR", "AP")


def less_is_better(name: str) -> bool:
    """Whether the smaller number wins: errors, rates of what went wrong, and distances."""
    return name in LESS_IS_BETTER or name.startswith("KL ")


def with_direction(name: str) -> str:
    """The name for a chart or a table, with a word where the smaller number wins."""
    return f"{name} (less is better)" if less_is_better(name) else name


@lru_cache(maxsize=4096)
def _evaluator(grades: tuple[tuple[str, int], ...], cutoffs: tuple[int, ...]) -> tuple[dict[Any, str], Any]:
    """ir-measures' own measure -> our name, and what computes them for one case; making it costs ten times its use."""
    import ir_measures
    from ir_measures import AP, RR, P, R, Success, nDCG

    made = {"nDCG": nDCG, "HR": Success, "P": P, "R": R}
    named = {made[name] @ k: f"{name}@{k}" for k in cutoffs for name in made}
    named |= {RR: "RR", AP: "AP"}
    return named, ir_measures.evaluator(list(named), {"case": dict(grades)})


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What retrieval left possible: how many relevant items there are, and how many of them are candidates."""

    relevant: int
    retrieved: int

    @property
    def any(self) -> bool:
        return self.retrieved > 0

    @property
    def share(self) -> float | None:
        """The greatest recall that any order of the candidates can reach; None where nothing is relevant."""
        return self.retrieved / self.relevant if self.relevant else None


def retrieval_ceiling(candidate_ids: Sequence[str], grades: Mapping[str, int]) -> Ceiling:
    relevant = {i for i, grade in grades.items() if grade > 0}
    return Ceiling(len(relevant), len(relevant & set(candidate_ids)))
