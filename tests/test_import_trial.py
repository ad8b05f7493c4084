"""The beginning of an import, the roles of columns, and the recognition of layouts."""

import pytest
from import_files import LAYOUTS, write_layout

from workbench.catalogs.importing import IMPORTERS
from workbench.catalogs.importing import trial as trials
from workbench.catalogs.importing.grid import SourceColumn, event_columns, event_options, item_columns, item_options
from workbench.catalogs.importing.mapping import map_attributes
from workbench.catalogs.importing.movielens import MovieLens
from workbench.catalogs.importing.recognising import recognise, suggested_name
from workbench.catalogs.importing.trial import run_trial
from workbench.errors import CatalogError


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_recognised(tmp_path, layout):
    kind = {"ml": "movielens", "goodbooks": "goodbooks", "mind": "mind", "table": "table"}
    wanted = "amazon-games" if layout == "amazon-games" else kind.get(layout.split("-")[0], "amazon-reviews")
    assert recognise(write_layout(tmp_path, layout), IMPORTERS) == wanted


def test_a_trial_reads_the_beginning_and_leaves_nothing(tmp_path, monkeypatch):
    place = write_layout(tmp_path, "ml-latest")
    whole = run_trial(MovieLens(), place)
    assert (whole.whole, len(whole.catalog.items), len(whole.catalog.interactions)) == (True, 2, 2)
    monkeypatch.setattr(trials, "ITEMS", 1)
    part = run_trial(MovieLens(), place)
    assert (part.whole, [i.title for i in part.catalog.items]) == (False, ["Toy Story"])
    assert part.summary.dropped == ()  # a rating of an item that was not read is no fault


def test_names_are_made_of_files():
    from pathlib import Path

    assert suggested_name(Path("/x/ML Latest_small.csv.gz")) == "ml-latest-small"
    assert suggested_name(Path("/x/目录")) == ""


def test_roles_are_guessed_by_name_then_by_value():
    rows = [{"ID": 1, "Title": "A", "n": "2", "x": "1.5", "on": "yes", "l": "a|b", "u": "https://x"}]
    assert [c.role for c in item_columns(rows)] == ["id", "title", "integer", "number", "boolean", "list", "ignored"]
    assert [c.role for c in event_columns([{"userId": 1, "movieId": 2, "timestamp": 3, "x": 4}])] == [
        *("user", "item", "time"),
        "ignored",
    ]


def test_roles_become_options_and_what_is_lacking_or_double_is_told():
    columns = [SourceColumn("a:b", (), "id"), SourceColumn("t", (), "title"), SourceColumn("x=y:z", (), "text")]
    assert item_options(columns) == {"id": "a:b", "title": "t", "attributes": ["x=y:z:text"]}
    assert item_options(columns[:2])["attributes"] == ["-"]
    with pytest.raises(CatalogError) as caught:
        item_options([*columns[1:], SourceColumn("t2", (), "title")])
    assert [p.what for p in caught.value.problems] == ["no column is the id", "2 columns are the title: t, t2"]
    assert event_options([SourceColumn("u", (), "user"), SourceColumn("i", (), "item")])["when"] == ""


def test_a_columns_own_name_may_hold_what_parts_names_and_types():
    sample = [{"x=y:z": "1", "plain": "2"}]
    assert map_attributes(["x=y:z:text"], sample, set()) == {"x_y_z": ("x=y:z", "text")}
    assert map_attributes(["x=y:z"], sample, set()) == {"x_y_z": ("x=y:z", "integer")}
    assert map_attributes(["year=plain:integer"], sample, set()) == {"year": ("plain", "integer")}
    assert map_attributes(["-"], sample, set()) == {}
