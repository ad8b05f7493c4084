"""The page Search: started, followed, stopped, resumed, read, and its winner taken to Compare."""

import pytest
from pages import ScriptedWorkshop, column, opened, said, save_draft, served, stored_draft
from search_home import SUM, TEXT, home, knowing

from workbench.engine.scripted import ScriptedEngine
from workbench.search.folder import searches
from workbench.search.winning import winner_of
from workbench.ui import bootstrap
from workbench.variant import Choice, TemplateSource, Variant


class Knowing(ScriptedWorkshop):
    scripted = ScriptedEngine(knowing)


def variant(label="A", text=TEXT):
    template = TemplateSource(name="voice", source=text)
    return Variant(label=label, template=template, retriever=Choice(name="popularity"), method=Choice(**SUM))


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch, workshop=Knowing) as place:
        home(place)
        save_draft(variant(), case_id="k1")
        yield place
        bootstrap.searching().shutdown()


def started(at, **values):
    for name, value in {"minutes": 0.5, "measure": "nDCG@5", **values}.items():
        at.get_by_key(f"search.{name}").set_value(value)
    at.get_by_key("search.go").click().run()
    return at


def finished(at):
    bootstrap.searching().wait()
    return at.run()


@pytest.fixture
def done(fresh):
    at = opened("search")
    started(at, cases=20, confirm=20)
    return finished(at)


def test_without_a_search_the_page_says_how_to_start_one(fresh):
    at = opened("search")
    assert not at.exception
    assert "No search yet" in said(at.info)
    assert at.get_by_key("search.templates").value == ["voice"]


def test_a_search_runs_in_the_background_and_shows_trials_verdict_and_winner(done):
    assert not done.exception
    (folder,) = searches(bootstrap.shared().paths.data)
    assert folder.state().status == "done"
    assert winner_of(folder).parameters["tone"] == "warm"
    assert "Better than the best shipped default, voice" in said(done.success)
    assert column(done, "Trials", "score")[0] == pytest.approx(folder.state().confirmation.searched)
    assert "voice, as it ships" in column(done, "Trials", "what")
    assert {m.label for m in done.metric} >= {"nDCG@5 in the search", "Optimism"}
    assert "done · " in said(done.caption)


def test_a_budget_of_passes_ends_the_search(fresh):
    finished(started(opened("search"), cases=20, confirm=20, passes=200))
    (folder,) = searches(bootstrap.shared().paths.data)
    assert "budget is spent" in folder.state().ended
    assert folder.state().passes <= 200


def test_the_winner_opens_in_compare(done):
    done.get_by_key("search.open").click().run()
    assert not done.exception
    variants = stored_draft().variants
    assert [v.label for v in variants] == ["A", "B"]
    assert variants[1].parameters["tone"] == "warm"


def test_compare_shows_the_parameters_as_widgets_and_keeps_what_is_set(done):
    done.get_by_key("search.open").click().run()
    at = opened("compare")
    assert not at.exception
    assert at.get_by_key("B.params.tone").value == "warm"
    at.get_by_key("A.params.tone").set_value("loud").run()
    assert stored_draft().variants[0].parameters == {"tone": "loud"}
    at.get_by_key("A.params.tone").set_value("cool").run()
    assert stored_draft().variants[0].parameters == {}


def test_a_value_of_a_parameter_that_is_gone_can_be_forgotten(fresh):
    store = bootstrap.shared().store
    saved = store.load_draft("d1")
    odd = variant().model_copy(update={"parameters": {"pitch": "high"}})
    store.save_draft(saved.draft.model_copy(update={"variants": (odd,)}), saved.revision)
    at = opened("compare")
    assert "unknown parameter 'pitch'" in said(at.error)
    at.get_by_key("A.params.pitch.forget").click().run()
    assert stored_draft().variants[0].parameters == {}


def test_a_search_that_was_stopped_goes_on(fresh, monkeypatch):
    at = opened("search")
    monkeypatch.setattr(bootstrap.searching(), "submit", lambda folder: None)
    started(at)
    (folder,) = searches(bootstrap.shared().paths.data)
    assert at.get_by_key("search.resume").label == "Resume"
    monkeypatch.undo()
    monkeypatch.setenv("WORKBENCH_HOME", str(fresh))
    with folder.lock():
        at.run()
        at.get_by_key("search.stop").click().run()
        assert folder.is_asked_to_stop
    at.run()
    at.get_by_key("search.resume").click().run()
    at = finished(at)
    assert folder.state().status == "done"
    assert not at.exception


def test_what_is_wrong_is_told_before_anything_runs(fresh):
    at = opened("search")
    started(at, find="nowhere to be found", replace="x")
    assert not at.exception
    assert "no template has the text" in said(at.error)
    assert not searches(bootstrap.shared().paths.data)


def test_an_unknown_link_shows_the_latest(done):
    at = opened("search", search="nowhere")
    assert not at.exception
    assert "nowhere" in said(at.warning)


def test_a_catalog_with_hardly_a_case_says_so(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as place:
        home(place, n=2)
        save_draft(variant(), case_id="k1")
        assert "too few to keep any apart" in said(opened("search").warning)
