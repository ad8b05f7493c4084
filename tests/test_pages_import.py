"""The import wizard: with a folder, with nothing yet, and with files that fit no layout."""

import pytest
from import_files import write_layout
from pages import column, opened, said, served

from workbench.ui import bootstrap


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        yield folder


def wizard(path=None):
    at = opened("catalogs").get_by_key("catalogs.mode").set_value("Import").run()
    if path is None:
        return at
    at = at.get_by_key("import.how").set_value("Path on the server").run()
    return at.text_input(key="import.path").set_value(str(path)).run()


def test_with_nothing_given_it_asks_for_files(fresh):
    at = wizard()
    assert not at.exception
    assert "Give the files" in said(at.info)


def test_a_folder_is_previewed_and_imported(fresh, tmp_path):
    at = wizard(write_layout(tmp_path, "ml-latest"))
    assert not at.exception
    assert column(at, "The first items", "title") == ["Toy Story", "The Matrix"]
    at.text_input(key="import.name").set_value("films")
    next(b for b in at.button if b.label == "Import").click().run()
    bootstrap.imports().latest.wait()
    at.run()
    assert not at.exception
    assert "films: kept 2 items, 2 interactions" in said(at.success)
    assert "films" in bootstrap.shared().workshop.catalog_folders()


def test_files_of_another_layout_are_told_with_what_is_there(fresh, tmp_path):
    at = wizard(write_layout(tmp_path, "mind"))
    assert not at.exception
    assert "no file like movies.csv or movies.dat or u.item" in said(at.markdown)
