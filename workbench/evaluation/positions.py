"""Position bias: whether a method finds what is right wherever it stands in the prompt."""

from collections.abc import Mapping

from workbench.records import Ranking

QUARTERS = ("1st", "2nd", "3rd", "4th")


def order_in_prompt(ranking: Ranking) -> tuple[str, ...]:
    """The candidates in the order in which the prompt names them; () where it does not name them all, or where the
    ranking is the mean over several orders."""
    shown = tuple(dict.fromkeys(span.ref for span in ranking.prompt.spans if span.kind == "candidate"))
    return shown if len(shown) == len(ranking.candidates) > 1 and ranking.orders == 1 else ()


def found_by_place(ranking: Ranking, grades: Mapping[str, int], *, k: int) -> dict[str, float]:
    """`R@5 in the 1st quarter` and so on: of the relevant candidates that stand in that quarter of the prompt's
    candidates, the share that is ranked among the first k. Quarters without a relevant one are left out."""
    order = order_in_prompt(ranking)
    top = set(ranking.item_ids[:k])
    found: dict[int, list[bool]] = {}
    for place, item_id in enumerate(order):
        if grades.get(item_id, 0) > 0:
            found.setdefault(place * len(QUARTERS) // len(order), []).append(item_id in top)
    return {column(quarter, k): sum(hits) / len(hits) for quarter, hits in sorted(found.items())}


def column(quarter: int, k: int) -> str:
    return f"R@{k} in the {QUARTERS[quarter]} quarter"


def position_gap(means: Mapping[str, float], *, k: int) -> float | None:
    """How much better the best quarter of the prompt does than the worst; None with fewer than two quarters."""
    known = [means[name] for name in (column(quarter, k) for quarter in range(len(QUARTERS))) if name in means]
    return max(known) - min(known) if len(known) > 1 else None
