"""A search whose cases fail: those of single cases count 0 and are told, those of the model end it."""

import pytest
import search_home
from search_home import begun, home, knowing, opened, searched, workshop_of

from workbench.engine.scripted import ScriptedEngine
from workbench.errors import ModelError
from workbench.search.folder import SearchError
from workbench.search.reading import read
from workbench.search.running import run_search

ONE = {"templates": ["voice.j2"], "budget": {"trials": 6}}


folder, workshop = search_home.folder, search_home.workshop


class Broken:
    """Answers so many questions, then none, until it is mended."""

    def __init__(self, error, after=0):
        self.left, self.error, self.mended = after, error, False

    def __call__(self, prompt, title):
        self.left -= 1
        if self.left < 0 and not self.mended:
            raise self.error
        return knowing(prompt, title)


def broken(workshop, logprob):
    return workshop_of(workshop.paths, workshop.store, logprob)


@pytest.mark.parametrize("error", [OSError("connection refused"), ModelError("the server is gone")])
@pytest.mark.parametrize("after", [0, 400])
def test_a_model_that_goes_away_ends_the_search_and_what_failed_is_asked_again(
    folder, workshop, tmp_path_factory, error, after
):
    logprob = Broken(error, after)
    failing = broken(workshop, logprob)
    found = begun(folder, failing)
    with pytest.raises(ModelError, match=str(error)):
        run_search(found, failing.store, failing)
    state = found.state()
    assert state.status == "failed"
    assert str(error) in state.problem
    assert state.confirmation is None
    logprob.mended = True
    resumed = run_search(found, failing.store, failing)
    whole = opened(home(tmp_path_factory.mktemp("whole")))
    other, expected = searched(whole.paths.data.parent, whole)
    whole.store.close()
    assert (resumed.status, resumed.problem) == ("done", "")
    assert told(found) == told(other)
    assert resumed.confirmation.confirmed == expected.confirmation.confirmed


def told(found):
    return [(t.state, t.answers, t.values, t.failures) for t in read(found).trials]


def test_a_trial_all_of_whose_cases_fail_unforeseen_ends_the_search_and_comes_again(folder, workshop):
    logprob = Broken(RuntimeError("the card is gone"), 5 * 20)
    failing = broken(workshop, logprob)
    found = begun(folder, failing, **ONE)
    with pytest.raises(SearchError, match=r"all 4 cases failed, the first with: .*the card is gone"):
        run_search(found, failing.store, failing)
    assert found.state().status == "failed"
    logprob.mended = True
    assert run_search(found, failing.store, failing).status == "done"
    assert not read(found).failures


def test_a_single_case_that_fails_counts_0_and_is_told_with_its_problem(folder, workshop):
    found = begun(folder, workshop, **ONE)
    odd = found.plan().search_ids[0].removeprefix("k")

    def but_one(prompt, title):
        if f"no. {odd}." in prompt:
            raise KeyError("odd")
        return knowing(prompt, title)

    failing = broken(workshop, but_one)
    assert run_search(found, failing.store, failing).status == "done"
    reading = read(found)
    assert {row["failed cases"] for row in reading.table()} == {1}
    assert "KeyError" in reading.table()[0]["first problem"]
    assert f"cases of {len(reading.trials)} trials failed and count 0, the first with: " in reading.failures


def test_a_confirmation_with_failures_says_so(folder, workshop):
    found = begun(folder, workshop, **ONE)
    odd = found.plan().confirm_ids[0].removeprefix("k")

    def but_one(prompt, title):
        if f"no. {odd}." in prompt:
            raise KeyError("odd")
        return knowing(prompt, title)

    failing = broken(workshop, but_one)
    state = run_search(found, failing.store, failing)
    assert state.confirmation.failures > 0
    assert "results of the confirmation failed and count 0" in state.confirmation.lines("nDCG@3")[-1]


def test_a_template_that_fails_on_every_case_is_no_default_to_be_better_than(folder, workshop):
    (folder / "voice.j2").write_text((folder / "voice.j2").read_text() + "{{ 1 // 0 if user.description }}")

    found = begun(folder, workshop, **ONE)
    with pytest.raises(SearchError, match="voice as it ships: all 4 cases failed"):
        run_search(found, workshop.store, workshop)
    assert found.state().status == "failed"


def test_prompts_too_long_for_the_window_end_no_search_while_one_template_fits(folder, workshop):
    (folder / "voice.j2").write_text((folder / "voice.j2").read_text().replace("In a", "long " * 60 + "In a"))
    narrow = workshop_of(workshop.paths, workshop.store)
    narrow.scripted = ScriptedEngine(knowing, context_window=60)
    found, state = searched(folder, narrow, budget={"trials": 3})
    assert state.status == "done"
    default = next(r for r in read(found).table() if r["what"] == "voice, as it ships")
    assert (default["score"], default["failed cases"]) == (0.0, default["cases"])
    assert "the window has 60" in default["first problem"]
