import pytest

from workbench.store.errors import StoreError
from workbench.store.store import Store


@pytest.fixture
def store(database_url):
    store = Store(database_url)
    yield store
    store.close()


def test_versions_count_from_one_for_each_name(store):
    assert store.save_template("a", "one").number == 1
    assert store.save_template("a", "two", note="shorter").number == 2
    assert store.save_template("b", "one").number == 1
    assert [(v.number, v.template.source, v.note) for v in store.template_versions("a")] == [
        (2, "two", "shorter"),
        (1, "one", ""),
    ]


def test_saving_unchanged_text_returns_the_last_version(store):
    first = store.save_template("a", "one", includes={"m.j2": "macro"}, note="first")
    assert store.save_template("a", "one", includes={"m.j2": "macro"}, note="again") == first
    assert len(store.template_versions("a")) == 1


def test_a_changed_include_makes_a_new_version(store):
    store.save_template("a", "one", includes={"m.j2": "macro"})
    assert store.save_template("a", "one", includes={"m.j2": "other"}).number == 2


def test_restoring_an_old_text_makes_a_new_version(store):
    store.save_template("a", "one")
    store.save_template("a", "two")
    assert store.save_template("a", "one", note="restored").number == 3
    assert store.template_version("a", 1).note == ""


def test_templates_lists_the_last_version_of_each_by_name(store):
    for name, source in [("b", "b1"), ("a", "a1"), ("a", "a2")]:
        store.save_template(name, source)
    assert [(v.name, v.number, v.template.source) for v in store.templates()] == [("a", 2, "a2"), ("b", 1, "b1")]


def test_an_unknown_version_is_an_error(store):
    store.save_template("a", "one")
    with pytest.raises(StoreError, match="no version 2 of template 'a'"):
        store.template_version("a", 2)
    assert store.template_versions("never saved") == ()
