"""The same question under several orders of its candidates and exemplars: what the order alone does is averaged out."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import isfinite
from statistics import fmean, pstdev

from workbench.engine.protocol import Cancel, Engine
from workbench.ranking.asking import grouped
from workbench.ranking.fusion import StandardisedSum
from workbench.ranking.protocol import Outcome, Question, RankingMethod
from workbench.records import Usage

SAME = "the prompt is the same whatever the order of candidates and exemplars: one order was ranked"
DRAWS = 20
"""How often to draw for each order that is wanted before giving up on a new one: short lists have few orders."""
Places = tuple[tuple[int, ...], tuple[int, ...]]
"""Where each candidate, and each exemplar, stood in the given order."""
OnOrder = Callable[[int, int], None]
"""(which order, of how many): told before each."""


def silent(order: int, orders: int) -> None:
    return None


def rank_orders(
    method: RankingMethod,
    question: Question,
    engine: Engine,
    orders: int,
    *,
    seed: str,
    cancel: Cancel,
    on_order: OnOrder = silent,
) -> Outcome:
    """The method's answer over `orders` orders, the given one first, the others drawn with `seed`. An order that makes
    a prompt that another has made would give the same again and is not asked.

    After Tang et al. (2023), "Found in the Middle: Permutation Self-Consistency Improves Listwise Ranking in Large
    Language Models"; they look for the ranking nearest to all, we take means (see `mean_outcome`).
    """
    if orders == 1:
        return method.rank(question, engine, cancel=cancel)
    asked = distinct_orders(question, orders, method, seed=seed)
    outcomes = []
    for n, ordered in enumerate(asked, start=1):
        on_order(n, len(asked))
        outcomes.append(method.rank(ordered, engine, cancel=cancel))
    if len(outcomes) == 1:
        return replace(outcomes[0], warnings=(*outcomes[0].warnings, SAME))
    return mean_outcome(outcomes, [item.id for item in question.inputs.candidates])


def distinct_orders(question: Question, orders: int, method: RankingMethod, *, seed: str) -> tuple[Question, ...]:
    """The question as it is, then in up to `orders` - 1 others, each with prompts of its own."""
    probe = question.inputs.candidates[0] if method.asks_each_candidate else None
    found: dict[tuple[str, ...], Question] = {}
    for places in _draws(len(question.candidates), len(question.inputs.exemplars), orders, seed):
        ordered = _ordered(question, places)
        sets = grouped(ordered.inputs.candidates, method.shows or len(ordered.inputs.candidates) or 1)
        asked = [replace(ordered.inputs, candidates=tuple(items), candidate=probe) for items in sets]
        found.setdefault(tuple(question.render(inputs).text for inputs in asked), ordered)
    return tuple(found.values())


def shuffled(question: Question, *, seed: str) -> Question:
    """The question with its candidates in an order drawn with `seed`; exemplars stay where they are."""
    n, exemplars = len(question.candidates), tuple(range(len(question.inputs.exemplars)))
    return _ordered(question, (tuple(random.Random(seed).sample(range(n), n)), exemplars))


def _draws(n_candidates: int, n_exemplars: int, orders: int, seed: str) -> list[Places]:
    """Different places, the given ones first; fewer than `orders` where there are hardly more to draw from."""
    draw = random.Random(seed)
    found = {(tuple(range(n_candidates)), tuple(range(n_exemplars))): None}
    for _ in range(DRAWS * orders):
        if len(found) == orders:
            break
        candidates = draw.sample(range(n_candidates), n_candidates)
        found[tuple(candidates), tuple(draw.sample(range(n_exemplars), n_exemplars))] = None
    return list(found)


def _ordered(question: Question, places: Places) -> Question:
    candidates, exemplars = places
    inputs = replace(
        question.inputs,
        candidates=tuple(question.inputs.candidates[at] for at in candidates),
        exemplars=tuple(question.inputs.exemplars[at] for at in exemplars),
    )
    return replace(question, inputs=inputs, candidates=tuple(question.candidates[at] for at in candidates))


def mean_outcome(outcomes: Sequence[Outcome], item_ids: Sequence[str]) -> Outcome:
    """Several orders' outcomes as one: the mean of the scores standardised within each order; where an order left an
    item out, or a score is not finite, the mean rank with its sign turned. Items that every order left out stay so.

    Prompt and explanations are the first order's, to which mean rank and spread are added.
    """
    ranks = [ranks_of(outcome.scores, item_ids) for outcome in outcomes]
    mean_rank = {i: fmean(r[i] for r in ranks) for i in item_ids}
    spread = {i: pstdev(r[i] for r in ranks) for i in item_ids}
    said = f"over {len(outcomes)} orders"
    return Outcome(
        scores=_mean_scores(outcomes, item_ids) or _by_mean_rank(outcomes, mean_rank),
        prompt=outcomes[0].prompt,
        usage=sum((outcome.usage for outcome in outcomes), Usage()),
        lines=tuple(line for outcome in outcomes for line in outcome.lines),
        output="\n\n".join(f"[order {n}]\n{o.output}" for n, o in enumerate(outcomes, start=1) if o.output),
        explanations={
            i: "; ".join(filter(None, (_first(outcomes, i), f"rank {mean_rank[i]:.1f} ± {spread[i]:.1f} {said}")))
            for i in item_ids
        },
        warnings=_warnings(outcomes),
        chances=_mean_chances(outcomes, item_ids),
        spread=spread,
        orders=len(outcomes),
    )


def ranks_of(scores: Mapping[str, float], item_ids: Sequence[str]) -> dict[str, float]:
    """Ranks from 1 by score; items that tie share the mean of their ranks, and so do those without a score, behind."""

    def key(item_id: str) -> tuple[bool, float]:
        return item_id not in scores, -scores.get(item_id, 0.0)

    ranks: dict[str, float] = {}
    for _, tied in groupby(sorted(item_ids, key=key), key=key):
        group = list(tied)
        ranks.update(dict.fromkeys(group, len(ranks) + (len(group) + 1) / 2))
    return ranks


def _mean_scores(outcomes: Sequence[Outcome], item_ids: Sequence[str]) -> dict[str, float]:
    """{} unless every order gave every item a finite score."""
    if not all(i in o.scores and isfinite(o.scores[i]) for o in outcomes for i in item_ids):
        return {}
    shares = [StandardisedSum().shares("", outcome.scores, item_ids) for outcome in outcomes]
    return {i: fmean(share[i] for share in shares) for i in item_ids}


def _by_mean_rank(outcomes: Sequence[Outcome], mean_rank: Mapping[str, float]) -> dict[str, float]:
    return {i: -rank for i, rank in mean_rank.items() if any(i in outcome.scores for outcome in outcomes)}


def _mean_chances(outcomes: Sequence[Outcome], item_ids: Sequence[str]) -> dict[str, dict[str, float]]:
    return {
        i: {label: fmean(o.chances[i][label] for o in outcomes) for label in outcomes[0].chances[i]}
        for i in item_ids
        if all(i in outcome.chances for outcome in outcomes)
    }


def _first(outcomes: Sequence[Outcome], item_id: str) -> str:
    return next((o.explanations[item_id] for o in outcomes if item_id in o.explanations), "")


def _warnings(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Each warning once; what not every order said, with how many did."""
    counts = Counter(warning for outcome in outcomes for warning in dict.fromkeys(outcome.warnings))
    n = len(outcomes)
    return tuple(w if count == n else f"{w} (in {count} of {n} orders)" for w, count in counts.items())
