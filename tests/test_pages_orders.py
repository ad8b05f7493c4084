"""Several orders on the page Compare: set beside the method, told with the list, and named among what differs."""

import pytest
from pages import column, finished, opened, said, save_draft, served, table, variant
from pages import fruit as fruit_catalog

LISTED = "---\nmethod: likelihood\n---\n{% for m in candidates %}{{ m.title }}\n{% endfor %}Next:"


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit_catalog(folder)
        yield folder


def test_orders_are_set_beside_the_method_and_kept(fresh):
    save_draft(variant("A", LISTED))
    at = opened()
    at.number_input(key="A.orders").set_value(4).run()
    assert not at.exception
    assert "4 times" in said(at.caption)
    assert opened().number_input(key="A.orders").value == 4


def test_orders_are_told_with_the_list_and_among_the_settings_that_differ(fresh):
    save_draft(variant("A", LISTED), variant("B", LISTED, orders=3))
    at = opened()
    at.button(key="run").click().run()
    at = finished(at)
    assert not at.exception
    assert "the mean of 3 orders; an item's rank varies by ±" in said(at.caption)
    # The model that answers as told doesn't mind the order: every item keeps its rank.
    assert set(column(at, "Ranked list B", "spread")) == {0.0}
    at.get_by_key("details.view").set_value("Settings that differ").run()
    assert table(at, "Settings that differ").set_index("setting").loc["orders"].tolist() == ["1", "3"]
