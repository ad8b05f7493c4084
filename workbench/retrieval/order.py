"""What the sources share: the text that stands for a case, and the order of scored items."""

from collections.abc import Iterable, Set
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.left_out import LeftOut

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors


def query_text(catalog: Catalog, case: Case, *, recent: int) -> str:
    """The description and the texts of the most recent history items."""
    history = [catalog.item(i).text for i in case.history[-recent:]] if recent else []
    return "\n".join(part for part in (case.description, *history) if part)


def fade_option(default: float) -> float:
    weight: float = option(
        default,
        "Fading",
        "How much each older history item counts beside the one after it; 1: all alike.",
        minimum=0.1,
        maximum=1.0,
        step=0.05,
    )
    return weight


def faded(n: int, fade: float) -> "Vectors":
    """float32 [n] that sum to 1, the newest last: each is `fade` times the one after it."""
    import numpy

    weights = numpy.float64(fade) ** numpy.arange(n - 1, -1, -1)
    shares: Vectors = (weights / max(float(weights.sum()), 1e-300)).astype(numpy.float32)
    return shares


def best(scored: Iterable[tuple[str, float]], *, n: int, exclude: Set[str], source: str) -> list[Candidate]:
    """The n highest, ties by item id, none of `exclude`, ranked from 1."""
    allowed = ((-score, item_id) for item_id, score in scored if item_id not in exclude)
    return [
        Candidate(item_id, -negative, rank, source) for rank, (negative, item_id) in enumerate(nsmallest(n, allowed), 1)
    ]


def best_left(catalog: Catalog, scores: Any, *, n: int, exclude: Set[str], source: str) -> list[Candidate]:
    """As `best`, of one score for each item in the catalog's order, as an array."""
    import numpy

    rows = numpy.flatnonzero(~LeftOut.of(catalog, exclude).mask)
    return best_rows(catalog, rows, scores[rows], n=n, source=source)


def best_rows(catalog: Catalog, rows: Any, scores: Any, *, n: int, source: str) -> list[Candidate]:
    """As `best`, of rows of the catalog and their scores as arrays, without a Python step for each of a million."""
    import numpy

    if n < len(scores):
        # All that tie with the last one go on, since ties go by item id.
        least = numpy.partition(scores, len(scores) - n)[len(scores) - n]
        chosen = numpy.flatnonzero(scores >= least)
        rows, scores = rows[chosen], scores[chosen]
    scored = zip((catalog.items[row].id for row in rows.tolist()), scores.tolist(), strict=True)
    return best(scored, n=n, exclude=frozenset(), source=source)
