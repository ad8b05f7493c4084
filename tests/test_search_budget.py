"""A search keeps to its budget, the confirmation included."""

from dataclasses import replace

import search_home
from search_home import begun, searched

from workbench.search.asking import Asker
from workbench.search.running import run_search
from workbench.search.spending import FEWEST

folder, workshop = search_home.folder, search_home.workshop


def test_a_budget_of_passes_is_kept_with_what_the_confirmation_takes(folder, workshop):
    _, state = searched(folder, workshop, budget={"passes": 200})
    assert state.status == "done"
    assert 100 < state.passes <= 200
    assert "budget is spent" in state.ended


def test_a_budget_of_minutes_is_kept(folder, workshop, monkeypatch):
    now = [0.0]
    answer = Asker.answer

    def slow(self, *args, **kwargs):
        now[0] += 1.0
        return replace(answer(self, *args, **kwargs), seconds=1.0)

    monkeypatch.setattr(Asker, "answer", slow)
    found = begun(folder, workshop, budget={"minutes": 3})
    state = run_search(found, workshop.store, workshop, now=lambda: now[0])
    assert state.status == "done"
    assert 90 < state.seconds <= 180


def test_a_budget_that_is_too_small_for_all_cases_kept_apart_confirms_on_some(folder, workshop):
    found, state = searched(folder, workshop, budget={"passes": 30}, templates=["plain.j2"])
    assert len(found.plan().confirm_ids) == 20
    assert state.confirmation.n == state.n_confirmed < 20
    assert state.passes <= 30
    assert "of the 20 cases kept apart" in state.ended


def test_a_confirmation_slower_than_expected_ends_with_the_budget(folder, workshop, monkeypatch):
    now = [0.0]
    answer = Asker.answer

    def slow(self, variant, case, **kwargs):
        now[0] += 2.0 if kwargs["keep"] else 1.0
        return replace(answer(self, variant, case, **kwargs), seconds=1.0)

    monkeypatch.setattr(Asker, "answer", slow)
    found = begun(folder, workshop, budget={"minutes": 3})
    state = run_search(found, workshop.store, workshop, now=lambda: now[0])
    assert FEWEST <= state.confirmation.n < 20
    assert state.seconds <= 180 + 2 * 2
    assert f"enough for {state.confirmation.n} of the 20 cases kept apart" in state.ended


def test_a_budget_that_is_hardly_any_ends_with_a_default(folder, workshop):
    _, state = searched(folder, workshop, budget={"passes": 1})
    assert state.status == "done"
    assert state.confirmation.verdict == ""
    assert "nothing was found that is better" in state.confirmation.words
