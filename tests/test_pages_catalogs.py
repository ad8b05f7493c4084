"""The page Catalogs: all of them, one of them, and what is broken."""

import json

import pytest
from catalog_files import META
from pages import ITEMS_ALONE, column, fruit, opened, said, served, stored_draft, table

from workbench.ui import bootstrap

RELATIONS = "item_id,relation,target\na1,grows_with,c1\na1,grows_with,e1\na1,colour,red\n"
TAKEN = "user_id,item_id,time\n" + "".join(
    f"u{u},{i}1,2026-0{n}-0{u}\n" for u in (1, 2, 3) for n, i in enumerate("abcd", 1)
)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        yield folder


def page(name="fruit", show=None):
    at = opened("catalogs", **{"catalogs.mode": "One catalog", "catalogs.name": name})
    assert not at.exception
    if show:
        at.get_by_key("catalogs.show").set_value(show).run()
        assert not at.exception
    return at


def test_all_catalogs_are_listed_with_what_is_in_them_ones_own_first(fresh):
    fruit(fresh)
    at = opened("catalogs")
    assert not at.exception
    rows = table(at, "All catalogs").set_index("name")
    assert rows.index[0] == "fruit"
    own, shipped = rows.loc["fruit"], rows.loc["movies"]
    assert (own["items"], own["cases"], own["exemplars"], own["interactions"], own["from"]) == (5, 2, 1, 2, "you")
    assert (own["domain"], own["language"], own["data"], own["licence"]) == ("e-commerce", "en", "hand-made", "CC0-1.0")
    assert (own["state"], own["index"], shipped["from"], shipped["data"]) == ("loads", "none", "shipped", "real")
    assert own["size"] > 100


def test_a_broken_catalog_hides_no_other_and_tells_every_problem_with_its_place(fresh):
    items = "item_id,title,year,price,ripe,tags\na1,Apple,soon,,,\na1,Banana,1999,,,\n"
    fruit(fresh, items_csv=items, **ITEMS_ALONE)
    (fresh / "data" / "catalogs" / "lost").mkdir()
    at = opened("catalogs")
    assert not at.exception
    assert column(at, "All catalogs", "state")[:3] == ["broken", "broken", "loads"]
    assert "**fruit** does not load: 2 problems" in said(at.error)
    problems = [frame.value for frame in at.dataframe if frame.proto.alt == "Problems"]
    assert problems[0][["file", "line", "place"]].values.tolist() == [
        ["items.csv", 2, "column year"],
        ["items.csv", 3, "column item_id"],
    ]
    assert problems[1]["what is wrong"].tolist() == ["the file is missing"]
    at = page()
    assert "This catalog does not load: 2 problems" in said(at.error)
    assert at.button(key="catalogs.delete")


