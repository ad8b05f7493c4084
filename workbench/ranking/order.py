"""From what a method found to the order of all candidates."""

from collections.abc import Sequence

from workbench.ranking.fusion import Fused
from workbench.ranking.protocol import Outcome
from workbench.records import Candidate, RankedItem


def to_ranked(
    outcome: Outcome, candidates: Sequence[Candidate], *, fused: Fused | None = None
) -> tuple[RankedItem, ...]:
    """All candidates, ranks from 1: those with a score by score, ties in the retriever's order; then those that the
    method left out, in the retriever's order. With `fused`, all by its scores, why in its words after the method's."""
    scores = fused.scores if fused else outcome.scores
    placed = sorted((c for c in candidates if c.item_id in scores), key=lambda c: (-scores[c.item_id], c.rank))
    left_out = sorted((c for c in candidates if c.item_id not in scores), key=lambda c: c.rank)
    return tuple(_row(c, rank, outcome, fused) for rank, c in enumerate([*placed, *left_out], start=1))


def _row(candidate: Candidate, rank: int, outcome: Outcome, fused: Fused | None) -> RankedItem:
    item_id = candidate.item_id
    said = (outcome.explanations.get(item_id, ""), fused.explanations[item_id] if fused else "")
    return RankedItem(
        item_id=item_id,
        rank=rank,
        score=(fused.scores if fused else outcome.scores).get(item_id),
        candidate_rank=candidate.rank,
        candidate_score=candidate.score,
        # Where a fusion leaves the model out it was never asked, and so has left nothing out.
        left_out=item_id not in outcome.scores and (fused is None or bool(outcome.scores)),
        explanation="; ".join(filter(None, said)),
        spread=outcome.spread.get(item_id),
        chances=outcome.chances.get(item_id, {}),
    )
