"""Items by columns: searched, filtered, sorted, counted; filters that say the same as candidate rules."""

import pytest
from catalog_files import write_fruit
from hypothesis import given
from hypothesis import strategies as st

from workbench.catalogs import load_catalog
from workbench.catalogs.item_table import Between, Contains, ItemTable, Picked, as_rule
from workbench.retrieval.rules import leave_out, read_rules

ITEMS = """\
item_id,title,year,price,ripe,tags
a1,Apple,2001,1.5,yes,red|round
b1,Banana,,,no,
c1,Cherry,1999,3,,red
d1,Date,,,,
e1,Elderberry,,,,
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return ItemTable(load_catalog(write_fruit(tmp_path_factory.mktemp("c"), items_csv=ITEMS)))


def ids(table, rows):
    return [table.catalog.items[row].id for row in rows]


def test_text_is_found_in_titles_ids_and_sentences_whatever_its_case(table):
    assert ids(table, table.find("ERRY")) == ["c1", "e1"]
    assert ids(table, table.find("b1")) == ["b1"]
    assert ids(table, table.find("(1999)")) == ["c1"]  # no pattern, and of the sentence
    assert ids(table, table.find("zebra")) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Picked("tags", ("red",)), ["a1", "c1"]),
        (Picked("tags", ("round", "blue")), ["a1"]),
        (Picked("ripe", ("no",)), ["b1"]),
        (Between("year", 1999, 2000), ["c1"]),
        (Between("price", 1.5, 3), ["a1", "c1"]),
        (Contains("tags", "ROU"), ["a1"]),
    ],
)
def test_filters_keep_what_they_say_and_never_what_has_no_value(table, wanted, found):
    assert ids(table, table.find(filters=[wanted])) == found


def test_filters_and_text_are_all_met(table):
    assert ids(table, table.find("apple", [Picked("tags", ("red",)), Between("year", 2000, 2010)])) == ["a1"]
    assert ids(table, table.find("apple", [Picked("ripe", ("no",))])) == []


def test_items_are_sorted_with_those_without_a_value_last(table):
    assert ids(table, table.find(sort="year")) == ["c1", "a1", "b1", "d1", "e1"]
    assert ids(table, table.find(sort="year", descending=True)) == ["a1", "c1", "b1", "d1", "e1"]
    assert ids(table, table.find(sort="title", descending=True)) == ["e1", "d1", "c1", "b1", "a1"]
    assert table.sortable == ["title", "popularity", "year", "price", "ripe"]


def test_values_are_counted_the_most_frequent_first(table):
    assert table.counts("tags") == [("red", 2), ("round", 1)]
    assert table.counts("ripe") == [("no", 1), ("yes", 1)]
    assert table.numbers("year").tolist() == [2001, 1999]
    assert [table.filled(name) for name in ("year", "tags", "ripe")] == [2, 2, 2]


FILTERS = st.one_of(
    st.builds(Picked, st.just("tags"), st.lists(st.sampled_from(["red", "round"]), min_size=1, unique=True).map(tuple)),
    st.builds(Picked, st.just("ripe"), st.sampled_from([("yes",), ("no",)])),
    st.builds(Between, st.just("year"), st.just(1990), st.integers(1995, 2005)),
    st.builds(Contains, st.just("tags"), st.sampled_from(["re", "x"])),
)


@given(FILTERS)
def test_a_filter_as_a_rule_keeps_the_same_items(table, wanted):
    rule = as_rule(wanted, table.kinds[wanted.name])
    gone, _ = leave_out(read_rules([rule], table.catalog), table.catalog, frozenset())
    assert [i.id for i in table.catalog.items if i.id not in gone] == ids(table, table.find(filters=[wanted]))


def test_several_values_with_commas_can_be_no_rule():
    assert as_rule(Picked("brand", ("A, Inc",)), "text") == "brand = A, Inc"
    assert as_rule(Picked("brand", ("A, Inc", "B")), "text") == ""
