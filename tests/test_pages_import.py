"""The import wizard: from files to a catalog, step by step, with what is wrong shown before anything is done."""

import pytest
from import_files import write_layout
from pages import column, fruit, opened, said, served, table

from workbench.ui import bootstrap

PRODUCTS = """\
sku,name,price,tags,picture
p1,Cup,3.5,red|round,http://x/1
p2,Plate,cheap,,http://x/2
p1,Cup again,2,,http://x/3
"""
ORDERS = (
    "customer_id,sku,date\n" + "".join(f"c{n},p{1 + n % 2},2026-01-0{n}\n" for n in range(1, 5)) + "c9,p7,2026-01-09\n"
)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        yield folder


def wizard(path=None):
    at = opened("catalogs").get_by_key("catalogs.mode").set_value("Import").run()
    if path is None:
        return at
    at = at.get_by_key("import.how").set_value("Path on the server").run()
    at = at.text_input(key="import.path").set_value(str(path)).run()
    assert not at.exception
    return at


def shop(folder):
    place = folder / "My shop"
    place.mkdir()
    (place / "products.csv").write_text(PRODUCTS)
    (place / "orders.csv").write_text(ORDERS)
    return place


def run_import(at):
    at.button(key="FormSubmitter:import.about-Import").click().run()
    bootstrap.tasks("import").latest.wait()
    at.run()
    assert not at.exception
    return at


def test_with_nothing_given_it_asks_for_files_and_says_which(fresh):
    at = wizard()
    assert not at.exception
    assert "Give the files" in said(at.info)
    assert "**movielens**: MovieLens ratings" in said(at.markdown)


def test_a_layout_is_recognised_previewed_and_imported(fresh, tmp_path):
    at = wizard(write_layout(tmp_path, "ml-latest"))
    assert at.selectbox[0].value == "movielens"
    assert column(at, "The first items", "title") == ["Toy Story", "The Matrix"]
    assert column(at, "The first items", "how a prompt describes it")[0] == "Toy Story (1995): Animation, Comedy."
    assert column(at, "The first interactions", "title") == ["Toy Story", "The Matrix"]
    assert at.text_input(key="import.name").value == "ml-latest"
    at.text_input(key="import.name").set_value("films")
    run_import(at)
    assert "films: kept 2 items, 2 interactions" in said(at.success)
    assert "Nothing was left out" in said(at.caption)
    assert "films" in bootstrap.shared().workshop.catalog_folders()


def test_uploaded_files_are_read_like_a_folder(fresh):
    at = wizard()
    files = [("products.csv", PRODUCTS.encode(), "text/csv"), ("orders.csv", ORDERS.encode(), "text/csv")]
    at.file_uploader(key="import.files").set_value(files).run()
    assert not at.exception
    assert column(at, "The first items", "title") == ["Cup", "Plate"]
    assert len(column(at, "The first interactions", "user")) == 4


def test_any_tables_columns_are_a_grid_with_guessed_roles(fresh, tmp_path):
    at = wizard(shop(tmp_path))
    assert at.selectbox[0].value == "table"
    items, events = [frame.value for frame in at.dataframe if frame.proto.alt == "Columns and what they become"]
    assert dict(zip(items["source column"], items["becomes"], strict=True)) == {
        "sku": "id",
        "name": "title",
        "price": "text",  # "cheap" is no number
        "tags": "list",
        "picture": "ignored",
    }
    assert events["becomes"].tolist() == ["user", "item", "time"]
    assert items["samples"].tolist()[0] == "p1 · p2"
    assert column(at, "The first items", "title") == ["Cup", "Plate"]


def test_what_is_wrong_is_shown_before_the_import_and_after(fresh, tmp_path):
    at = wizard(shop(tmp_path))
    assert column(at, "What was left out", "why") == ["the id is there twice", "its item is not among those kept"]
    assert column(at, "Problems", "line") == [4, 6]
    at = run_import(at)
    assert "my-shop: kept 2 items, 4 interactions" in said(at.success)
    assert column(at, "What was left out", "how many") == [1, 1]


