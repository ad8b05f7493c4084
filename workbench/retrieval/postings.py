"""Lists of which rows hold a word and what it adds to their score; on disk, and the best rows without scoring all."""

import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.retrieval.folders import PART, writing_in

LONG, SHARE = 2048, 64
"""A word in more rows than this, and in more than one of so many, has a ceiling for every row."""
STEPS = 255
"""Ceilings are kept in so many steps."""
WIDER = 4
"""How many times as many rows as are wanted are scored whole for a first threshold."""
ROUNDING = 1e-5
"""How much larger than counted a sum of bounds may be, for float32."""
_ARRAYS = ("parts", "rows", "starts", "most", "common", "ceilings")
Terms = Sequence[tuple[int, int]]
"""Terms, each with how often it is asked for."""


@dataclass(frozen=True)
class Postings:
    """Of term t, `rows[starts[t]:starts[t + 1]]` in order, and what it adds to each of them in `parts`; `most[t]` is
    the largest of these. Of a common word, `common[c]`, `ceilings[c]` is uint8 [rows]: times `step`, at least what it
    adds to each row."""

    vocabulary: Mapping[str, int]
    parts: Any
    rows: Any
    starts: Any
    most: Any
    common: Any
    ceilings: Any

    def terms(self, words: Sequence[str]) -> dict[int, int]:
        """Term -> how often it is asked for, of the words that are known."""
        return dict(Counter(self.vocabulary[word] for word in words if word in self.vocabulary))

    def in_order(self, terms: Mapping[int, int]) -> list[tuple[int, int]]:
        """What can add the most comes first; sums are always taken in this order, so that they are the same."""
        return sorted(terms.items(), key=lambda term: (-float(self.most[term[0]]) * term[1], term[0]))

    def of(self, term: int) -> tuple[Any, Any]:
        start, end = int(self.starts[term]), int(self.starts[term + 1])
        return self.rows[start:end], self.parts[start:end]

    @cached_property
    def ceiling_of(self) -> Mapping[int, Any]:
        """Common term -> its row of `ceilings`."""
        return {int(term): ceiling for term, ceiling in zip(self.common, self.ceilings, strict=True)}

    @cached_property
    def step(self) -> float:
        return _step(self.most, self.common)


def _step(most: Any, common: Any) -> float:
    return float(most[common].max()) / STEPS if len(common) else 1.0


def postings_of(vocabulary: Mapping[str, int], parts: Any, rows: Any, starts: Any, items: int) -> Postings:
    """Columns of a matrix of scores over `items` rows, rows of a term in order; columns beyond the vocabulary hold
    nothing."""
    import numpy

    starts = numpy.asarray(starts[: len(vocabulary) + 1], dtype=numpy.int64)
    lengths = numpy.diff(starts)
    order = numpy.lexsort((rows[: lengths.sum()], numpy.repeat(numpy.arange(len(vocabulary)), lengths)))
    parts = numpy.asarray(parts, dtype=numpy.float32)[order]
    rows = numpy.asarray(rows, dtype=numpy.int32)[order]
    most = numpy.maximum.reduceat(parts, starts[:-1]) if len(parts) else parts
    common = numpy.flatnonzero(lengths > max(LONG, items / SHARE))
    ceilings = numpy.zeros((len(common), items), dtype=numpy.uint8)
    for ceiling, term in zip(ceilings, common, strict=True):
        here = slice(starts[term], starts[term + 1])
        ceiling[rows[here]] = numpy.minimum(STEPS, numpy.ceil(parts[here] / _step(most, common)))
    return Postings(vocabulary, parts, rows, starts, most, common, ceilings)


def no_postings() -> Postings:
    import numpy

    none = numpy.zeros(0, dtype=numpy.float32)
    ids = none.astype(numpy.int64)
    return Postings({}, none, none.astype(numpy.int32), numpy.zeros(1, dtype=numpy.int64), none, ids, none[None, :][:0])


