"""The catalogs that ship are what the documentation promises of them."""

from collections import Counter

import pytest

from conftest import ROOT
from workbench.catalogs import find_catalogs, load_catalog, load_qrels

SHIPPED = find_catalogs([ROOT / "catalogs"])
SEGMENTS = {"description only", "short history", "long history", "noisy text"}
SIZES = {"movies": 1000, "music": 200, "news": 200, "shop": 250, "groups": 150, "shop-zh": 150}


@pytest.fixture(scope="module", params=SHIPPED)
def catalog(request):
    return load_catalog(SHIPPED[request.param])


def test_every_domain_has_its_catalog():
    assert set(SIZES) <= set(SHIPPED)


def test_it_has_items_cases_and_exemplars_enough(catalog):
    assert len(catalog.items) >= SIZES.get(catalog.meta.name, 1)
    assert len(catalog.cases) >= 30
    assert len(catalog.exemplars) >= 12
    assert catalog.interactions


def test_every_segment_has_cases_of_its_length(catalog):
    lengths = {"description only": range(1), "short history": range(1, 5), "long history": range(5, 1000)}
    assert {case.segment for case in catalog.cases} == SEGMENTS
    for case in catalog.cases:
        assert len(case.history) in lengths.get(case.segment, range(1000)), case.id
    assert min(Counter(case.segment for case in catalog.cases).values()) >= 3


def test_every_case_has_relevant_items(catalog):
    truth = load_qrels(catalog.folder, catalog)
    assert set(truth) == {case.id for case in catalog.cases}
    assert [case for case, grades in truth.items() if max(grades.values()) < 1] == []
    assert {grade for grades in truth.values() for grade in grades.values()} <= {0, 1, 2, 3}


def test_every_item_is_described_and_its_popularity_known(catalog):
    assert all(item.title in item.text for item in catalog.items)
    assert sum(count > 0 for count in catalog.popularity.values()) >= len(catalog.items) // 2


def test_titles_tell_items_apart(catalog):
    repeated = [title for title, n in Counter(item.title.casefold() for item in catalog.items).items() if n > 1]
    assert len(repeated) <= len(catalog.items) // 50, repeated


def test_a_licence_and_an_origin_are_named(catalog):
    assert catalog.meta.licence
    assert catalog.meta.source or catalog.meta.origin == "hand-made"
