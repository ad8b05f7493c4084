import json

import pytest
from small_shop import shop

from workbench.catalogs.exemplar_files import read_exemplars, write_exemplars
from workbench.errors import CatalogError
from workbench.exemplars.pool import entries, from_case, from_interactions, kept_apart, search
from workbench.records import Case, Exemplar
from workbench.store.store import Store

TITLES = {"a": "Apple", "b": "Banana", "c": "Cherry"}
SHIPPED = Exemplar("s1", "sweet", ("a",), answer=("b",), tags=("new", "fruit"))
MINE = Exemplar("mine", "sour", ("b",), answer=("c",), tags=("old",), reason="red")
OF_CASE = Exemplar("case:k1", "", ("a", "b"), answer=("c",))
CATALOG = shop(exemplars=(SHIPPED, MINE, OF_CASE), interactions=[("u", i) for i in "abc"], **TITLES)
POOL = entries(CATALOG, {"mine", "case:k1"})


def ids(found):
    return [entry.exemplar.id for entry in found]


def test_each_exemplar_says_where_it_is_from():
    assert [(e.source, e.own, e.segment) for e in POOL] == [
        ("shipped", False, "new"),
        ("by hand", True, "old"),
        ("case", True, ""),
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["s1", "mine", "case:k1"]),
        ({"text": "CHERRY"}, ["mine", "case:k1"]),
        ({"text": "red"}, ["mine"]),
        ({"sources": ["shipped", "case"]}, ["s1", "case:k1"]),
        ({"tags": ["fruit"]}, ["s1"]),
        ({"segments": ["old"], "text": "sour"}, ["mine"]),
        ({"text": "zebra"}, []),
    ],
)
def test_pool_is_searched_and_filtered(asked, found):
    assert ids(search(POOL, CATALOG, **asked)) == found


def test_a_case_kept_apart_becomes_an_exemplar_best_grades_first():
    case = Case("k1", "sweet", ("a",), "u", "2026-01-01", ("c", "b"), "short history")
    assert from_case(case, {"b": 1, "c": 3, "a": 0}) == Exemplar(
        "case:k1", "sweet", ("a",), ("c", "b"), ("c", "b"), "u", "", ("short history",), "2026-01-01"
    )
    assert from_case(case, {"a": 0}) is None
    assert kept_apart([SHIPPED, OF_CASE]) == {"k1"}


def test_interactions_give_a_users_last_step():
    assert [(e.id, e.history, e.answer) for e in from_interactions(CATALOG, 5)] == [("taken:u:2", ("a", "b"), ("c",))]


def test_what_is_written_is_read_again():
    text = write_exemplars([MINE, OF_CASE])
    assert json.loads(text.splitlines()[1]) == {"id": "case:k1", "history": ["a", "b"], "answer": ["c"]}
    assert read_exemplars(text.encode(), CATALOG, shipped=frozenset(["s1"]), name="f.jsonl") == (MINE, OF_CASE)


def test_a_file_with_problems_is_refused_with_all_of_them():
    lines = [
        '{"id": "x", "history": ["a"], "answer": ["zz"]}',
        "{broken",
        '{"id": "x", "description": "d", "answer": ["b"], "colour": "red"}',
        '{"id": "s1", "description": "d", "answer": ["b"]}',
    ]
    with pytest.raises(CatalogError) as found:
        read_exemplars("\n".join(lines).encode(), CATALOG, shipped=frozenset(["s1"]), name="mine.jsonl")
    said = str(found.value)
    assert "mine.jsonl, x, answer, line 1: no item 'zz' in this catalog" in said
    assert "mine.jsonl, line 2: not JSON" in said
    assert "unknown key 'colour'" in said
    assert "'x' is there twice, first in line 1" in said
    assert "the catalog itself ships 's1'" in said


def test_an_empty_or_garbled_file_says_so():
    for content, said in ((b"", "the file is empty"), (b"\xff\xfe\x00", "is not UTF-8")):
        with pytest.raises(CatalogError, match=said):
            read_exemplars(content, CATALOG, shipped=frozenset(), name="mine.jsonl")


def test_store_keeps_own_exemplars_by_catalog(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    store.save_exemplars("shop", [MINE, OF_CASE])
    store.save_exemplars("shop", [Exemplar("mine", "other", answer=("a",))])
    store.save_exemplars("movies", [MINE])
    assert store.own_exemplars("shop") == (OF_CASE, Exemplar("mine", "other", answer=("a",)))
    store.delete_exemplars("shop", ["mine", "gone"])
    assert (store.own_exemplars("shop"), store.own_exemplars("movies")) == ((OF_CASE,), (MINE,))
    store.close()


def test_exemplars_move_to_a_catalogs_new_name(database_url):
    store = Store(database_url)
    store.save_exemplars("shop", [MINE, OF_CASE])
    store.save_exemplars("stall", [Exemplar("mine", "other", answer=("a",))])
    store.move_exemplars("shop", "stall")
    assert store.own_exemplars("shop") == ()
    assert store.own_exemplars("stall") == (OF_CASE, MINE)
    store.close()
