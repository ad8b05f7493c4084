"""Many items: what indexes find is held against looking at every item."""

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import Letters, shop

from workbench.records import Case
from workbench.retrieval import Embeddings, large, left_out
from workbench.retrieval.dense import POOLINGS, Dense
from workbench.retrieval.index_state import build_indexes, index_state
from workbench.retrieval.lexical import Bm25, _Index
from workbench.retrieval.order import best
from workbench.retrieval.postings import LONG

WORDS = [f"{a}{b}{c}" for a in "bdklmn" for b in "aeiou" for c in "rstvz"]


def many(n, *, seed=0):
    """Titles of four words, the first words of the list much more often, as in a language."""
    drawn = (numpy.random.default_rng(seed).random((n, 4)) ** 3 * len(WORDS)).astype(int)
    return {f"i{k:05}": " ".join(WORDS[w] for w in row) for k, row in enumerate(drawn)}


@pytest.fixture
def at_scale(monkeypatch):
    """A catalog of a few thousand items counts as large."""
    monkeypatch.setattr(large, "EXACT", 500)


def plainly(source, catalog, case, n, exclude, embeddings, least):
    scores = source.scores(catalog, case, embeddings=embeddings)
    pairs = ((item.id, score) for item, score in zip(catalog.items, scores, strict=True) if score > least)
    return best(pairs, n=n, exclude=exclude, source="plain")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS[:20] + WORDS[-3:]), min_size=1, max_size=8), st.integers(1, 30), st.data())
def test_best_by_words_are_those_of_scoring_every_item(asked, n, data):
    catalog = shop(**many(6000))
    out = frozenset(data.draw(st.lists(st.sampled_from(sorted(catalog.rows)), max_size=5)))
    case, none = Case("k", description=" ".join(asked)), Embeddings(Letters, None)
    got = Bm25().retrieve(catalog, case, n=n, exclude=out, embeddings=none)
    expected = plainly(Bm25(), catalog, case, n, out, none, 0.0)
    assert [c.item_id for c in got] == [c.item_id for c in expected]
    assert [c.score for c in got] == pytest.approx([c.score for c in expected], rel=1e-5)


def test_a_few_words_of_many_items_are_common():
    catalog = shop(**many(6000))
    postings = _Index(catalog, None)._postings
    assert 0 < len(postings.common) < 10
    assert numpy.diff(postings.starts)[postings.common].min() > LONG


def test_words_of_a_large_catalog_are_read_back_from_disk(tmp_path, at_scale):
    catalog, case = shop(**many(700)), Case("k", description="bar kez")
    folder = large.words_folder(tmp_path, catalog)
    fresh, again = _Index(catalog, folder), _Index(catalog, folder)
    assert isinstance(again._postings.parts.base, numpy.memmap)
    assert fresh.scores(case.description) == again.scores(case.description)
    assert large.words_folder(tmp_path, shop(**many(700, seed=1))) != folder


@pytest.mark.parametrize("pooling", POOLINGS)
def test_index_finds_nearly_all_that_looking_at_every_item_finds(tmp_path, at_scale, pooling):
    catalog, source = shop(**many(4000)), Dense(history=pooling)
    embeddings = Embeddings(Letters, tmp_path)
    shares = []
    for k in range(20):
        history = tuple(f"i{(k * 199 + j * 37) % 4000:05}" for j in range(3))
        case = Case("k", description=WORDS[k], history=history)
        got = source.retrieve(catalog, case, n=20, exclude=frozenset(history), embeddings=embeddings)
        exact = plainly(source, catalog, case, 20, frozenset(history), embeddings, -9.0)
        assert len(got) == 20
        assert not {c.item_id for c in got} & set(history)
        shares.append(
            len({round(c.score, 5) for c in got} & {round(c.score, 5) for c in exact})
            / len({round(c.score, 5) for c in exact})
        )
    assert sum(shares) / len(shares) >= 0.95


def test_items_left_out_in_great_number_are_never_found(tmp_path, at_scale, monkeypatch):
    monkeypatch.setattr(left_out, "FEW", 10)
    catalog, embeddings = shop(**many(4000)), Embeddings(Letters, tmp_path)
    for left in (3000, 300, 60):  # through the index, and looked through whole
        out = frozenset(sorted(catalog.rows)[: 4000 - left])
        case = Case("k", description="bar lit")
        got = Dense().retrieve(catalog, case, n=50, exclude=out, embeddings=embeddings)
        exact = plainly(Dense(), catalog, case, 50, out, embeddings, -9.0)
        assert not {c.item_id for c in got} & out
        assert sum(c.score for c in got) >= 0.999 * sum(c.score for c in exact)


def test_index_of_a_changed_catalog_has_what_came_and_lacks_what_went(tmp_path, at_scale, monkeypatch):
    before = many(2000)
    after = {k: v for k, v in before.items() if k != "i00007"} | {"new": "zzz zzz", "i00009": "qqq"}
    embeddings = Embeddings(Letters, tmp_path)
    case = Case("k", description="zzz")
    Dense().retrieve(shop(**before), case, n=5, exclude=frozenset(), embeddings=embeddings)
    monkeypatch.setattr(large.LargeIndex, "_trained", lambda *_: pytest.fail("the cells are computed anew"))
    catalog = shop(**after)
    assert index_state(catalog, embeddings).lacking == 2
    got = Dense().retrieve(catalog, case, n=2000, exclude=frozenset(), embeddings=embeddings)
    assert got[0].item_id == "new"
    index = large.index_of(catalog, embeddings)
    assert index._index.ntotal == len({*after.values()})
    state = index_state(catalog, embeddings)
    assert (state.built, state.embedded, state.other_versions, state.kind) == (True, 2000, 0, "approximate")
    assert state.index_bytes > 0


def test_state_of_a_small_catalog_tells_what_is_embedded(tmp_path):
    embeddings = Embeddings(Letters, tmp_path)
    catalog = shop(a="red", b="blue")
    assert (index_state(catalog, embeddings).built, index_state(catalog, embeddings).lacking) == (False, 2)
    embeddings.items(catalog)
    state = index_state(catalog, embeddings)
    assert (state.kind, state.built, state.lacking, state.embedder) == ("exact", True, 0, "letters")
    assert not index_state(shop(a="red", b="green"), embeddings).built


def test_vectors_and_index_are_mapped_from_disk_and_never_read_whole(tmp_path, at_scale):
    import faiss

    catalog, embeddings = shop(**many(700)), Embeddings(Letters, tmp_path)
    index = large.index_of(catalog, embeddings)
    assert isinstance(faiss.downcast_InvertedLists(index._index.invlists), faiss.OnDiskInvertedLists)
    vectors = embeddings.items(catalog)
    while vectors.base is not None and not isinstance(vectors, numpy.memmap):
        vectors = vectors.base
    assert isinstance(vectors, numpy.memmap)


def test_what_a_killed_process_left_half_written_goes_with_the_next_one(tmp_path, at_scale):
    catalog, embeddings = shop(**many(700)), Embeddings(Letters, tmp_path)
    indexes = large.VectorFile.of("shop", embeddings, large.keys_of([])).folder
    half = [indexes / "x.part", tmp_path / "indexes" / "y.part" / "rows.npy"]
    for path in half:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half of an index")
    build_indexes(catalog, embeddings)
    assert not any(path.exists() for path in half)
    assert index_state(catalog, embeddings).built
    assert index_state(catalog, embeddings).word_bytes > 0
