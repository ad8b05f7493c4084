"""Sources of candidates: order by hand on small catalogs, and what holds of every source on any catalog."""

from collections import Counter
from itertools import pairwise

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_shop import Letters, shop

from conftest import ROOT
from workbench.catalogs import load_catalog
from workbench.engine.scripted import ScriptedEngine
from workbench.errors import VariantError
from workbench.records import Case
from workbench.retrieval import RETRIEVERS, Embeddings, retrieve
from workbench.retrieval.segmenting import words
from workbench.retrieval.states import StateEncoder
from workbench.variant import Choice, TemplateSource, Variant
from workbench.workshop import Workshop


def letters():
    states = Embeddings(lambda: StateEncoder(ScriptedEngine().states, "scripted"), None)
    return Embeddings(Letters, None, states=states)


def found(name, catalog, case, *, n=10, **options):
    choice = Choice(name=name, options=options)
    return retrieve(choice, catalog, case, n=n, embeddings=letters()).candidates


def ids(*asked, **named):
    return [c.item_id for c in found(*asked, **named)]


FRUIT = {"a": "red apple", "b": "yellow banana", "c": "red cherry", "d": "green apple"}


def test_words_of_the_query_bring_their_items():
    assert ids("bm25", shop(**FRUIT), Case("k", description="a banana, please")) == ["b"]


def test_item_with_more_of_the_words_comes_first_and_ties_go_by_id():
    # `red` and `apple` are in two items each, so c and d have one equal word; a has both.
    assert ids("bm25", shop(**FRUIT), Case("k", description="red apple")) == ["a", "c", "d"]


def test_rare_word_counts_more_than_a_common_one():
    catalog = shop(a="tea cup", b="tea pot", c="tea tin", d="mug red")
    assert ids("bm25", catalog, Case("k", description="tea mug")) == ["d", "a", "b", "c"]


def test_chinese_without_spaces_is_found_by_words_and_by_single_characters():
    catalog = shop(a="有机绿色蔬菜", b="红色跑步鞋", c="绿茶")
    assert ids("bm25", catalog, Case("k", description="喜欢绿色食品")) == ["a", "c", "b"]
    assert ids("bm25", catalog, Case("k", description="想买跑鞋")) == ["b"]


def test_words_fold_width_and_case_and_leave_stop_words_out():
    assert words("The ＡＰＰＬＥ of my Eye_2") == ["apple", "eye", "2"]


def test_words_of_the_history_are_asked_for_too_unless_none_is_wanted():
    catalog, case = shop(**FRUIT), Case("k", description="banana", history=("a",))
    assert set(ids("bm25", catalog, case)) == {"b", "c", "d"}
    assert ids("bm25", catalog, case, recent=0) == ["b"]


def test_words_that_no_item_has_find_nothing():
    assert ids("bm25", shop(**FRUIT), Case("k", description="motorcycle")) == []


def test_dense_orders_by_cosine():
    # Of (x, y): the query is (1, 0); xx (1, 0), xy (1, 1) / sqrt 2, yy (0, 1).
    catalog = shop(a="yy", b="xy", c="xx")
    got = found("dense", catalog, Case("k", description="x"))
    assert [(c.item_id, c.rank) for c in got] == [("c", 1), ("b", 2), ("a", 3)]
    assert [c.score for c in got] == pytest.approx([1.0, 0.5**0.5, 0.0])


def test_description_and_history_count_alike():
    # History z, description x: an item is worth half its cosine to either.
    catalog = shop(a="x", b="z", c="xz", d="y", h="z")
    got = found("dense", catalog, Case("k", description="x", history=("h",)))
    assert [c.item_id for c in got] == ["c", "a", "b", "d"]
    assert [c.score for c in got] == pytest.approx([0.5**0.5, 0.5, 0.5, 0.0])


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ("mean", {"a": 2 / 3, "b": 1 / 3}),  # a to x, x, y: 1, 1, 0
        ("max", {"a": 1.0, "b": 1.0}),
        ("last", {"a": 0.0, "b": 1.0}),
        ("soft", {"a": numpy.log((2 * numpy.exp(5) + 1) / 3) / 5, "b": numpy.log((numpy.exp(5) + 2) / 3) / 5}),
    ],
)
def test_history_is_pooled_as_asked(pooling, expected):
    catalog = shop(a="x", b="y", h1="x", h2="x", h3="y")
    got = found("dense", catalog, Case("k", history=("h1", "h2", "h3")), history=pooling)
    assert {c.item_id: c.score for c in got} == pytest.approx(expected)


def test_only_the_most_recent_history_counts_when_so_asked():
    catalog = shop(a="x", b="y", h1="x", h2="y")
    assert ids("dense", catalog, Case("k", history=("h1", "h2")), recent=1) == ["b", "a"]


HYBRID = {"a": "x", "b": "xy y", "c": "xxyz z"}


def test_hybrid_adds_reciprocal_ranks():
    # Dense to `x z`, (1, 0, 1) / sqrt 2: c (2, 1, 2) / 3 by .94, a by .71, b (1, 2, 0) / sqrt 5 by .32.
    # BM25: a has x and c has z, each word in one item; a is shorter. b has neither.
    got = found("hybrid", shop(**HYBRID), Case("k", description="x z"), weight=0.25)
    assert [c.item_id for c in got] == ["a", "c", "b"]
    assert [c.score for c in got] == pytest.approx([0.25 / 62 + 0.75 / 61, 0.25 / 61 + 0.75 / 62, 0.25 / 63])


