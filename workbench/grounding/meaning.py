"""The last resort of grounding: an item whose title means what was written, by sentence embeddings."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.grounding.likeness import IDEOGRAPH, SMALL
from workbench.grounding.normalising import normalised, numbers

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors = NDArray[numpy.float32]

LEAST = 0.88
"""Cosine from which on two titles count as one, see docs/grounding.md for how it was found."""
MARGIN = 0.08
"""How much nearer the first title must be than the second, or else the line stays invented."""
SHORTEST_WRITTEN = 10
"""Characters of a normalised name below which its vector says too little; ideographs count for three."""
ALIKE = 70
"""Likeness of two words from which on they are forms of one."""
_PART = re.compile(f"{IDEOGRAPH.pattern}|[^\\W\\d_]+")
_COUNTERS = frozenset("的个装只克升款味")
Encode = Callable[[Sequence[str]], "Vectors"]


@dataclass(frozen=True, slots=True)
class Meanings:
    """Titles by meaning. `encode` gives unit vectors and is called only when a line is matched by nothing surer, so
    that no embedder is loaded for a model that writes titles as they are."""

    encode: Encode
    _kept: dict[tuple[str, ...], "Vectors"] = field(default_factory=dict)

    def nearest(self, name: str, titles: Sequence[str]) -> tuple[int, float] | None:
        """The place of the title that means what `name` says, and its cosine; None where none is near enough, two are
        nearly as near, or their numbers differ."""
        if len(titles) == 0 or _length(name) < SHORTEST_WRITTEN:
            return None
        key = tuple(titles)
        if key not in self._kept:
            self._kept.clear()  # one run has one list of candidates
            self._kept[key] = self.encode(key)
        near = (self._kept[key] @ self.encode([name])[0]).tolist()
        order = sorted(range(len(near)), key=lambda at: -near[at])
        best = order[0]
        second = near[order[1]] if len(order) > 1 else 0.0
        if near[best] < LEAST or near[best] - second < MARGIN:
            return None
        return (best, float(near[best])) if _only_reworded(titles[best], name) else None


def _only_reworded(title: str, name: str) -> bool:
    """Whether one of the two merely says more than the other. Vectors of brown lentils and green ones lie side by side:
    where each has a word that the other lacks, where a number differs or a second part is named, they are two."""
    if numbers(normalised(title)) != numbers(normalised(name)) or title.count(":") != name.count(":"):
        return False
    mine, other = _parts(title), _parts(name)
    missing, added = _beyond(mine, other), _beyond(other, mine)
    return not (missing and added) and not any(map(_is_ideograph, (*missing, *added)))


def _parts(text: str) -> frozenset[str]:
    """Words, and single ideographs, without those that say little."""
    found = _PART.findall(normalised(text))
    return frozenset(part for part in found if part not in SMALL and part not in _COUNTERS)


def _beyond(mine: frozenset[str], other: frozenset[str]) -> list[str]:
    """What of `mine` the other lacks, in no form of the word."""
    from rapidfuzz.fuzz import ratio

    return [word for word in mine if all(word != o and ratio(word, o) < ALIKE for o in other)]


def _length(name: str) -> int:
    return sum(3 if _is_ideograph(letter) else 1 for letter in name)


def _is_ideograph(letter: str) -> bool:
    return IDEOGRAPH.fullmatch(letter) is not None
