"""Cosines around the catalog's mean: against the plain formula, and where there is nothing around it."""

import numpy
import pytest
from small_shop import Letters, shop

from workbench.records import Case
from workbench.retrieval.dense import POOLINGS, Dense
from workbench.retrieval.embeddings import Embeddings

TITLES = {"a": "abc", "b": "abd", "c": "cde", "d": "zzz", "e": "ab"}


def plainly(embeddings, catalog):
    """Each item less the mean of all, of unit length."""
    items = embeddings.items(catalog)
    moved = items - items.mean(axis=0)
    return moved / numpy.linalg.norm(moved, axis=1, keepdims=True)


def test_centred_scores_are_cosines_around_the_mean():
    catalog, embeddings = shop(**TITLES), Embeddings(Letters, None)
    around = plainly(embeddings, catalog)
    found = Dense(history="max", centred=True).scores(catalog, Case("k", history=("a", "d")), embeddings=embeddings)
    assert found == pytest.approx((around @ around[[0, 3]].T).max(axis=1), abs=1e-5)


def test_description_is_taken_around_the_mean_too():
    catalog, embeddings = shop(**TITLES), Embeddings(Letters, None)
    case = Case("k", description=TITLES["b"])
    found = Dense(centred=True).scores(catalog, case, embeddings=embeddings)
    assert found == pytest.approx((plainly(embeddings, catalog) @ plainly(embeddings, catalog)[1]), abs=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_retrieved_scores_are_those_of_all_items(pooling):
    titles = {f"i{n}": f"{'abcdefgh'[n % 8] * (1 + n % 5)}{'stuvw'[n % 5]}" for n in range(40)}
    catalog, embeddings = shop(**titles), Embeddings(Letters, None)
    source = Dense(history=pooling, centred=True)
    case = Case("k", history=("i1", "i9"), description="abs")
    scores = source.scores(catalog, case, embeddings=embeddings)
    found = source.retrieve(catalog, case, n=40, exclude=frozenset(), embeddings=embeddings)
    assert {c.item_id: c.score for c in found} == pytest.approx(dict(zip(titles, scores, strict=True)))


def test_catalog_of_one_item_has_nothing_around_its_mean():
    catalog = shop(a="abc")
    scores = Dense(centred=True).scores(catalog, Case("k", description="abc"), embeddings=Embeddings(Letters, None))
    assert numpy.isfinite(scores).all()
