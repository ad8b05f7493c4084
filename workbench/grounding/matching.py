"""Mentions matched to the catalog: exact, normalised, but for a slip, by meaning; with a reason beside every match."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from workbench.grounding.index import TitleIndex, index_of
from workbench.grounding.likeness import SHORTEST
from workbench.grounding.meaning import Meanings
from workbench.grounding.normalising import normalised, years
from workbench.grounding.readings import STRIP, ParsedLine
from workbench.records import MatchedLine, MatchKind

CUT_SHORTEST = 3
"""A name cut off by the token limit is completed only if this much of it is there."""
_PLACE = re.compile(
    r"(?:(?i:candidate|item|option|no|number|film|movie|product|article)\b\.?\s*)?\W*(\d{1,4}|[A-Z])\W*"
)

_BETWEEN = re.compile(r"\s*(?:->|→|>)\s+|\s+\|\s+|\s*[,;]\s+(?:and\s+)?|\s*[，；、]\s*")
"""What stands between titles that are listed on one line."""
_MOST_JOINED = 6


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reading names: the ids that it fits equally well."""

    kind: MatchKind
    name: str
    ids: tuple[str, ...]
    similarity: float


def match(
    lines: Sequence[ParsedLine],
    candidates: Mapping[str, str],
    titles: Mapping[str, str],
    *,
    numbered: bool = False,
    cut: bool = False,
    released: Mapping[str, int] = MappingProxyType({}),
    meanings: Meanings | None = None,
) -> tuple[MatchedLine, ...]:
    """One MatchedLine for each mention, in order; asides that name nothing are left out.

    A name is looked for as it is written, then but for spelling, then but for slips, and then, with `meanings`, among
    the candidates by what it means; the first that finds anything decides. `released` is item id -> year, for titles
    that do not say it themselves: it tells items of one title apart, and a remake from what is in the catalog.

    A reading that fits a candidate goes before one that fits the rest of the catalog, a literal reading before a
    bolder one. With `numbered`, a mention that is only a number or letter names the candidate of that place. With
    `cut`, a mention that ends the text may lack its end. `titles` must not change between calls: its index is kept.
    """
    grounds = _Grounds(TitleIndex.build(candidates), index_of(titles), tuple(candidates), numbered, released, meanings)
    found: list[MatchedLine] = []
    seen: set[str] = set()
    at = 0
    while at < len(lines):
        series = _series(lines[at], grounds) if not (cut and lines[at].ends_text) else []
        taken, matched = (1, None) if series else _match_at(lines, at, grounds, cut=cut)
        at += taken
        for one in series or ([matched] if matched else []):
            if (item_id := one.item_id) is not None:
                one = replace(one, duplicate=item_id in seen)
                seen.add(item_id)
            found.append(one)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Grounds:
    near: TitleIndex
    whole: TitleIndex
    order: tuple[str, ...]
    numbered: bool
    released: Mapping[str, int]
    meanings: Meanings | None

    def exact(self, name: str) -> _Found | None:
        """What is spelled exactly like `name`, punctuation around it aside."""
        for form in (name, name.strip(STRIP)):
            for index in (self.near, self.whole):
                if ids := index.exact.get(form):
                    return _Found("exact", form, tuple(ids), 1.0)
        return None

    def literal(self, name: str) -> _Found | None:
        """What is spelled exactly like `name`, else what differs in spelling alone."""
        if found := self.exact(name):
            return found
        for index in (self.near, self.whole):
            if ids := self._of_year(index.folded.get(normalised(name), ()), index, name):
                return _Found("normalised", name, ids, 0.99)
        return None

    def slipped(self, name: str) -> _Found | None:
        """What differs from `name` by slips of the pen."""
        key = normalised(name)
        if len(key) < SHORTEST:
            return None
        for index in (self.near, self.whole):
            keys, similarity = index.nearest(key)
            if ids := self._of_year([i for k in keys for i in index.folded[k]], index, name):
                return _Found("fuzzy", name, ids, similarity)
        return self.shortened(name, key)

    def shortened(self, name: str, key: str) -> _Found | None:
        """What `name` is the beginning of, broken off by its writer; and what has the same words in another order."""
        dotted = name.rstrip(" \"'”*_").endswith(("…", "..."))
        for index in (self.near, self.whole):
            if ids := self._of_year(index.begun(key, dotted=dotted), index, name):
                longest = max(len(normalised(index.titles[i])) for i in ids)
                return _Found("fuzzy", name, ids, len(key) / longest)
            if ids := self._of_year(index.reordered(key), index, name):
                return _Found("fuzzy", name, ids, 0.9)
        return None

    def meant(self, name: str) -> _Found | None:
        """The candidate that means what `name` says."""
        ids = list(self.near.titles)
        found = self.meanings.nearest(name, [self.near.titles[i] for i in ids]) if self.meanings else None
        if found is None or not self._of_year([ids[found[0]]], self.near, name):
            return None
        return _Found("meaning", name, (ids[found[0]],), found[1])

    def _of_year(self, ids: Sequence[str], index: TitleIndex, name: str) -> tuple[str, ...]:
        """Those ids that do not stand for another year than the name says; a year too many or few is a slip. Among
        several, those of the very year alone."""
        said = years(name)
        if not said:
            return tuple(ids)
        known = {i: years(index.titles[i]) or self._year(i) for i in ids}
        near = tuple(i for i in ids if not known[i] or min(abs(a - b) for a in said for b in known[i]) <= 1)
        return tuple(i for i in near if known[i] & said) or near

    def _year(self, item_id: str) -> frozenset[int]:
        return frozenset([self.released[item_id]]) if item_id in self.released else frozenset()

    def begun(self, name: str) -> _Found | None:
        """The candidates whose titles begin like a name that was cut off."""
        key, start = normalised(name), name.casefold()
        if not key or (len(key) < CUT_SHORTEST and key not in self.near.folded):
            return None
        titles = self.near.titles.items()
        ids = tuple(i for i, t in titles if normalised(t).startswith(key) or t.casefold().startswith(start))
        longest = max((len(self.near.titles[i]) for i in ids), default=0)
        return _Found("fuzzy", name, ids, min(1.0, len(name) / longest)) if ids else None


