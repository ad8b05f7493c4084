"""A variant that ranks under several orders: what its rows say, what it costs, and what it is beside one order."""

from dataclasses import replace

import pytest
from small_shop import Letters, shop

from workbench.engine.scripted import ScriptedEngine
from workbench.recommender import build
from workbench.records import Case, Ranking
from workbench.retrieval import Embeddings
from workbench.store.documents import Document
from workbench.variant import Choice, TemplateSource, Variant

SHOP = shop([("u1", "a"), ("u2", "a"), ("u1", "b")], a="Apple", b="Banana", c="Cherry", d="Date")
CASE = Case("k1", "red", candidates=("a", "b", "c", "d"))
TEXT = "{% for m in candidates %}{{ m.title }}\n{% endfor %}Next:"


def recommended(engine, told=None, text=TEXT, **named):
    named = {"retriever": Choice(name="given"), "method": Choice(name="likelihood"), **named}
    variant = Variant(template=TemplateSource(name="t", source=text), **named)
    recommender = build(variant, SHOP, engine, Embeddings(Letters, None))
    return recommender.recommend(CASE, on_progress=lambda text, fraction: told is not None and told.append(text))


def test_a_variant_with_orders_says_the_spread_in_every_row():
    told, engine = [], ScriptedEngine()
    found = recommended(engine, told, orders=4)
    assert (found.orders, found.usage.passes) == (4, 4 + 1)
    # The content-free prompt shows no candidates, so that it is the same for all orders and read once.
    assert all(row.spread is not None and "over 4 orders" in row.explanation for row in found.ranked)
    assert [t for t in told if "order" in t] == [f"ranking order {n} of 4" for n in (1, 2, 3, 4)]
    # The prompt that is shown is that of the given order.
    assert found.prompt.text.startswith("Apple\nBanana\nCherry\nDate")


def test_another_case_is_shuffled_otherwise_and_the_same_case_again_the_same():
    one, again = (recommended(ScriptedEngine(), orders=3) for _ in range(2))
    assert one == replace(again, retrieval_seconds=one.retrieval_seconds)


def test_one_order_has_no_spread():
    found = recommended(ScriptedEngine())
    assert (found.orders, {row.spread for row in found.ranked}) == (1, {None})


def test_orders_are_part_of_what_a_variant_is_and_one_order_is_what_it_was_before_there_were_any():
    plain = Variant(template=TemplateSource(name="t", source="x"))
    # Computed before variants had orders.
    assert plain.digest == "4e1217b26627023246e6a01c5f7918fb4afa0a5c92a870ecb0f9962f38b0fafe"
    assert len({plain.digest, *(plain.model_copy(update={"orders": n}).digest for n in (2, 3))}) == 3


def test_fusion_adds_to_the_mean_of_the_orders():
    fusion = Choice(name="sum", options={"popularity": 0.5})
    found = recommended(ScriptedEngine(), orders=3, fusion=fusion)
    assert "over 3 orders; model " in found.ranked[0].explanation
    assert found.ranked[0].spread is not None


def test_a_fusion_without_the_model_asks_for_no_order():
    engine = ScriptedEngine()
    found = recommended(engine, orders=3, fusion=Choice(name="sum", options={"model": 0.0, "popularity": 1.0}))
    assert (engine.asked, found.orders) == ([], 1)
    assert found.ranked[0].item_id == "a"


def test_a_ranking_with_spread_and_chances_is_stored_and_read_back():
    text = "---\nlabels: [Yes, No]\n---\n{{ candidates }} {{ candidate.title }}?"
    found = recommended(ScriptedEngine(), text=text, orders=3, method=Choice(name="pointwise"))
    assert set(found.ranked[0].chances) == {"Yes", "No"}
    assert sum(found.ranked[0].chances.values()) == pytest.approx(1)
    document = Document(Ranking)
    assert document.load(document.dump(found)) == found
