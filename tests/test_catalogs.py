"""What is in a catalog is what is loaded."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from catalog_files import CASE, ITEMS, META, PARQUET, write_fruit, write_fruit_parquet
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.catalogs import find_catalogs, load_catalog, load_qrels, typed_case
from workbench.catalogs.meta import CatalogMeta
from workbench.errors import CatalogError


def test_a_catalog_is_loaded_whole(tmp_path):
    catalog = load_catalog(write_fruit(tmp_path))
    apple, banana, _ = catalog.items
    assert apple.attributes == {"year": 2001, "price": 1.5, "ripe": True, "tags": ("red", "round")}
    assert banana.attributes == {"year": None, "price": None, "ripe": False, "tags": ()}
    assert [item.text for item in catalog.items] == ["Apple (2001), red, round.", "Banana.", "Cherry (1999), red."]
    assert (catalog.facts.name, catalog.facts.size) == ("fruit", 3)
    assert catalog.case("k1").history == ("b1",)
    assert catalog.exemplar("e1").answer == ("c1",)
    assert [(i.user, i.item, i.rating) for i in catalog.interactions] == [("u1", "a1", 4.5), ("u1", "c1", None)]
    assert load_qrels(catalog.folder, catalog) == {"k1": {"c1": 3}}


def test_only_two_files_are_required(tmp_path):
    folder = write_fruit(tmp_path, cases_jsonl=None, qrels_csv=None, exemplars_jsonl=None, interactions_csv=None)
    catalog = load_catalog(folder)
    assert (catalog.cases, catalog.exemplars, catalog.interactions, load_qrels(folder, catalog)) == ((), (), (), {})


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path):
    items = "\ufeff" + ITEMS.replace("\n", "\r\n")
    assert load_catalog(write_fruit(tmp_path, items_csv=items)).titles == {
        "a1": "Apple",
        "b1": "Banana",
        "c1": "Cherry",
    }


def test_a_text_may_hold_line_separators_that_json_allows(tmp_path):
    text = json.dumps({**CASE, "description": "a\u2028b\x85c"}, ensure_ascii=False)
    assert load_catalog(write_fruit(tmp_path, cases_jsonl=text)).case("k1").description == "a\u2028b\x85c"


def test_items_in_parquet_are_those_of_the_csv(tmp_path):
    read = load_catalog(write_fruit(tmp_path))
    assert load_catalog(write_fruit_parquet(tmp_path, PARQUET)).items == read.items


@pytest.mark.parametrize(
    ("describe", "sentence"),
    [
        ("{title}", "Heat"),
        ("{title}[ ({year})]", "Heat (1995)"),
        ("{title}[, directed by {director}]", "Heat"),
        ("{title}[ ({year}, {director})].", "Heat."),
        ("{title}: {genres}[, {price}]", "Heat: crime, {year}, 1234567.5"),
        ("{title}[ always]", "Heat always"),
    ],
)
def test_a_part_in_brackets_goes_when_something_in_it_is_empty(describe, sentence):
    kinds = {"year": "integer", "director": "text", "genres": "list", "price": "number"}
    meta = CatalogMeta.model_validate(
        {"name": "f", "title": "F", "domain": "video", "language": "en", "licence": "", "origin": "real"}
        | {"attributes": kinds, "describe": describe}
    )
    values = {"year": 1995, "director": None, "genres": ("crime", "{year}"), "price": 1234567.5}
    assert meta.sentence("Heat", values) == sentence


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(titles=st.lists(CELL.map(str.strip).filter(bool), min_size=1, max_size=5))
def test_titles_of_any_script_survive(titles):
    import csv
    import io

    text = io.StringIO()
    table = [(f"i{n}", title) for n, title in enumerate(titles)]
    csv.writer(text).writerows([("item_id", "title"), *table])
    others = dict.fromkeys(["cases_jsonl", "qrels_csv", "exemplars_jsonl", "interactions_csv"])
    meta = META.partition("attributes")[0]
    with tempfile.TemporaryDirectory() as folder:
        catalog = load_catalog(write_fruit(Path(folder), catalog_yaml=meta, items_csv=text.getvalue(), **others))
    assert catalog.titles == dict(table)


def test_the_fingerprint_is_of_what_decides_a_ranking(tmp_path):
    def fingerprint(**content):
        return load_catalog(write_fruit(tmp_path, **content)).fingerprint

    first = fingerprint()
    assert fingerprint(cases_jsonl=None, qrels_csv=None) == first
    assert fingerprint(items_csv=ITEMS.replace("\n", "\r\n").replace("Apple", " Apple ")) == first
    assert fingerprint(catalog_yaml=META + "source: here\n") == first
    changed = [
        fingerprint(items_csv=ITEMS.replace("Apple", "Pear")),
        fingerprint(items_csv=ITEMS.replace("1.5", "1.6")),
        fingerprint(catalog_yaml=META.replace("describe", "popularity: year\ndescribe")),
        fingerprint(catalog_yaml=META.replace("noun: fruit", "noun: berry")),
        fingerprint(exemplars_jsonl=None),
        fingerprint(interactions_csv=None),
    ]
    assert len({first, *changed}) == 7


def test_popularity_is_the_named_attribute_or_the_number_of_interactions(tmp_path):
    assert load_catalog(write_fruit(tmp_path)).popularity == {"a1": 1.0, "b1": 0.0, "c1": 1.0}
    by_price = META.replace("describe", "popularity: price\ndescribe")
    assert load_catalog(write_fruit(tmp_path, catalog_yaml=by_price)).popularity == {"a1": 1.5, "b1": 0.0, "c1": 3.0}


def test_an_unknown_id_names_the_nearest(tmp_path):
    catalog = load_catalog(write_fruit(tmp_path))
    for find, wanted, said in [
        (catalog.item, "a2", "no item 'a2' — did you mean a1?"),
        (catalog.case, "k2", "no case 'k2' — did you mean k1?"),
        (catalog.exemplar, "e2", "no exemplar 'e2' — did you mean e1?"),
    ]:
        with pytest.raises(CatalogError) as caught:
            find(wanted)
        assert str(caught.value) == f"catalog fruit: {said}"


def test_catalogs_are_found_by_folder_and_the_first_of_a_name_wins(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, _ = write_fruit(tmp_path / "one"), write_fruit(tmp_path / "two")
    (tmp_path / "one" / "empty").mkdir()
    assert find_catalogs([tmp_path / "one", tmp_path / "two", tmp_path / "none"]) == {"fruit": first}


def test_a_typed_case_names_items_by_title_or_id_the_last_mention_counting(tmp_path):
    catalog = load_catalog(write_fruit(tmp_path))
    case, wrong = typed_case(catalog, " red\nand  round ", "apple\n\n c1 \nAPPLE!\nbananna\n")
    assert (case.description, case.history) == ("red and round", ("c1", "a1"))
    assert [str(p) for p in wrong] == ["history, line 5: no fruit 'bananna' in this catalog — did you mean banana?"]


def test_a_typed_title_of_two_items_asks_for_the_id(tmp_path):
    catalog = load_catalog(write_fruit(tmp_path))
    catalog = replace(catalog, items=(*catalog.items, replace(catalog.items[0], id="a9")))
    case, wrong = typed_case(catalog, "", "Apple")
    assert case.history == ()
    assert [str(p) for p in wrong] == ["history, line 1: 'Apple' names 2 items — write the id: a1, a9"]
