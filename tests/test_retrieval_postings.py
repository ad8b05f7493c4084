"""The best rows by words, found without scoring all, are those of scoring all, to the last bit."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.retrieval import postings
from workbench.retrieval.postings import best_of, postings_of, read_postings, write_postings

ROWS, LENGTHS = 3000, (2900, 2000, 1500, 700, 400, 150, 90, 40, 12, 5, 3, 1)


@pytest.fixture(scope="module")
def words():
    """Twelve words, the common ones worth little; those in more than fifty rows count as common."""
    draw = numpy.random.default_rng(0)
    rows = [numpy.sort(draw.permutation(ROWS)[:n]) for n in LENGTHS]
    parts = [numpy.log(ROWS / n) * draw.uniform(0.5, 1.5, n) + 0.05 for n in LENGTHS]
    starts = numpy.cumsum([0, *LENGTHS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "LONG", 50)
        vocabulary = {f"w{n}": n for n in range(len(LENGTHS))}
        return postings_of(vocabulary, numpy.concatenate(parts), numpy.concatenate(rows), starts, ROWS)


def plainly(words, terms, excluded):
    scores = numpy.zeros(ROWS, dtype=numpy.float32)
    for term, times in words.in_order(terms):
        rows, parts = words.of(term)
        scores[rows] += times * parts
    scores[excluded] = 0
    return scores


@settings(max_examples=300, deadline=None)
@given(
    terms=st.dictionaries(st.integers(0, len(LENGTHS) - 1), st.sampled_from([1, 1, 1, 2, 300]), min_size=1),
    n=st.sampled_from([1, 2, 10, 100, 2999, 4000]),
    excluded=st.lists(st.integers(0, ROWS - 1), max_size=20) | st.just(list(range(0, ROWS, 2))),
)
def test_best_rows_are_those_of_scoring_all(words, terms, n, excluded):
    out = numpy.array(sorted(set(excluded)), dtype=numpy.int64)
    scores = plainly(words, terms, out)
    rows, found = best_of(words, terms, ROWS, n, out)
    assert len(set(rows.tolist())) == len(rows)
    assert numpy.array_equal(found, scores[rows])
    least = numpy.sort(scores)[::-1][n - 1] if n <= ROWS else 0
    wanted = set(numpy.flatnonzero((scores >= least) & (scores > 0)).tolist())
    assert wanted <= set(rows[found > 0].tolist())


def test_ceilings_are_never_below_what_a_word_adds(words):
    assert words.common.tolist() == [0, 1, 2, 3, 4, 5, 6]
    for term, ceiling in words.ceiling_of.items():
        rows, parts = words.of(term)
        assert (ceiling[rows] * words.step >= parts * (1 - postings.ROUNDING)).all()
        assert ceiling.astype(bool).sum() == len(rows)


def test_what_is_read_back_from_disk_is_mapped_and_the_same(words, tmp_path):
    write_postings(words, tmp_path / "words")
    read = read_postings(tmp_path / "words")
    assert isinstance(read.ceilings.base, numpy.memmap)
    assert read.vocabulary == words.vocabulary
    terms, none = {0: 1, 5: 2, 9: 1}, numpy.zeros(0, numpy.int64)
    for mine, theirs in zip(best_of(words, terms, ROWS, 7, none), best_of(read, terms, ROWS, 7, none), strict=True):
        assert numpy.array_equal(mine, theirs)
    assert read_postings(tmp_path / "nothing") is None
