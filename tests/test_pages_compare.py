"""The page Compare: what it shows before a run, what its widgets change, and what is kept."""

import pytest
from pages import column, finished, fruit, in_editor, opened, prompts, said, save_draft, served, stored_draft, variant

from workbench.store.draft import Typed
from workbench.ui import bootstrap
from workbench.variant import Choice
from workbench.workshop import Workshop


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        yield folder


def test_a_first_start_shows_two_variants_of_a_film_case_ready_to_run(fresh):
    at = opened()
    assert not at.exception
    assert not at.error
    assert at.selectbox(key="catalog").value == "movies"
    assert at.selectbox(key="case.id").value == "f17"
    assert at.selectbox(key="A.template").value == "zero-shot-history"
    assert at.selectbox(key="B.template").value == "few-shot"
    assert [text.count("Godfather") > 0 for text in prompts(at)] == [True, True]
    assert "Press **Run** to rank the candidates" in said(at.info)
    assert at.query_params["draft"] == stored_draft().id


def test_the_prompt_in_preview_is_the_template_filled_in(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    assert not at.exception
    assert prompts(at) == ["They liked Banana and say: red. Next:"]
    assert "**7** of 4,096 tokens" in said(at.caption)


def test_a_press_of_run_ranks_and_the_lists_appear(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    at.button(key="run").click().run()
    assert not at.exception
    at = finished(at)
    assert not at.exception
    # The scripted model finds Cherry likelier than Date, Date than Apple, and knows no Elderberry.
    assert column(at, "Ranked list A", "title") == ["Cherry", "Date", "Apple", "Elderberry"]
    assert at.query_params["comparison"] == stored_draft().comparison_id
    assert "Press **Run**" not in said(at.info)


def test_another_case_shows_another_prompt(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    at.selectbox(key="case.id").set_value("k2").run()
    assert not at.exception
    assert prompts(at) == ["They liked and say: sweet and small. Next:"]
    assert "**They say** “sweet and small”" in said(at.markdown)


def test_what_is_set_is_there_again_in_a_new_session(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    at.number_input(key="A.k").set_value(3).run()
    at.selectbox(key="A.retriever.name").set_value("bm25").run()
    at.button(key="add").click().run()
    at.selectbox(key="case.id").set_value("k2").run()
    assert not at.exception
    again = opened()
    assert not again.exception
    assert again.query_params["draft"] == "d1"
    assert again.selectbox(key="case.id").value == "k2"
    for label in "AB":
        assert again.number_input(key=f"{label}.k").value == 3
        assert again.selectbox(key=f"{label}.retriever.name").value == "bm25"


def test_what_is_set_is_there_again_after_another_page(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    at.number_input(key="A.seed").set_value(7).run().switch_page("app_pages/models.py").run()
    at.switch_page("app_pages/compare.py").run()
    assert not at.exception
    assert at.number_input(key="A.seed").value == 7


def test_an_edit_of_another_tab_is_in_the_editor_and_in_the_prompt(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    before = in_editor(at, "A.editor")["epoch"]
    store = bootstrap.shared().store
    store.save_draft(stored_draft().model_copy(update={"variants": (variant("A", "Just this:"),)}), 1)
    at.run()
    assert not at.exception
    shown = in_editor(at, "A.editor")
    assert (shown["text"], shown["epoch"]) == ("Just this:", before + 1)
    assert prompts(at) == ["Just this:"]


def test_four_variants_are_the_most_and_one_is_the_least(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    assert at.button(key="A.remove").disabled
    for _ in range(3):
        at.button(key="add").click().run()
    assert not at.exception
    assert at.button(key="add").disabled
    assert [v.label for v in stored_draft().variants] == ["A", "B", "C", "D"]
    at.button(key="B.remove").click().run()
    assert not at.exception
    assert [b.key for b in at.button if b.key.endswith(".remove")] == ["A.remove", "C.remove", "D.remove"]


def test_a_removed_baseline_hands_over_to_the_first_that_is_left(fresh):
    fruit(fresh)
    save_draft(variant("A"), variant("B"))
    at = opened()
    at.button(key="A.remove").click().run()
    assert not at.exception
    assert stored_draft().baseline == "B"
    assert at.button(key="B.baseline").disabled


def test_a_picked_template_brings_its_method_and_keeps_the_text_it_replaces(fresh):
    fruit(fresh)
    save_draft(variant("A", "a text of my own"))
    at = opened()
    at.selectbox(key="A.template").set_value("pointwise-yes-no").run()
    assert not at.exception
    assert next(s.value for s in at.selectbox if s.label == "Ranking method") == "pointwise"
    kept = bootstrap.shared().store.template_versions("plain")
    assert [v.template.source for v in kept] == ["a text of my own"]


def test_a_saved_version_is_named_and_its_text_is_known_as_saved(fresh):
    fruit(fresh)
    save_draft()
    at = opened()
    assert "Not saved as a version yet · every edit is kept" in said(at.caption)
    at.button(key="A.save").click().run()
    assert not at.exception
    # A dialog is open only for the run of the press that opens it, so all three are sent together.
    at.text_input(key="A.save.note").set_value("a start")
    at.button(key="A.save").click()
    at.button(key="A.save.go").click().run()
    assert not at.exception
    assert "Version 1 · every edit is kept" in said(at.caption)
    assert at.button(key="A.save").disabled
    assert [(v.number, v.note) for v in bootstrap.shared().store.template_versions("plain")] == [(1, "a start")]


def test_exemplars_picked_by_hand_are_in_the_prompt(fresh):
    fruit(fresh, exemplars_jsonl='{"id": "e2", "description": "tiny", "answer": ["d1"]}')
    text = "{% for e in exemplars %}{{ e.answer[0].title }} for {{ e.description }}. {% endfor %}Next:"
    save_draft(variant("A", text))
    at = opened()
    assert prompts(at) == ["Next:"]
    at.button(key="A.exemplars.open").click().run()
    assert not at.exception
    assert "1 of 1 exemplars of this catalog" in said(at.caption)
    at.button(key="A.exemplars.open").click()
    at.button(key="A.exemplar.add.e2").click().run()
    assert not at.exception
    assert prompts(at) == ["Date for tiny. Next:"]
    assert stored_draft().variants[0].exemplars == Choice(name="by_hand", options={"ids": ["e2"]})


def test_a_case_typed_by_hand_warns_of_titles_that_it_does_not_know(fresh):
    fruit(fresh)
    typed = Typed(description="something red", history_text="Apple\nBananna split")
    save_draft(use_typed=True, typed=typed)
    at = opened()
    assert not at.exception
    assert prompts(at) == ["They liked Apple and say: something red. Next:"]
    assert "Bananna split" in said(at.warning)
    at.text_area(key="typed.history_text").set_value("Apple\nCherry").run()
    assert not at.exception
    assert not at.warning
    assert prompts(at) == ["They liked Apple Cherry and say: something red. Next:"]


def test_a_catalog_without_cases_asks_for_one_typed_by_hand(fresh):
    fruit(fresh, cases_jsonl=None, qrels_csv=None)
    save_draft(case_id="")
    at = opened()
    assert not at.exception
    assert "This catalog has no cases: type one by hand." in said(at.info)
    assert "Nothing is known of this user yet" in said(at.markdown)


@pytest.fixture
def with_models(home, tmp_path, monkeypatch):
    """A home of this test alone: what it keeps in the store is not there for the tests that share `home`."""
    for made in [home / "data" / "models", *(home / "cache").glob("converted-*")]:
        link = tmp_path / made.relative_to(home)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(made)
    with served(tmp_path, monkeypatch, workshop=Workshop) as folder:
        yield folder


@pytest.mark.model
def test_the_embedded_models_rank_a_case(with_models):
    fruit(with_models)
    save_draft(variant("A", retriever=Choice(name="hybrid")))
    at = opened()
    at.button(key="run").click().run()
    at = finished(at)
    assert not at.exception
    assert said(at.error) == ""
    # All but the Banana of the history.
    assert sorted(column(at, "Ranked list A", "title")) == ["Apple", "Cherry", "Date", "Elderberry"]
