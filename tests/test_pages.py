"""The page Templates: with something to show, with nothing yet, and with something broken."""

import pytest
from pages import fruit, in_editor, opened, said, save_draft, served, stored_draft, variant

from conftest import ROOT
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


def test_a_template_reached_by_its_link_is_used_too(fresh):
    at = opened("templates", **{"templates.name": "few-shot"})
    assert at.subheader[0].value == "few-shot"
    at.button(key="templates.use.B").click().run()
    assert not at.exception  # Streamlit refuses to turn the page where a widget is bound to the address bar
    assert stored_draft().variants[1].template.name == "few-shot"