def test_a_role_changed_in_the_grid_changes_what_comes_out(fresh, tmp_path):
    place = shop(tmp_path)
    at = wizard(place)
    at.session_state[f"import.grid.{place}.products.csv"] = {
        "edited_rows": {2: {"becomes": "number"}, 3: {"becomes": "ignored"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    assert not at.exception
    assert list(table(at, "The first items").columns) == ["id", "title", "price", "how a prompt describes it"]
    assert "price is not of type number, left empty" in column(at, "What was left out", "why")


def test_a_grid_without_an_id_says_so_and_imports_nothing(fresh, tmp_path):
    place = tmp_path / "things"
    place.mkdir()
    (place / "things.csv").write_text("code,label\na,Apple\n")
    at = wizard(place)
    assert column(at, "Problems", "what is wrong") == ["no column is the id", "no column is the title"]
    assert not [b for b in at.button if b.label == "Import"]


def test_files_of_another_layout_are_told_with_what_is_there(fresh, tmp_path):
    at = wizard(write_layout(tmp_path, "mind"))
    assert at.selectbox[0].value == "mind"
    at.selectbox[0].set_value("movielens").run()
    assert not at.exception
    assert column(at, "Problems", "what is wrong") == ["no file like movies.csv or movies.dat or u.item"]


def test_a_place_with_nothing_is_told(fresh):
    at = wizard("/nowhere/at/all")
    assert column(at, "Problems", "what is wrong") == ["there is no /nowhere/at/all"]


def test_a_name_that_is_taken_is_told_and_can_be_replaced(fresh, tmp_path):
    fruit(fresh)
    at = wizard(write_layout(tmp_path, "ml-latest"))
    at.text_input(key="import.name").set_value("fruit")
    at.button(key="FormSubmitter:import.about-Import").click().run()
    assert column(at, "Problems", "what is wrong") == ["there is a catalog 'fruit' already"]
    at.checkbox(key="import.replace").check()
    at = run_import(at)
    assert "fruit: kept 2 items" in said(at.success)


def test_the_steps_lead_from_the_import_to_a_comparison(fresh, tmp_path):
    at = wizard(write_layout(tmp_path, "ml-latest"))
    at = run_import(at)
    at.button(key="next.index").click().run()
    bootstrap.tasks("index").latest.wait()
    at.run()
    assert ":material/check: **Index**" in said(at.markdown)
    at.button(key="next.cases").click().run()
    assert not at.exception
    assert at.selectbox(key="catalogs.name").value == "ml-latest"
    assert at.get_by_key("cases.ml-latest.min_history").value == 3


def test_an_import_that_fails_is_told_until_it_is_put_away(fresh, tmp_path, monkeypatch):
    from workbench.errors import CatalogError, Problem
    from workbench.ui.parts import catalog_import

    def refuse(*given, **more):
        raise CatalogError(Problem("the disk is full", "my disk"))

    at = wizard(write_layout(tmp_path, "ml-latest"))
    monkeypatch.setattr(catalog_import, "import_catalog", refuse)
    at = run_import(at)
    assert "Import of ml-latest: 1 problem" in said(at.error)
    at.button(key="import.task.forget").click().run()
    assert not at.error


def test_a_database_is_read_by_its_queries(fresh, tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.executescript("CREATE TABLE t (item_id, title, year); INSERT INTO t VALUES ('a', 'Apple', 2001)")
    at = wizard()
    at.get_by_key("import.how").set_value("Database").run()
    assert "Give the URL" in said(at.info)
    at.text_input(key="import.sql.url").set_value(f"sqlite:///{tmp_path / 'shop.db'}").run()
    at.text_area(key="import.sql.items_query").set_value("SELECT * FROM t").run()
    assert not at.exception
    assert column(at, "Columns and what they become", "becomes") == ["integer"]
    assert column(at, "The first items", "title") == ["Apple"]
    at.text_input(key="import.name").set_value("shop-of-mine")
    assert "shop-of-mine: kept 1 items" in said(run_import(at).success)
