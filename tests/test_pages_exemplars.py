"""The page Exemplars, without a browser."""

import json

import pytest
from pages import column, fruit, opened, said, served

from workbench.ui import bootstrap

SHIPPED = [
    {"id": "x1", "description": "red ones", "answer": ["c1"], "tags": ["new"]},
    {"id": "x2", "history": ["a1"], "answer": ["d1"], "tags": ["old", "dry"]},
]
TAKEN = "user_id,item_id,time\n" + "".join(f"u{u},{i}1,2026-01-0{n}\n" for u in (1, 2) for n, i in enumerate("abc", 1))
TABLE = "Exemplars of the catalog"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        pool = "\n".join(json.dumps(e) for e in SHIPPED)
        fruit(folder, exemplars_jsonl=pool, interactions_csv=TAKEN)
        yield folder


def page():
    at = opened("exemplars")
    at.get_by_key("exemplars.catalog").set_value("fruit").run()
    assert not at.exception
    return at


def own():
    return [e.id for e in bootstrap.shared().store.own_exemplars("fruit")]


def way(at, name):
    at.get_by_key("exemplars.way").set_value(name).run()
    assert not at.exception
    return at


def test_pool_is_shown_searched_and_filtered(fresh):
    at = page()
    assert column(at, TABLE, "id") == ["x1", "x2"]
    assert column(at, TABLE, "answer") == ["Cherry", "Date"]
    at.get_by_key("exemplars.tags").set_value(["dry"]).run()
    assert column(at, TABLE, "id") == ["x2"]
    at.get_by_key("exemplars.tags").set_value([]).run()
    at.get_by_key("exemplars.text").set_value("CHERRY").run()
    assert column(at, TABLE, "id") == ["x1"]
    at.get_by_key("exemplars.text").set_value("zebra").run()
    assert "Nothing here" in said(at.info)
    assert not at.exception


def fill(at, **values):
    for name, value in values.items():
        at.get_by_key(f"exemplars.form.new.{name}").set_value(value)
    at.button(key="FormSubmitter:exemplars.form.new-Add").click().run()
    assert not at.exception
    return at


def test_an_exemplar_written_by_hand_joins_the_pool_and_the_catalog(fresh):
    at = fill(page(), id="mine", description="soft", answer=["b1"])
    assert "mine saved" in said(at.success)
    assert column(at, TABLE, "id") == ["x1", "x2", "mine"]
    assert column(at, TABLE, "from") == ["shipped", "shipped", "by hand"]
    assert bootstrap.shared().workshop.catalog("fruit").exemplar("mine").answer == ("b1",)


def test_a_form_that_is_wrong_says_all_that_is_wrong_and_keeps_nothing(fresh):
    at = fill(page(), id="x1")
    assert "answer: missing or empty" in said(at.error)
    assert "description: neither description nor history" in said(at.error)
    at = fill(page(), id="x1", description="soft", answer=["b1"])
    assert "ships 'x1'" in said(at.error)
    assert own() == []


def test_own_ones_are_edited_and_deleted_and_shipped_ones_copied(fresh):
    at = fill(page(), id="mine", description="soft", answer=["b1"])
    at.session_state["exemplars.table"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    at.run()
    if not at.button(key="exemplars.form.mine.delete"):
        pytest.fail("the chosen exemplar has no button to delete it")
    at.get_by_key("exemplars.form.mine.description").set_value("softer")
    at.button(key="FormSubmitter:exemplars.form.mine-Save").click().run()
    assert bootstrap.shared().store.own_exemplars("fruit")[0].description == "softer"
    at.session_state["exemplars.table"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    at.run()
    at.button(key="exemplars.form.mine.delete").click().run()
    assert own() == []


def test_cases_and_interactions_become_exemplars(fresh):
    at = way(page(), "From cases")
    assert at.get_by_key("exemplars.cases").options == ["k1: red"]  # k2's answer is not known
    at.get_by_key("exemplars.cases").set_value(["k1"]).run()
    at.button(key="exemplars.cases.add").click().run()
    assert own() == ["case:k1"]
    at = way(at, "From interactions")
    at.button(key="exemplars.users.add").click().run()
    assert own() == ["case:k1", "taken:u1:2", "taken:u2:2"]
    assert not at.exception


def test_a_file_is_taken_whole_or_not_at_all(fresh):
    at = way(page(), "From a file")
    bad = (
        b'{"id": "f1", "description": "d", "answer": ["zz"]}\n{"id": "f2", "description": "d", "answer": ["a1"]}\n{oops'
    )
    at.file_uploader(key="exemplars.file").set_value(("pool.jsonl", bad, "application/jsonl")).run()
    assert "Nothing was added: 2 problems" in said(at.error)
    assert "pool.jsonl, f1, answer, line 1: no item 'zz'" in said(at.markdown)
    good = b'{"id": "f2", "description": "d", "answer": ["a1"]}\n'
    at.file_uploader(key="exemplars.file").set_value(("pool.jsonl", good, "application/jsonl")).run()
    at.button(key="exemplars.file.add").click().run()
    assert own() == ["f2"]


def test_a_catalog_that_does_not_load_is_told_with_its_problems(fresh):
    (fresh / "data" / "catalogs" / "fruit" / "exemplars.jsonl").write_text('{"id": "x1"}')
    at = page()
    assert "does not load" in said(at.error)
    assert "answer" in said(at.markdown)
