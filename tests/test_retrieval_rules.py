"""Rules about candidates, and candidates that differ: by hand on small catalogs, and on every source."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_shop import META, Letters

from workbench.catalogs.catalog import Catalog
from workbench.errors import VariantError
from workbench.records import Candidate, Case, Item
from workbench.retrieval import Embeddings, left_out, retrieve
from workbench.retrieval.diversity import diversified
from workbench.retrieval.rules import read_rules
from workbench.variant import Choice, TemplateSource, Variant
from workbench.variant_checks import problems_of

TYPES = {"year": "integer", "price": "number", "stock": "boolean", "genres": "list", "maker": "text"}
ITEMS = (
    Item(
        "a", "Alpha", "Alpha", {"year": 1990, "price": 9.5, "stock": True, "genres": ("Comedy", "Drama"), "maker": "Ün"}
    ),
    Item("b", "Beta", "Beta", {"year": 2000, "price": 10.0, "stock": False, "genres": ("Horror",), "maker": "Co"}),
    Item("c", "Gamma remix", "Gamma remix", {"year": None, "price": None, "stock": None, "genres": (), "maker": None}),
)
CATALOG = Catalog(META.model_copy(update={"attributes": TYPES}), ITEMS, (), (), (), "small", Path())


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("year >= 1990", "ab"),
        ("year > 1990", "b"),
        ("year<=1990", "a"),
        ("year < 1990", ""),
        ("year in 1985..1995", "a"),
        ("year not in 1985..1995", "bc"),
        ("year in 1990, 2000", "ab"),
        ("year = 2000", "b"),
        ("year != 2000", "ac"),
        ("price = 10", "b"),
        ("price in 9..9.5", "a"),
        ("stock = yes", "a"),
        ("stock != no", "ac"),
        ("genres = comedy", "a"),
        ("genres in Drama, Horror", "ab"),
        ("genres not in Drama", "bc"),
        ("genres contains com", "a"),
        ("genres lacks com", "bc"),
        ("maker = ün", "a"),
        ("maker contains O", "b"),
        ("title lacks REMIX", "ab"),
        ("id in a,c", "ac"),
    ],
)
def test_a_rule_leaves_the_items_that_pass_it(rule, left):
    (read,) = read_rules([rule], CATALOG)
    assert "".join(item.id for item in ITEMS if read.allows(item)) == left


def test_every_line_that_is_no_rule_is_told_at_once():
    lines = ["yaer >= 1990", "", "genres >= 3", "year >= soon", "stock = maybe", "just words", "year =", "year in 1..x"]
    with pytest.raises(VariantError) as caught:
        read_rules(lines, CATALOG)
    assert [(p.line, p.what) for p in caught.value.problems] == [
        (1, "'yaer >= 1990': items have no `yaer`; did you mean `year`?"),
        (3, "'genres >= 3': a list has no order; use =, in or contains"),
        (4, "'year >= soon': 'soon' is not a number"),
        (5, "'stock = maybe': 'maybe' is neither yes nor no"),
        (6, "'just words': not a rule"),
        (7, "'year =': nothing to compare with"),
        (8, "'year in 1..x': 'x' is not a number"),
    ]


def found(rules=(), *, name="random", history=(), n=10, diversity=0.0):
    case = Case("k", description="alpha", history=history, candidates=("c", "a", "b"))
    embeddings = Embeddings(Letters, None)
    return retrieve(
        Choice(name=name), CATALOG, case, n=n, embeddings=embeddings, rules=tuple(rules), diversity=diversity
    )


@pytest.mark.parametrize("name", ["random", "given", "popularity", "dense", "bm25", "hybrid"])
def test_no_source_gives_what_a_rule_takes_away(name):
    assert {c.item_id for c in found(["year >= 1990", "stock = yes"], name=name).candidates} == {"a"}


def test_each_rule_counts_what_it_took_of_those_still_there():
    rules = ["year >= 1990", "stock = yes"]
    assert found(rules, history=("b",)).removed == {
        "of the history": 1,
        "by year >= 1990": 1,
        "by stock = yes": 0,
    }


def test_rules_are_found_wrong_before_a_run():
    template = TemplateSource(name="t", source="{{ user.description }}")
    variant = Variant(template=template, rules=("yaer > 1",))
    assert [(p.where, p.line) for p in problems_of(variant, CATALOG)] == [("candidate rules", 1)]


def test_random_is_the_same_for_a_case_and_another_for_another_seed():
    def order(case_id, seed):
        choice = Choice(name="random", options={"seed": seed})
        many = replace(CATALOG, items=tuple(Item(str(i), str(i), str(i)) for i in range(50)))
        given = retrieve(choice, many, Case(case_id), n=50, embeddings=Embeddings(Letters, None)).candidates
        return [c.item_id for c in given]

    assert order("k", 0) == order("k", 0)
    assert len({tuple(order("k", seed)) for seed in range(5)} | {tuple(order("l", 0))}) == 6


def test_diversity_takes_the_unlike_one_before_the_alike():
    # Letters: aa and aab are nearly alike, zz shares nothing with them.
    items = tuple(Item(t, t, t) for t in ("aa", "aab", "zz"))
    catalog = replace(CATALOG, items=items)
    given = [Candidate("aa", 1.0, 1, "s"), Candidate("aab", 0.9, 2, "s"), Candidate("zz", 0.0, 3, "s")]

    def order(weight, n=3):
        taken = diversified(given, catalog, n=n, weight=weight, embeddings=Embeddings(Letters, None))
        assert [c.rank for c in taken] == list(range(1, len(taken) + 1))
        return [c.item_id for c in taken]

    # After aa: aab has 0.5 x 0.9 - 0.5 x 0.894 = 0.003, zz 0 - 0: barely aab; at 0.6 it is 0.36 - 0.537 against 0.
    assert order(0.0) == ["aa", "aab", "zz"]
    assert order(0.5) == ["aa", "aab", "zz"]
    assert order(0.6) == ["aa", "zz", "aab"]
    assert order(0.6, n=2) == ["aa", "zz"]
    assert [c.score for c in diversified(given, catalog, n=3, weight=0.6, embeddings=Embeddings(Letters, None))] == [
        1.0,
        0.0,
        0.9,
    ]


@pytest.mark.parametrize("name", ["random", "given", "popularity", "dense", "bm25", "hybrid"])
def test_diversity_spreads_what_any_source_found(name):
    plain, spread = (found(name=name, diversity=weight).candidates for weight in (0.0, 0.7))
    assert {(c.item_id, c.score) for c in spread} == {(c.item_id, c.score) for c in plain}
    assert spread[:1] == plain[:1]
    assert [c.rank for c in spread] == list(range(1, len(plain) + 1))


def test_a_variant_without_rules_keeps_the_digest_that_it_had_before_there_were_any():
    template = TemplateSource(name="t", source="x")
    assert Variant(template=template).digest == Variant(template=template, label="B", rules=(), diversity=0.0).digest
    assert Variant(template=template).digest != Variant(template=template, rules=("year > 1",)).digest
    assert Variant(template=template).digest != Variant(template=template, diversity=0.5).digest


def test_a_rule_that_is_written_twice_still_holds_and_counts_once():
    got = found(["year >= 1990", "year >= 1990"])
    assert {c.item_id for c in got.candidates} == {"a", "b"}
    assert got.removed["by year >= 1990"] == 1


def test_what_is_left_out_is_a_set_of_ids_whether_few_or_many(monkeypatch):
    ids = frozenset({"a", "c", "no such item"})
    for few in (1000, 1):
        monkeypatch.setattr(left_out, "FEW", few)
        out = left_out.LeftOut.of(CATALOG, ids)
        assert (set(out), len(out), out.rows.tolist()) == ({"a", "c"}, 2, [0, 2])
        assert ("a" in out, "b" in out, "no such item" in out) == (True, False, False)
        assert (out.barred is None) == (few == 1000)
