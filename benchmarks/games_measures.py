"""nDCG of one relevant item with ties counted half, intervals, and a search for weights."""

from collections.abc import Mapping, Sequence

import numpy

from workbench.ranking.fusion import StandardisedSum, fuse

GRID = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5)
LEAST = 1e-4
"""The least gain of nDCG that moves a weight: less is chance on any number of cases at hand."""
Scored = Mapping[str, float]
"""Item id -> score of a case's candidates."""


def ranks(scored: Sequence[Scored], candidates: Sequence[Sequence[str]], targets: Sequence[str]) -> numpy.ndarray:
    """The target's rank in each case, from 1; an item that ties with it counts as half a place."""
    found = []
    for scores, items, target in zip(scored, candidates, targets, strict=True):
        values = numpy.array([scores.get(i, -numpy.inf) for i in items])
        own = scores.get(target, -numpy.inf)
        found.append(1 + (values > own).sum() + ((values == own).sum() - 1) / 2)
    return numpy.array(found)


def ndcg(found: numpy.ndarray, k: int) -> numpy.ndarray:
    """One relevant item: 1 / log2(rank + 1) down to rank k, 0 after it."""
    return numpy.where(found <= k, 1 / numpy.log2(found + 1), 0.0)


def chance(n: int, k: int) -> float:
    """The mean of nDCG@k over all n places that the one relevant item can take."""
    return float(ndcg(numpy.arange(1, n + 1), k).mean())


def interval(values: numpy.ndarray, *, samples: int = 10_000, seed: int = 0) -> tuple[float, float]:
    """95% bootstrap interval of the mean over cases (percentiles)."""
    random = numpy.random.default_rng(seed)
    means = numpy.concatenate(
        [values[random.integers(0, len(values), (500, len(values)))].mean(axis=1) for _ in range(samples // 500)]
    )
    low, high = numpy.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def fused(parts: Mapping[str, Sequence[Scored]], weights: Mapping[str, float]) -> list[Scored]:
    """The product's own fusion, case by case."""
    fusion = StandardisedSum(**{"model": 0.0, **weights})
    count = len(next(iter(parts.values())))
    by_case = ({name: part[n] for name, part in parts.items()} for n in range(count))
    return [fuse(fusion, case, _items(case)).scores for case in by_case]


def _items(case: Mapping[str, Scored]) -> list[str]:
    return list(dict.fromkeys(i for part in case.values() for i in part))


def choose_weights(
    parts: Mapping[str, Sequence[Scored]],
    candidates: Sequence[Sequence[str]],
    targets: Sequence[str],
    *,
    start: Mapping[str, float] | None = None,
    only: Sequence[str] = (),
) -> dict[str, float]:
    """Coordinate search over GRID for the best nDCG@10, from equal weights or from `start`, until a round changes
    nothing; `only` these sources' weights are moved, where some are named. A weight moves where that gains at least
    LEAST."""
    shares = {name: numpy.array(_table(part, candidates, name)) for name, part in parts.items()}
    at = numpy.array([list(c).index(t) for c, t in zip(candidates, targets, strict=True)])
    weights = dict(start or dict.fromkeys(parts, 1.0))

    def quality(tried: Mapping[str, float]) -> float:
        total = sum(weight * shares[name] for name, weight in tried.items())
        own = total[numpy.arange(len(at)), at][:, None]
        return float(ndcg(1 + (total > own).sum(1) + ((total == own).sum(1) - 1) / 2, 10).mean())

    best = quality(weights)
    changed = True
    while changed:
        changed = False
        for name in only or parts:
            for value in GRID:
                tried = {**weights, name: value}
                if any(tried.values()) and (value_of := quality(tried)) > best + LEAST:
                    best, weights, changed = value_of, tried, True
    return {name: weight for name, weight in weights.items() if weight}


def _table(part: Sequence[Scored], candidates: Sequence[Sequence[str]], name: str) -> list[list[float]]:
    shares = [StandardisedSum().shares(name, scores, items) for scores, items in zip(part, candidates, strict=True)]
    return [[share[i] for i in items] for share, items in zip(shares, candidates, strict=True)]