def test_hybrid_ties_go_by_item_id():
    # a is second and first, c first and second.
    a, c, b = found("hybrid", shop(**HYBRID), Case("k", description="x z"))
    assert (a.item_id, c.item_id, b.item_id) == ("a", "c", "b")
    assert a.score == c.score == pytest.approx(0.5 / 61 + 0.5 / 62)


def test_hybrid_with_all_weight_on_one_list_is_that_list():
    catalog, case = shop(**FRUIT), Case("k", description="banana")
    assert ids("hybrid", catalog, case, weight=0.0) == ids("bm25", catalog, case) == ["b"]
    assert ids("hybrid", catalog, case, weight=1.0) == ids("dense", catalog, case)


def test_popularity_is_the_same_for_everyone_but_for_what_they_have():
    taken = [("u1", "c"), ("u2", "c"), ("u1", "b")]
    catalog = shop(taken, **FRUIT)
    assert ids("popularity", catalog, Case("k", description="apple")) == ["c", "b", "a", "d"]
    assert ids("popularity", catalog, Case("k", history=("c",))) == ["b", "a", "d"]


def test_given_candidates_keep_their_order_once_each_however_few_are_asked_for():
    case = Case("k", history=("b",), candidates=("d", "b", "a", "d", "c"))
    got = found("given", shop(**FRUIT), case, n=1)
    assert [(c.item_id, c.rank, c.score) for c in got] == [("d", 1, 1.0), ("a", 2, 1 / 2), ("c", 3, 1 / 3)]


def test_case_without_candidates_of_its_own_is_told_what_to_choose():
    with pytest.raises(VariantError, match="'k' has no candidates of its own — choose dense, bm25"):
        found("given", shop(**FRUIT), Case("k", candidates=("a",), history=("a",)))


def test_what_was_asked_and_left_out_is_told():
    case = Case("k", description="red", history=("a", "b"))
    got = retrieve(Choice(name="bm25"), shop(**FRUIT), case, n=5, embeddings=letters())
    assert (got.query, got.removed) == ("red\nred apple\nyellow banana", {"of the history": 2})


@pytest.mark.parametrize("name", RETRIEVERS)
def test_unknown_option_is_an_error(name):
    with pytest.raises(VariantError, match=f"candidate source {name}: unknown option 'colour'"):
        found(name, shop(**FRUIT), Case("k", description="red"), colour="red")


def test_wrong_name_or_value_is_an_error():
    with pytest.raises(VariantError, match="unknown candidate source 'bm52' — known: dense, bm25, hybrid"):
        found("bm52", shop(**FRUIT), Case("k"))
    with pytest.raises(VariantError, match="weight = 2 — expected at most 1"):
        found("hybrid", shop(**FRUIT), Case("k"), weight=2)


WORD = st.sampled_from(["tea", "red", "绿色蔬菜", "Apple", "the", "!!!", "ジュース", "é1"])
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)


@st.composite
def asked(draw):
    titles = draw(st.dictionaries(st.sampled_from("abcdefgh"), PHRASE, min_size=1))
    some = st.lists(st.sampled_from(sorted(titles)), unique=True)
    taken = draw(st.lists(st.tuples(st.sampled_from(["u1", "u2"]), st.sampled_from(sorted(titles))), max_size=6))
    case = Case("k", draw(PHRASE | st.just("")), tuple(draw(some)), user="u1", candidates=tuple(draw(some)))
    return shop(taken, **titles), case


@pytest.mark.parametrize("name", RETRIEVERS)
@settings(max_examples=40, deadline=None)
@given(asked=asked(), n=st.integers(1, 9))
def test_any_source_keeps_the_promise_of_the_seam(name, asked, n):
    catalog, case = asked
    if name == "given" and set(case.candidates) <= set(case.history):
        with pytest.raises(VariantError):
            found(name, catalog, case, n=n)
        return
    got = found(name, catalog, case, n=n)
    assert len({c.item_id for c in got}) == len(got)
    assert not {c.item_id for c in got} & set(case.history)
    assert {c.item_id for c in got} <= set(catalog.titles)
    assert [c.rank for c in got] == list(range(1, len(got) + 1))
    assert all((-a.score, a.item_id) < (-b.score, b.item_id) for a, b in pairwise(got))
    assert name == "given" or len(got) <= n
    assert {c.source for c in got} <= {name}
    assert found(name, catalog, case, n=n) == got
    if name not in ("given", "hybrid"):
        assert found(name, catalog, case, n=n + 1)[:n] == got


def test_items_of_stop_words_and_signs_alone_have_no_words_to_find():
    catalog = shop(a="The", b="!!!")
    assert ids("bm25", catalog, Case("k", description="the tea")) == []
    assert ids("hybrid", catalog, Case("k", description="t")) == ["a", "b"]


@pytest.mark.model
def test_green_food_is_leaf_vegetables_and_skincare_of_green_plants(models):
    catalog = load_catalog(ROOT / "catalogs" / "shop-zh")
    choice, case = Variant(template=TemplateSource(name="t", source="")).retriever, catalog.case("zh-green")
    assert (choice.name, case.description) == ("hybrid", "喜欢绿色食品")
    embeddings = Workshop(models).embeddings("", catalog.facts.language)
    got = [c.item_id for c in retrieve(choice, catalog, case, n=20, embeddings=embeddings).candidates]
    kinds = Counter(catalog.item(i).attributes["category"] for i in got)
    assert kinds["绿叶蔬菜"] >= 8
    assert {"p073", "p074", "p076", "p079"} & set(got)  # skincare tagged 绿色植萃
