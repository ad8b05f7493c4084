"""Differences as rows of a table: how large each is, how often each side wins, and which cases one side alone has."""

from collections.abc import Iterable, Sequence

from workbench.evaluation.significance import Difference

LISTED = 10
"""Ids that are written out; the others are counted."""


def as_pairs(differences: Iterable[Difference]) -> list[dict[str, object]]:
    """A flat row for each, for a page and for a terminal."""
    return [
        {
            "pair": f"{d.b} less {d.a}",
            "difference": d.interval.mean,
            "low": d.interval.low,
            "high": d.interval.high,
            "p (Holm)": d.p_holm,
            "effect size": d.effect,
            "wins": d.wins,
            "ties": d.ties,
            "losses": d.losses,
            "cases": d.interval.n,
            "missing": len(d.missing),
            "verdict": d.verdict,
        }
        for d in differences
    ]


def missing_of(differences: Iterable[Difference]) -> list[str]:
    """In words, for each pair that has them, the cases that one side alone has a value for."""
    return [f"{d.b} less {d.a}: on one side alone: {listed(d.missing)}" for d in differences if d.missing]


def listed(ids: Sequence[str]) -> str:
    """How many there are, and the first of them."""
    more = f" and {len(ids) - LISTED:,} more" if len(ids) > LISTED else ""
    return f"{len(ids):,} {'case' if len(ids) == 1 else 'cases'}, {', '.join(ids[:LISTED])}{more}"
