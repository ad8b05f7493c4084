"""Titles looked up exactly, by their normalised form, and by likeness."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock

from workbench.grounding.likeness import LEAST_RATIO, SMALL, same_but_for_slips
from workbench.grounding.normalising import normalised

_MOST_KEPT = 4
_LIKE = 10
"""How many of the likest titles are looked at closely."""
LEAST_BEGUN, LEAST_SHARE = 8, 0.5
"""Letters, and share of the title, that a name broken off without dots must hold."""
LEAST_REST = 3
"""Letters that are missing at the end: fewer are another word, as in Alien and Aliens."""
LEAST_WORDS = 3
"""Words that may stand in another order."""


@dataclass(frozen=True, slots=True)
class TitleIndex:
    """Ids by title and by normalised title, in the mapping's order; normalised titles by their length, in the order of
    their letters, and by their words in order."""

    titles: Mapping[str, str]
    exact: Mapping[str, list[str]]
    folded: Mapping[str, list[str]]
    by_length: Mapping[int, list[str]]
    ordered: tuple[str, ...]
    by_words: Mapping[tuple[str, ...], list[str]]

    @classmethod
    def build(cls, titles: Mapping[str, str]) -> "TitleIndex":
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        by_length: dict[int, list[str]] = {}
        for item_id, title in titles.items():
            exact.setdefault(title.strip(), []).append(item_id)
            if key := normalised(title):
                folded.setdefault(key, []).append(item_id)
        by_words: dict[tuple[str, ...], list[str]] = {}
        for key in folded:
            by_length.setdefault(len(key), []).append(key)
            by_words.setdefault(_words(key), []).append(key)
        return cls(titles, exact, folded, by_length, tuple(sorted(folded)), by_words)

    def begun(self, key: str, *, dotted: bool) -> list[str]:
        """Ids of the titles that `key` is the beginning of. Without dots behind it, it must break off within a word
        and be the greater part of the title: a whole word more is another film of the series."""
        if len(key) < LEAST_BEGUN:
            return []
        from_here = (self.ordered[at] for at in range(bisect_left(self.ordered, key), len(self.ordered)))
        found = [title for title in takewhile(lambda title: title.startswith(key), from_here) if title != key]
        if not dotted:
            found = [title for title in found if _breaks_off(key, title)]
        return [item_id for title in found for item_id in self.folded[title]]

    def reordered(self, key: str) -> list[str]:
        """Ids of the titles that have the very words of `key` in another order."""
        words = _words(key)
        found = self.by_words.get(words, []) if len(words) >= LEAST_WORDS else []
        return [item_id for title in found for item_id in self.folded[title]]

    def nearest(self, key: str) -> tuple[list[str], float]:
        """The normalised titles that are `key` but for slips and likest to it, all equally, and how like: 0 to 1."""
        from rapidfuzz import fuzz, process

        # Outside of these lengths the ratio can't reach the least one.
        least = LEAST_RATIO / 100
        lengths = range(int(len(key) * least / (2 - least)), int(len(key) * (2 - least) / least) + 2)
        choices = [title for n in lengths for title in self.by_length.get(n, ())]
        found = process.extract(key, choices, scorer=fuzz.ratio, score_cutoff=LEAST_RATIO, limit=_LIKE)
        fitting = [(title, ratio) for title, ratio, _ in found if same_but_for_slips(title, key)]
        if not fitting:
            return [], 0.0
        best = fitting[0][1]
        return [title for title, ratio in fitting if ratio == best], best / 100


_kept: list[TitleIndex] = []
_lock = Lock()


def index_of(titles: Mapping[str, str]) -> TitleIndex:
    """The index of a catalog's titles, built once; it is known by the mapping itself, which a catalog keeps."""
    with _lock:
        for index in _kept:
            if index.titles is titles:
                return index
        index = TitleIndex.build(titles)
        _kept.append(index)
        del _kept[:-_MOST_KEPT]
        return index


def _words(key: str) -> tuple[str, ...]:
    return tuple(sorted(word for word in key.split() if word not in SMALL))


def _breaks_off(key: str, title: str) -> bool:
    rest = title[len(key) :]
    within = not rest.startswith(" ") and len(rest) >= LEAST_REST and not rest[0].isdecimal()
    return within and len(key) >= LEAST_SHARE * len(title)
