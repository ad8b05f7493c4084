"""Methods that show a few candidates at a time, with more of them than there are letters."""

import pytest
from small_shop import Letters, shop

from workbench.engine.scripted import ScriptedEngine
from workbench.errors import PromptTooLong
from workbench.preview import preview
from workbench.ranking import METHODS
from workbench.recommender import build, prepare
from workbench.records import Case
from workbench.retrieval import Embeddings
from workbench.variant import Choice, TemplateSource, Variant

N = 30
IDS = [f"i{n}" for n in range(N)]
SHOP = shop([], **{i: f"Title{i}" for i in IDS})
CASE = Case("k1", "something red", candidates=tuple(IDS))
TEXT = """---
method: letters
---
{% for c in candidates %}{{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[loop.index0] }} {{ c.title }}
{% endfor %}{{ user.description }}
Best:"""
METHOD = pytest.mark.parametrize(("method", "shown"), [("letters", 20), ("setwise", 5), ("pairwise", 2)])


def variant(method, **named):
    named = {"retriever": Choice(name="given"), "method": Choice(name=method), "n_candidates": N, **named}
    return Variant(template=TemplateSource(name="t", source=TEXT), **named)


def ranked(chosen, engine=None):
    return build(chosen, SHOP, engine or ScriptedEngine(), Embeddings(Letters, None)).recommend(CASE)


@METHOD
def test_the_preview_shows_as_many_as_a_prompt_of_the_run(method, shown):
    chosen = variant(method)
    made = preview(chosen, prepare(chosen, SHOP, CASE, Embeddings(Letters, None)), ScriptedEngine().tokenizer)
    assert METHODS[method]().shows == shown == made.prompt.text.count("Title")


@METHOD
def test_all_are_ranked_under_several_orders_too(method, shown):
    found = ranked(variant(method, orders=2))
    assert (sorted(found.item_ids), found.orders) == (sorted(IDS), 2)


@METHOD
def test_a_fusion_without_the_model_needs_no_more_letters_than_there_are(method, shown):
    alone = Choice(name="sum", options={"model": 0.0, "popularity": 1.0})
    assert len(ranked(variant(method, fusion=alone)).ranked) == N


@METHOD
def test_a_prompt_that_is_too_long_is_told_by_one_that_is_asked(method, shown):
    with pytest.raises(PromptTooLong) as caught:
        ranked(variant(method), ScriptedEngine(context_window=4))
    assert f"candidates: {2 * shown} of" in str(caught.value)