def best_of(postings: Postings, terms: Mapping[int, int], items: int, n: int, excluded: Any) -> tuple[Any, Any]:
    """Rows and scores among which are the n best over 0, ties with the last included, none of `excluded`.

    After Turtle and Flood (1995), "Query evaluation: strategies and optimizations". The lists of rarer words are added
    up whole. What n rows reach by all words is a threshold; of a common word only its ceilings are read, and only for
    rows that can still reach it. Those that are left are scored by every word.
    """
    import numpy

    ordered = postings.in_order(terms)
    common = [(term, times) for term, times in ordered if term in postings.ceiling_of]
    scores = numpy.zeros(items, dtype=numpy.float32)
    scores[excluded] = -numpy.inf
    rows = _added(postings, [(term, times) for term, times in ordered if term not in postings.ceiling_of], scores)
    if not common:
        return rows, scores[rows]
    least = _reached(postings, ordered, rows, scores[rows], n)
    ceiling = sum(float(postings.most[term]) * times for term, times in common) * (1 + ROUNDING)
    if least <= ceiling:
        rows = _by_ceilings(postings, ordered, common, scores, n, least)
    else:
        rows = rows[scores[rows] >= least - ceiling]
        bounds = scores[rows]
        for term, times in common:
            bounds += postings.ceiling_of[term][rows] * numpy.float32(times * postings.step)
        rows = rows[bounds >= least * (1 - ROUNDING)]
    return rows, _exactly(postings, ordered, rows)


def _added(postings: Postings, terms: Terms, scores: Any) -> Any:
    """Add whole lists to `scores`; gives the rows that they hold, but for those left out, which are at -inf."""
    import numpy

    seen = [numpy.zeros(0, dtype=numpy.int32)]
    for term, times in terms:
        rows, parts = postings.of(term)
        had = scores[rows]
        seen.append(rows[had == 0])
        scores[rows] = had + times * parts
    return numpy.concatenate(seen)


def _by_ceilings(postings: Postings, ordered: Terms, common: Terms, scores: Any, n: int, least: float) -> Any:
    """Rows that can reach `least`, of all that there are: common words alone may be enough for it."""
    import numpy

    kind: Any = numpy.uint16 if STEPS * sum(times for _, times in common) < 2**16 else numpy.uint32
    bounds = numpy.zeros(len(scores), dtype=kind)
    for term, times in common:
        ceiling = postings.ceiling_of[term]
        bounds += ceiling if times == 1 else numpy.multiply(ceiling, times, dtype=kind)
    reachable = bounds * numpy.float32(postings.step)
    reachable += scores
    if not least:
        every = numpy.arange(len(scores), dtype=numpy.int32)
        least = _reached(postings, ordered, every, reachable, n)
    return numpy.flatnonzero(reachable >= least * (1 - ROUNDING) if least else reachable > 0)


def _reached(postings: Postings, ordered: Terms, rows: Any, likely: Any, n: int) -> float:
    """What at least n rows score: of some that are likely to score much, the nth; 0 where there are fewer."""
    import numpy

    wide = min(len(rows), WIDER * n)
    if wide < n:
        return 0.0
    top = numpy.argpartition(likely, len(rows) - wide)[len(rows) - wide :]
    full = _exactly(postings, ordered, rows[top])
    full[likely[top] == -numpy.inf] = 0.0
    return float(numpy.partition(full, wide - n)[wide - n])


def _exactly(postings: Postings, ordered: Terms, rows: Any) -> Any:
    """float32 [len(rows)]: what all terms add to these rows alone."""
    import numpy

    scores = numpy.zeros(len(rows), dtype=numpy.float32)
    for term, times in ordered:
        found, parts = postings.of(term)
        at = numpy.minimum(numpy.searchsorted(found, rows), len(found) - 1)
        there = found[at] == rows
        scores[there] += times * parts[at[there]]
    return scores


def read_postings(folder: Path) -> Postings | None:
    """What was written there, mapped from disk; None where nothing whole was."""
    import numpy

    if not folder.is_dir():
        return None
    # A plain array over the mapped file: a memmap makes an object of its own for each slice.
    mapped = {name: numpy.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
    arrays = {name: numpy.asarray(array) for name, array in mapped.items()}
    terms = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    return Postings({term: at for at, term in enumerate(terms)}, **arrays)


def write_postings(postings: Postings, folder: Path) -> None:
    """Written beside its place and moved there whole. Words hold no line breaks."""
    import numpy

    with writing_in(folder.parent):
        if folder.is_dir():
            return  # another process was sooner, with the same content
        part = Path(tempfile.mkdtemp(dir=folder.parent, suffix=PART))
        for name in _ARRAYS:
            numpy.save(part / f"{name}.npy", getattr(postings, name), allow_pickle=False)
        part.joinpath("vocabulary.txt").write_text("\n".join(postings.vocabulary), encoding="utf-8")
        os.rename(part, folder)
