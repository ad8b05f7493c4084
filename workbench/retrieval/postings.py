"""Lists of which rows hold a word and what it adds to their score; on disk, and the best rows without scoring all."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONG = 2048
"""Before a list longer than this is read, it is asked whether its rows can matter at all."""
ROUNDING = 1e-5
"""How much larger than counted a sum of bounds may be, for float32."""
_ARRAYS = ("parts", "rows", "starts", "most")


@dataclass(frozen=True, slots=True)
class Postings:
    """Of term t, `rows[starts[t]:starts[t + 1]]` in order, and what it adds to each of them in `parts`; `most[t]` is
    the largest of these."""

    vocabulary: Mapping[str, int]
    parts: Any
    rows: Any
    starts: Any
    most: Any

    def terms(self, words: Sequence[str]) -> dict[int, int]:
        """Term -> how often it is asked for, of the words that are known."""
        return dict(Counter(self.vocabulary[word] for word in words if word in self.vocabulary))

    def in_order(self, terms: Mapping[int, int]) -> list[tuple[int, int]]:
        """What can add the most comes first."""
        return sorted(terms.items(), key=lambda term: (-float(self.most[term[0]]) * term[1], term[0]))

    def of(self, term: int) -> tuple[Any, Any]:
        start, end = int(self.starts[term]), int(self.starts[term + 1])
        return self.rows[start:end], self.parts[start:end]


def postings_of(vocabulary: Mapping[str, int], parts: Any, rows: Any, starts: Any) -> Postings:
    """Columns of a matrix of scores, rows of a term in order; columns beyond the vocabulary hold nothing."""
    import numpy

    starts = numpy.asarray(starts[: len(vocabulary) + 1], dtype=numpy.int64)
    terms = numpy.repeat(numpy.arange(len(vocabulary)), numpy.diff(starts))
    order = numpy.lexsort((rows[: len(terms)], terms))
    parts = numpy.asarray(parts, dtype=numpy.float32)[order]
    most = numpy.maximum.reduceat(parts, starts[:-1]) if len(parts) else parts
    return Postings(vocabulary, parts, numpy.asarray(rows, dtype=numpy.int32)[order], starts, most)


def no_postings() -> Postings:
    import numpy

    none = numpy.zeros(0, dtype=numpy.float32)
    return Postings({}, none, none.astype(numpy.int32), numpy.zeros(1, dtype=numpy.int64), none)


def best_of(postings: Postings, terms: Mapping[int, int], items: int, n: int, excluded: Any) -> tuple[Any, Any]:
    """Rows and scores among which are the n best over 0, ties with the last included, none of `excluded`.

    Turtle and Flood (1995), "Query evaluation: strategies and optimizations": terms come by what they can add at most.
    Once n rows have more than all terms that are left can add together, no row that has none of the earlier terms can
    be among the best, and of the later terms only rows that were seen are looked up.
    """
    import numpy

    scores = numpy.zeros(items, dtype=numpy.float32)
    scores[excluded] = -numpy.inf
    left = postings.in_order(terms)
    bounds = [float(postings.most[term]) * times for term, times in left]
    seen: list[Any] = []
    least = 0.0
    while left:
        found, parts = postings.of(left[0][0])
        if seen and len(found) > LONG:
            seen = [numpy.concatenate(seen)]
            least = _nth(scores[seen[0]], n)
            if least > sum(bounds) * (1 + ROUNDING):
                break
        # What was not seen has 0 still: all that a term adds is over 0, and what is left out stays below.
        seen.append(found[scores[found] == 0])
        scores[found] += left[0][1] * parts
        left, bounds = left[1:], bounds[1:]
    rows = numpy.concatenate(seen) if seen else numpy.zeros(0, dtype=numpy.int32)
    for term, times in left:
        # Those that can't reach what n rows have already are let go before each list.
        rows = rows[scores[rows] >= least - sum(bounds) * (1 + ROUNDING)]
        bounds = bounds[1:]
        _look_up(postings, term, times, rows, scores)
    return rows, scores[rows]


def _nth(scores: Any, n: int) -> float:
    import numpy

    return float(numpy.partition(scores, len(scores) - n)[len(scores) - n]) if len(scores) >= n else 0.0


def _look_up(postings: Postings, term: int, times: int, rows: Any, scores: Any) -> None:
    """Add what a term is worth to these rows alone."""
    import numpy

    found, parts = postings.of(term)
    at = numpy.minimum(numpy.searchsorted(found, rows), len(found) - 1)
    there = found[at] == rows
    scores[rows[there]] += times * parts[at[there]]


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

    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, suffix=".part"))
    for name in _ARRAYS:
        numpy.save(part / f"{name}.npy", getattr(postings, name), allow_pickle=False)
    part.joinpath("vocabulary.txt").write_text("\n".join(postings.vocabulary), encoding="utf-8")
    try:
        os.rename(part, folder)
    except OSError:  # another process was sooner, with the same content
        shutil.rmtree(part)
