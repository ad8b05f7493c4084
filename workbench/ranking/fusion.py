"""The method's scores with what other sources say of the same candidates: plain sums whose weights are visible."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Protocol

from workbench.options import option

MODEL = "model"
RRF_K = 60
Part = Mapping[str, float]
"""Item id -> score by one source, higher is better; items that it says nothing of are missing."""


def _weight(default: float, label: str, help: str) -> float:
    weight: float = option(default, label, help, minimum=0.0, maximum=5.0, step=0.1)
    return weight


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each source counts. Never learned by gradient: set by hand, or by a search on training cases."""

    model: float = _weight(1.0, "The method's own score", "0 leaves the language model out.")
    states: float = _weight(0.0, "Hidden states", "How near the model's hidden states are to the history's.")
    dense: float = _weight(0.0, "Dense", "Sentence embeddings of the items' texts.")
    bm25: float = _weight(0.0, "BM25", "Words that the items' texts share.")
    popularity: float = _weight(0.0, "Popularity", "What most people take.")
    cooccurrence: float = _weight(0.0, "Co-occurrence", "What the same people took.")
    walk: float = _weight(0.0, "Random walk", "What people with a like history took, two steps far.")
    sequence: float = _weight(0.0, "Sequence", "What people took shortly after what this user took.")

    @property
    def used(self) -> dict[str, float]:
        """The weights that are not zero, by source."""
        named = {f.name: float(getattr(self, f.name)) for f in fields(self)}
        return {name: weight for name, weight in named.items() if weight}


class Fusion(Protocol):
    """A frozen dataclass whose fields are its options. Pure."""

    summary: ClassVar[str]

    @property
    def used(self) -> dict[str, float]:
        """The sources to ask, with their weights; {} leaves the method's scores as they are."""
        ...

    def shares(self, name: str, part: Part, item_ids: Sequence[str]) -> dict[str, float]:
        """What one source adds to each item, its weight not yet in it. Every item has an entry."""
        ...


@dataclass(frozen=True, slots=True)
class Unfused:
    summary: ClassVar[str] = "The method's scores as they are."

    @property
    def used(self) -> dict[str, float]:
        return {}

    def shares(self, name: str, part: Part, item_ids: Sequence[str]) -> dict[str, float]:
        return dict.fromkeys(item_ids, 0.0)


@dataclass(frozen=True, slots=True)
class StandardisedSum(Weights):
    """Each source's scores less their mean, over their standard deviation, over the case's candidates; an item that a
    source says nothing of gets the source's lowest."""

    summary: ClassVar[str] = "A weighted sum of standardised scores (CombSUM over z-scores)."

    def shares(self, name: str, part: Part, item_ids: Sequence[str]) -> dict[str, float]:
        if not part:
            return dict.fromkeys(item_ids, 0.0)
        lowest = min(part.values())
        filled = {i: part.get(i, lowest) for i in item_ids}
        mean, spread = statistics.fmean(filled.values()), statistics.pstdev(filled.values())
        return {i: (score - mean) / spread if spread else 0.0 for i, score in filled.items()}


@dataclass(frozen=True, slots=True)
class ReciprocalRank(Weights):
    """1 / (60 + rank) by each source, the items that it ties sharing their mean rank (Cormack, Clarke and Buettcher,
    2009); nothing for an item that it says nothing of."""

    summary: ClassVar[str] = "A weighted sum of reciprocal ranks: robust where scores are of different kinds."

    def shares(self, name: str, part: Part, item_ids: Sequence[str]) -> dict[str, float]:
        ordered = sorted((part[i] for i in item_ids if i in part), reverse=True)
        first = {score: ordered.index(score) for score in set(ordered)}
        count = {score: ordered.count(score) for score in first}
        ranks = {i: first[part[i]] + (count[part[i]] + 1) / 2 for i in item_ids if i in part}
        return {i: 1 / (RRF_K + ranks[i]) if i in ranks else 0.0 for i in item_ids}


FUSIONS: dict[str, type[Fusion]] = {"none": Unfused, "sum": StandardisedSum, "reciprocal_rank": ReciprocalRank}


@dataclass(frozen=True, slots=True)
class Fused:
    """`scores` of every item, and why: each source's weighted share in words."""

    scores: Mapping[str, float]
    explanations: Mapping[str, str]


def fuse(fusion: Fusion, parts: Mapping[str, Part], item_ids: Sequence[str]) -> Fused:
    """The weighted sum over the sources in `fusion.used`, each of which `parts` must hold."""
    weighted = {
        name: {i: weight * share for i, share in fusion.shares(name, parts[name], item_ids).items()}
        for name, weight in fusion.used.items()
    }
    scores = {i: sum(shares[i] for shares in weighted.values()) for i in item_ids}
    said = {i: " ".join(f"{name} {shares[i]:+.3g}" for name, shares in weighted.items()) for i in item_ids}
    return Fused(scores, said)