def _match_at(lines: Sequence[ParsedLine], at: int, grounds: _Grounds, *, cut: bool) -> tuple[int, MatchedLine | None]:
    """How many mentions the match takes up, and the match; None for an aside that names nothing."""
    line = lines[at]
    is_cut = cut and line.ends_text
    for further in range(len(line.joined), 0, -1):
        if whole := grounds.literal(line.joined[further - 1]):
            return further + 1, _told(whole, whole.name, grounds)
    if grounds.numbered and (placed := _by_place(line, grounds)):
        return 1, placed
    if found := _find(line, grounds, cut=is_cut):
        return 1, _told(found, line.text, grounds)
    return 1, None if line.aside else _invented(line, cut=is_cut)


def _series(line: ParsedLine, grounds: _Grounds) -> list[MatchedLine]:
    """The candidates of a mention that is several of their titles and nothing else ("Heat > Alien > Up"); else []."""
    whole = line.names[0] if line.names else ""
    cuts = [found.span() for found in _BETWEEN.finditer(whole)]
    if not cuts or line.joined or grounds.literal(line.text) or grounds.literal(whole):
        return []
    edges = [0, *(edge for cut in cuts for edge in cut), len(whole)]
    starts, ends = edges[::2], edges[1::2]
    series: list[MatchedLine] = []
    at = 0
    while at < len(starts):
        # The longest title first: one may have the separator in it.
        for last in range(min(len(starts), at + _MOST_JOINED) - 1, at - 1, -1):
            text = whole[starts[at] : ends[last]]
            found = grounds.literal(text)
            if found and any(i in grounds.near.titles for i in found.ids):
                series.append(_told(found, text, grounds))
                at = last + 1
                break
        else:
            return []
    return series


def _invented(line: ParsedLine, *, cut: bool) -> MatchedLine:
    reason = "nothing of this name is in the catalog"
    return MatchedLine(line.text, "invented", reason=f"{reason}; the text was cut here" if cut else reason)


def _find(line: ParsedLine, grounds: _Grounds, *, cut: bool) -> _Found | None:
    """The surest reading of a mention that names something."""
    if line.aside:
        return next((found for name in (line.text, *line.names) if (found := grounds.literal(name))), None)
    whole = line.names[0] if line.names else ""
    if begun := grounds.begun(whole) if cut else None:
        # Even a name that is whole may go on: Toy Story may be going to be Toy Story 2.
        return begun if len(begun.ids) > 1 else grounds.literal(whole) or begun
    found = grounds.exact(line.text)
    for name in line.names:
        found = found or grounds.literal(name) or grounds.slipped(name)
    found = found or next((guess for name in line.guesses if (guess := grounds.literal(name))), None)
    return found or next((meant for name in line.names[:1] if (meant := grounds.meant(name))), None)


def _by_place(line: ParsedLine, grounds: _Grounds) -> MatchedLine | None:
    """The candidate whose number or letter is all that was written, unless that is a candidate's title.

    Beside a title a number counts and does not point: `No. 1: Jaws`.
    """
    order = grounds.order
    if any(grounds.literal(name) for name in (*line.names, *line.guesses) if not _PLACE.fullmatch(name)):
        return None
    for name in line.names:
        if name in grounds.near.exact:
            return None
        if place := _PLACE.fullmatch(name):
            said = place[1]
            at = int(said) - 1 if said.isdecimal() else ord(said) - ord("A")
            if 0 <= at < len(order):
                return MatchedLine(line.text, "exact", order[at], 1.0, reason=f"names candidate {said}")
    return None


def _told(found: _Found, text: str, grounds: _Grounds) -> MatchedLine:
    inside = tuple(i for i in found.ids if i in grounds.near.titles)
    pool = inside or found.ids
    if len(pool) > 1:
        reason = f"“{found.name}” may be any of {len(pool)} items"
        return MatchedLine(text, "ambiguous", None, found.similarity, others=pool, reason=reason)
    item_id = pool[0]
    title = (grounds.near if inside else grounds.whole).titles[item_id]
    if not inside:
        return MatchedLine(text, "outside", item_id, found.similarity, reason=f"“{title}” is no candidate")
    reasons = {"exact": "", "normalised": f"“{found.name}” is “{title}” but for spelling"}
    likeness = f"means “{title}”, cosine {found.similarity:.2f}" if found.kind == "meaning" else ""
    reason = reasons.get(found.kind, f"“{found.name}” {likeness or f'is {found.similarity:.0%} like “{title}”'}")
    return MatchedLine(text, found.kind, item_id, found.similarity, reason=reason)
