"""Numbers of a catalog, small enough to draw: computed by hand here."""

import io
import zipfile

import numpy
import pytest
from catalog_files import write_fruit
from small_shop import shop

from workbench.catalogs import load_catalog, statistics
from workbench.catalogs.item_table import ItemTable
from workbench.catalogs.keeping import check_name, rename, zipped
from workbench.catalogs.overview import overview
from workbench.errors import CatalogError


def test_whole_numbers_get_a_bin_each_and_many_of_them_share():
    found = statistics.histogram(numpy.array([1999.0, 2001.0, 2001.0]), whole=True)
    assert [(b.low, b.count) for b in found] == [(1999, 1), (2000, 0), (2001, 2)]
    many = statistics.histogram(numpy.arange(1000.0), whole=True)
    assert [b.count for b in many] == [25] * 40
    assert statistics.histogram(numpy.array([])) == ()


@pytest.mark.parametrize("numbers", [[3.0], [1.5, 1.5], [0.1, 2.0, 7.25]])
def test_every_number_is_in_one_bin(numbers):
    found = statistics.histogram(numpy.array(numbers))
    assert sum(b.count for b in found) == len(numbers)


def test_the_tail_has_the_most_taken_first_and_says_what_the_head_holds():
    taken = [("u", "a"), ("v", "a"), ("w", "a"), ("u", "b")]
    tail = statistics.popularity_tail(shop(taken, a="A", b="B", c="C"))
    assert tail.points == ((1, 3), (2, 1))
    assert (tail.head, tail.untaken) == (0.75, 1)
    assert statistics.popularity_tail(shop(a="A")) == statistics.Tail((), 0.0, 1)


def test_users_months_and_segments_are_counted(tmp_path):
    catalog = load_catalog(write_fruit(tmp_path))
    assert statistics.user_lengths(catalog).tolist() == [2]
    assert statistics.by_month(catalog) == (("2026-03", 2),)
    assert statistics.history_lengths(catalog).tolist() == [1]
    assert statistics.segments(catalog).bars == (("short history", 1),)
    assert statistics.values(ItemTable(catalog), "tags").bars == (("red", 2), ("round", 1))


def test_an_overview_counts_without_reading_the_items(tmp_path):
    seen = overview(write_fruit(tmp_path))
    assert (seen.items, seen.cases, seen.exemplars, seen.interactions) == (3, 1, 1, 2)
    assert (seen.meta.language, seen.problems) == ("en", ())
    assert seen.bytes == sum(f.stat().st_size for f in (tmp_path / "fruit").iterdir())


def test_an_overview_of_a_broken_catalog_says_why(tmp_path):
    seen = overview(write_fruit(tmp_path, catalog_yaml="name: fruit\ntitel: Fruit\n"))
    assert seen.meta is None
    assert "unknown key 'titel'" in " ".join(map(str, seen.problems))
    assert seen.items == 3


def test_a_renamed_catalog_is_the_same_under_another_name(tmp_path):
    before = load_catalog(write_fruit(tmp_path))
    after = load_catalog(rename(tmp_path / "fruit", "fruits"))
    assert (after.items, after.cases, after.meta.name) == (before.items, before.cases, "fruits")
    assert not (tmp_path / "fruit").exists()


@pytest.mark.parametrize("name", ["Fruit", "", "-x", "../x", "fruit"])
def test_a_name_that_is_wrong_or_taken_is_refused(tmp_path, name):
    write_fruit(tmp_path)
    with pytest.raises(CatalogError):
        check_name(name, tmp_path)


def test_a_zip_of_a_catalog_unpacks_to_the_same_catalog(tmp_path):
    folder = write_fruit(tmp_path)
    zipfile.ZipFile(io.BytesIO(zipped(folder))).extractall(tmp_path / "other")
    assert load_catalog(tmp_path / "other" / "fruit").fingerprint == load_catalog(folder).fingerprint
