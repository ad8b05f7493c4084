"""Real layouts come in as catalogs that load; what is wrong is told and counted; what is stopped leaves nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from import_files import LAYOUTS, write_layout

from workbench.catalogs import find_catalogs, load_catalog, load_qrels
from workbench.catalogs.importing import IMPORTERS, import_catalog
from workbench.catalogs.placing import placed
from workbench.errors import Cancelled, CatalogError
from workbench.records import Interaction

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
LATER = "2000-07-30T18:45:03"


def imported(kind, place, home, *, replace=False, **options):
    importer = IMPORTERS[kind](**options)
    summary = import_catalog(importer, place, home, "mine", importer.about, replace=replace)
    return summary, load_catalog(home / "mine")


@pytest.mark.parametrize(
    ("layout", "kind", "first", "interactions"),
    [
        ("ml-latest", "movielens", ("1", "Toy Story", {"year": 1995, "genres": ("Animation", "Comedy")}), 2),
        ("ml-1m", "movielens", ("1", "Toy Story", {"year": 1995, "genres": ("Animation", "Comedy")}), 2),
        ("ml-100k", "movielens", ("1", "Toy Story", {"year": 1995, "genres": ("Animation", "Comedy")}), 1),
        (
            "amazon-2014",
            "amazon-reviews",
            ("B1", "It's", {"brand": "X", "categories": ("Games", "PC"), "price": 9.5}),
            1,
        ),
        ("amazon-2018", "amazon-reviews", ("B1", "It", {"brand": "X", "categories": ("Games",), "price": 1009.5}), 1),
        ("amazon-2023", "amazon-reviews", ("B1", "It", {"brand": "X", "categories": ("Games",), "price": None}), 1),
        ("table", "table", ("a", "Apple", {"year": 2001, "tags": ("x", "y")}), 1),
    ],
)
def test_a_layout_comes_in(tmp_path, layout, kind, first, interactions):
    summary, catalog = imported(kind, write_layout(tmp_path, layout), tmp_path / "home")
    item = catalog.items[0]
    assert (item.id, item.title, item.attributes) == first
    assert len(catalog.interactions) == interactions == summary.kept["interactions"]
    assert catalog.interactions[0] == Interaction("7", first[0], LATER, 4.0)
    assert summary.dropped == ()


def test_articles_move_to_the_front_and_letters_of_latin_1_are_read(tmp_path):
    _, latest = imported("movielens", write_layout(tmp_path, "ml-latest"), tmp_path / "home")
    assert [item.title for item in latest.items] == ["Toy Story", "The Matrix"]
    _, old = imported("movielens", write_layout(tmp_path, "ml-1m"), tmp_path / "home", replace=True)
    assert old.items[1].title == "La Cité"


def test_goodbooks_have_no_times_and_a_wrong_number_is_left_empty_and_counted(tmp_path):
    summary, catalog = imported("goodbooks", write_layout(tmp_path, "goodbooks"), tmp_path / "home")
    assert catalog.items[0].attributes["authors"] == ("A. One", "B. Two")
    assert catalog.items[0].attributes["year"] == 2008
    assert catalog.items[1].attributes["average_rating"] is None
    assert list(catalog.interactions) == [Interaction("7", "1", "", 5.0)]
    assert [(d.kind, d.count) for d in summary.dropped] == [("cells", 1)]
    assert str(summary.problems[0]).startswith("cells, books.csv, line 3: average_rating is not of type number")


def test_impressions_of_mind_become_cases_and_clicks_interactions(tmp_path):
    _, catalog = imported("mind", write_layout(tmp_path, "mind"), tmp_path / "home")
    (case,) = catalog.cases
    assert (case.id, case.user, case.history, case.candidates) == ("i1", "U7", ("N1",), ("N2", "N3"))
    assert case.time == "2019-11-13T20:36:57"
    assert load_qrels(catalog.folder, catalog) == {"i1": {"N2": 1}}
    assert [(i.user, i.item) for i in catalog.interactions] == [("U7", "N2"), ("U8", "N2")]


def test_games_bring_their_cases(tmp_path):
    _, catalog = imported("amazon-games", write_layout(tmp_path, "amazon-games"), tmp_path / "home")
    assert catalog.items[0].title == "Phantasy I & II"
    assert catalog.cases[0].candidates == ("1", "2")
    assert load_qrels(catalog.folder, catalog) == {"9": {"2": 1}}
    assert {i.user for i in catalog.interactions} == {"other-5"}


def test_a_zip_and_parquet_are_read_as_folders_and_text(tmp_path):
    import pyarrow
    import pyarrow.parquet

    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as packed:
        for name, text in LAYOUTS["ml-latest"].items():
            packed.writestr(f"ml-latest/{name}", text)
    _, catalog = imported("movielens", tmp_path / "ml.zip", tmp_path / "home")
    assert len(catalog.interactions) == 2
    table = pyarrow.table({"sku": ["a"], "name": ["Apple"], "tags": [["x", "y"]], "sold": [True]})
    pyarrow.parquet.write_table(table, tmp_path / "shop.parquet")
    place = tmp_path / "shop.parquet"
    _, catalog = imported("table", place, tmp_path / "home", replace=True, id="sku", title="name")
    assert catalog.items[0].attributes == {"tags": ("x", "y"), "sold": True}


def test_columns_are_mapped_renamed_and_typed(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title,Year made,x\na,Apple,2001,1\n")
    _, catalog = imported("table", tmp_path, tmp_path / "home", attributes=("made=Year made:number",))
    assert catalog.items[0].attributes == {"made": 2001.0}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"id": "sku"}, "no column 'sku' for the id"),
        ({"attributes": ("colour",)}, "no column 'colour'"),
        ({"items_file": "nothing.csv"}, "no file like nothing.csv"),
    ],
)
def test_a_mapping_that_fits_no_file_is_told(tmp_path, options, said):
    (tmp_path / "items.csv").write_text("item_id,title\na,Apple\n")
    (tmp_path / "other.csv").write_text("a\n")
    with pytest.raises(CatalogError, match=said):
        imported("table", tmp_path, tmp_path / "home", **options)
    assert not find_catalogs([tmp_path / "home"])


def test_broken_rows_are_listed_with_their_lines_and_counted(tmp_path):
    place = write_layout(tmp_path, "ml-latest")
    with (place / "ratings.csv").open("ab") as file:
        file.write(b"7,1,good,964982703\n7,99,4,964982703\n,1,4,964982703\n7,1,4\n7,\xff,4,1\n7,1,4,soon\n")
    summary, catalog = imported("movielens", place, tmp_path / "home")
    assert len(catalog.interactions) == 2
    assert sum(d.count for d in summary.dropped) == 6
    assert sorted(p.line for p in summary.problems) == [4, 5, 6, 7, 8, 9]
    assert all("ratings.csv" in p.where for p in summary.problems)


def test_more_problems_than_are_listed_are_counted(tmp_path):
    place = write_layout(tmp_path, "ml-latest")
    (place / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "7,99,4,1\n" * 500)
    summary, _ = imported("movielens", place, tmp_path / "home")
    assert (len(summary.problems), summary.dropped[0].count) == (50, 500)


def shop_database(tmp_path):
    url = tmp_path / "shop.db"
    with sqlite3.connect(url) as database:
        database.execute("create table goods (id text, name text, price real)")
        database.execute("create table sales (who text, what text, at text)")
        database.execute("insert into goods values ('a', 'Apple', 1.5)")
        database.execute("insert into sales values ('7', 'a', '2026-03-01T10:00:00')")
    database.close()
    return f"sqlite:///{url}"


def test_a_database_is_read_by_two_queries(tmp_path):
    items = "select id as item_id, name as title, price from goods"
    sales = "select who as user_id, what as item_id, at as time from sales"
    url = shop_database(tmp_path)
    _, catalog = imported("sql", tmp_path, tmp_path / "home", url=url, items_query=items, interactions_query=sales)
    assert catalog.items[0].attributes == {"price": 1.5}
    assert list(catalog.interactions) == [Interaction("7", "a", "2026-03-01T10:00:00", None)]


@pytest.mark.parametrize("query", ["select nothing from nowhere", "delete from goods"])
def test_a_query_that_fails_or_would_write_is_told_and_changes_nothing(tmp_path, query):
    url = shop_database(tmp_path)
    with pytest.raises(CatalogError):
        imported("sql", tmp_path, tmp_path / "home", url=url, items_query=query)
    with sqlite3.connect(tmp_path / "shop.db") as database:
        assert database.execute("select count(*) from goods").fetchone() == (1,)
    database.close()


def test_a_password_is_in_no_message(tmp_path):
    url = "postgresql+psycopg://me:secret@127.0.0.1:1/none"
    with pytest.raises(CatalogError) as caught:
        imported("sql", tmp_path, tmp_path / "home", url=url, items_query="select 1")
    assert "secret" not in str(caught.value)


def test_a_name_that_is_taken_is_refused_and_what_is_there_stays(tmp_path):
    place = write_layout(tmp_path, "ml-latest")
    imported("movielens", place, tmp_path / "home")
    with pytest.raises(CatalogError, match="there is a catalog 'mine' already"):
        imported("movielens", place, tmp_path / "home")
    assert len(load_catalog(tmp_path / "home" / "mine").items) == 2


def test_an_import_that_is_cancelled_leaves_nothing(tmp_path):
    importer = IMPORTERS["movielens"]()
    place = write_layout(tmp_path, "ml-latest")
    with pytest.raises(Cancelled):
        import_catalog(importer, place, tmp_path / "home", "mine", importer.about, cancel=lambda: True)
    assert [p.name for p in (tmp_path / "home").iterdir()] == [".lock"]


def test_a_killed_import_leaves_no_catalog_and_the_next_one_clears_up(tmp_path):
    place, home = write_layout(tmp_path, "ml-latest"), tmp_path / "home"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from workbench.catalogs.importing import IMPORTERS, import_catalog\n"
        "importer = IMPORTERS['movielens']()\n"
        "def die(text, fraction):\n"
        "    if 'interactions' in text: os.kill(os.getpid(), signal.SIGKILL)\n"
        "import_catalog(importer, Path(sys.argv[1]), Path(sys.argv[2]), 'mine', importer.about, on_progress=die)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(place), str(home)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [p.suffix for p in home.iterdir() if p.is_dir()] == [".part"]
    assert find_catalogs([home]) == {}
    imported("movielens", place, home)
    assert [p.name for p in home.iterdir() if p.is_dir()] == ["mine"]


def test_one_killed_between_the_two_renames_has_its_old_catalog_back(tmp_path):
    imported("movielens", write_layout(tmp_path, "ml-latest"), tmp_path / "home")
    os.rename(tmp_path / "home" / "mine", tmp_path / "home" / ".mine.old")
    with placed(tmp_path / "home", "other") as part:
        (part / "x").write_text("")
    assert (tmp_path / "home" / "mine" / "catalog.yaml").is_file()


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("kind", "folder", "kept"),
    [
        ("movielens", "ml-latest-small", {"items": 9742, "interactions": 100_836}),
        ("goodbooks", "goodbooks-10k", {"items": 10_000, "interactions": 99}),
        ("amazon-games", "amazon-games", {"items": 16_859, "interactions": 387_647, "cases": 1000}),
    ],
)
def test_real_data_comes_in_whole(tmp_path, kind, folder, kept):
    summary, catalog = imported(kind, DATA / folder, tmp_path / "home")
    assert summary.kept == kept
    assert (len(catalog.items), len(catalog.interactions)) == (kept["items"], kept["interactions"])