def choose(at, row):
    at.session_state["catalogs.table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return at.run()


def test_a_catalog_is_opened_and_its_index_built_from_the_list(fresh):
    fruit(fresh)
    at = choose(opened("catalogs"), 0)
    at.button(key="catalogs.index").click().run()
    assert not at.exception
    bootstrap.tasks("index").latest.wait()
    at = choose(at, 0)
    assert column(at, "All catalogs", "index")[0] == "built"
    assert at.button(key="catalogs.index").disabled
    at.button(key="catalogs.open").click().run()
    assert not at.exception
    assert at.selectbox(key="catalogs.name").value == "fruit"


def test_items_are_searched_filtered_and_sorted(fresh):
    fruit(fresh)
    at = page()
    assert {m.label: m.value for m in at.metric}["Interactions"] == "2"
    assert column(at, "Items of the catalog", "title") == ["Apple", "Banana", "Cherry", "Date", "Elderberry"]
    at.get_by_key("catalogs.search").set_value("ERRY").run()
    assert column(at, "Items of the catalog", "title") == ["Cherry", "Elderberry"]
    assert "1 to 2 of 2 found among 5" in said(at.caption)
    at.get_by_key("catalogs.search").set_value("").run()
    at.get_by_key("catalogs.filter.fruit.tags").set_value(["red"]).run()
    at.get_by_key("catalogs.sort.fruit").set_value("year").run()
    assert column(at, "Items of the catalog", "id") == ["c1", "a1"]
    at.get_by_key("catalogs.filter.fruit.year").set_value((2000, 2001)).run()
    assert column(at, "Items of the catalog", "id") == ["a1"]
    assert at.code[0].value == "year in 2000..2001\ntags = red"
    at.get_by_key("catalogs.search").set_value("zebra").run()
    assert "No item is like that" in said(at.info)
    assert not at.exception


def test_only_one_page_of_many_items_is_sent(fresh):
    rows = "".join(f"i{n},Item {n},,,,\n" for n in range(120))
    fruit(fresh, items_csv="item_id,title,year,price,ripe,tags\n" + rows, **ITEMS_ALONE)
    at = page()
    assert len(column(at, "Items of the catalog", "id")) == 50
    assert "1 to 50 of 120 found among 120" in said(at.caption)


def test_an_items_card_leads_to_its_neighbours(fresh):
    meta = META + "relations: {grows_with: items, colour: values}\n"
    folder = fruit(fresh, catalog_yaml=meta)
    (folder / "relations.csv").write_text(RELATIONS)
    at = page()
    at.session_state["catalogs.item"] = "a1"
    at.run()
    assert column(at, "Attributes of the item", "value")[:2] == ["a1", "2001"]
    assert [b.label for b in at.button if b.key.startswith("neighbour.")] == ["Cherry", "Elderberry"]
    at.button(key="neighbour.a1.grows_with.0").click().run()
    assert not at.exception
    assert column(at, "Attributes of the item", "value")[0] == "c1"


def test_cases_are_searched_and_looked_at_and_opened_in_compare(fresh):
    fruit(fresh)
    at = page(show="Cases")
    assert column(at, "Cases of the catalog", "known") == ["red", "sweet and small"]
    assert column(at, "Cases of the catalog", "relevant") == [2, 0]
    at.get_by_key("catalogs.segments.fruit").set_value(["description only"]).run()
    assert column(at, "Cases of the catalog", "id") == ["k2"]
    at.get_by_key("catalogs.segments.fruit").set_value([]).run()
    at.get_by_key("catalogs.cases.search").set_value("BANANA").run()
    assert column(at, "Cases of the catalog", "id") == ["k1"]
    at.session_state["catalogs.cases.fruit.1.1"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    assert column(at, "Relevant items", "title") == ["Cherry", "Elderberry"]
    assert column(at, "History", "title") == ["Banana"]
    at.button(key="catalogs.case.open").click().run()
    assert not at.exception
    assert (stored_draft().catalog, stored_draft().case_id) == ("fruit", "k1")


def test_cases_are_built_later_and_the_steps_lead_on(fresh):
    fruit(fresh, **{**ITEMS_ALONE, "interactions_csv": TAKEN})
    at = page()
    assert "From items to a first list" in said(at.markdown)
    at.button(key="next.cases").click().run()
    at.get_by_key("cases.fruit.min_history").set_value(2)
    at.get_by_key("cases.fruit.negatives").set_value(1)
    at.button(key="FormSubmitter:cases.fruit-Build cases").click().run()
    bootstrap.tasks("cases").latest.wait()
    at.run()
    assert not at.exception
    assert "3 cases and 0 exemplars are in fruit" in said(at.success)
    assert not [line for box in at.expander for line in box.success]  # a closed box would hide it
    assert len(column(at, "Cases of the catalog", "id")) == 3
    at.button(key="next.compare").click().run()
    assert stored_draft().catalog == "fruit"


def test_a_catalog_that_does_not_load_for_a_while_is_gone_on_with_where_one_was(fresh):
    folder = fruit(fresh)
    at = page(show="Cases")
    (folder / "catalog.yaml").rename(folder / "away")
    at.run()
    assert "This catalog does not load" in said(at.error)
    (folder / "away").rename(folder / "catalog.yaml")
    at.run()
    assert at.get_by_key("catalogs.show").value == "Cases"


def test_cases_that_cannot_be_built_say_why(fresh):
    fruit(fresh, **{**ITEMS_ALONE, "interactions_csv": TAKEN})
    at = page(show="Cases")
    at.get_by_key("cases.fruit.min_history").set_value(20)
    at.button(key="FormSubmitter:cases.fruit-Build cases").click().run()
    bootstrap.tasks("cases").latest.wait()
    at.run()
    assert "Cases of fruit: 1 problem" in said(at.error)
    assert column(at, "Problems", "what is wrong") == ["no user gives a case"]
    at.button(key="cases.task.forget").click().run()
    assert not at.error


def test_handwritten_cases_stay_and_a_copy_gets_the_built_ones(fresh):
    fruit(fresh, interactions_csv=TAKEN)
    at = page(show="Cases")
    at.get_by_key("cases.fruit.min_history").set_value(2)
    at.get_by_key("cases.fruit.negatives").set_value(1)
    assert at.get_by_key("cases.fruit.to").value == "fruit-cases"
    at.button(key="FormSubmitter:cases.fruit-Build cases").click().run()
    bootstrap.tasks("cases").latest.wait()
    at.run()
    assert "are in fruit-cases" in said(at.success)
    assert [case.id for case in bootstrap.shared().workshop.catalog("fruit").cases] == ["k1", "k2"]


def test_a_catalog_of_items_alone_is_drawn_with_what_it_lacks(fresh):
    fruit(fresh, **ITEMS_ALONE)
    at = page(show="Cases")
    assert "this catalog has none" in said(at.info)
    at = page(show="Statistics")
    assert "Items per year" in said(at.markdown)
    assert "Popularity" not in said(at.markdown)


def test_statistics_are_drawn_for_all_there_is(fresh):
    fruit(fresh, interactions_csv=TAKEN)
    at = page(show="Statistics")
    titles = [line for line in said(at.markdown).splitlines() if line.startswith("**")]
    for title in ("Items per year", "Items by tags", "Popularity", "Interactions of each user", "Cases by segment"):
        assert f"**{title}**" in titles


def test_the_index_is_shown_by_embedder_and_built_behind_the_page(fresh):
    fruit(fresh)
    at = page(show="Index")
    assert column(at, "Indexes of the catalog", "state") == ["none"]
    at.button(key="catalogs.index.by").click().run()
    bootstrap.tasks("index").latest.wait()
    at.run()
    assert not at.exception
    assert column(at, "Indexes of the catalog", "state") == ["built"]
    items = fresh / "data" / "catalogs" / "fruit" / "items.csv"
    items.write_text(items.read_text() + "f1,Fig,,,,\n")
    at.run()
    assert column(at, "Indexes of the catalog", "state") == ["5 of 6"]
    assert at.button(key="catalogs.index.by").label == "Bring up to date"


def test_an_index_that_cannot_be_built_says_what_to_do(fresh, monkeypatch):
    from pages import ScriptedWorkshop

    from workbench.errors import ModelError, Problem

    def refuse(self, name):
        raise ModelError(Problem("no such embedder", "embedder", "name another"))

    monkeypatch.setattr(ScriptedWorkshop, "embedder", refuse)
    fruit(fresh)
    at = page(show="Index")
    at.button(key="catalogs.index.by").click().run()
    bootstrap.tasks("index").latest.wait()
    at.run()
    assert column(at, "Problems", "what to do") == ["name another"]


def test_ones_own_catalog_is_renamed_with_its_exemplars(fresh):
    fruit(fresh)
    at = page(show="Manage")
    at.button(key="catalogs.rename").click().run()
    at.get_by_key("catalogs.rename.name").set_value("Fruits!").run()
    at.button(key="catalogs.rename.yes").click().run()
    assert "found 'Fruits!'" in json.dumps(column(at, "Problems", "what is wrong"))
    at.get_by_key("catalogs.rename.name").set_value("fruits").run()
    at.button(key="catalogs.rename.yes").click().run()
    assert not at.exception
    assert "fruit is called fruits now" in said(at.success)
    assert "fruits" in bootstrap.shared().workshop.catalog_folders()


def test_ones_own_catalog_is_deleted_only_after_its_name_is_typed(fresh):
    fruit(fresh)
    at = page(show="Manage")
    at.button(key="catalogs.delete").click().run()
    assert at.button(key="catalogs.delete.yes").disabled
    at.get_by_key("catalogs.delete.name").set_value("fruit").run()
    at.button(key="catalogs.delete.yes").click().run()
    assert not at.exception
    assert "fruit is deleted" in said(at.success)
    assert "fruit" not in column(at, "All catalogs", "name")


def test_a_shipped_catalog_is_exported_and_nothing_else(fresh):
    at = page("movies", show="Manage")
    assert "can't be renamed or deleted" in said(at.caption)
    assert not [b for b in at.button if b.key in ("catalogs.rename", "catalogs.delete")]
