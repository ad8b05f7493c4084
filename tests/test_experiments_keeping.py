"""What is lost when a run is killed: of slow models nothing but the group at work, of fast ones one group at most."""

import fruit_experiments
import pytest
from fruit_experiments import begun

from workbench.experiments import running
from workbench.experiments.keeping import HOLD_SECONDS, Keeper, Made
from workbench.experiments.running import run_experiment
from workbench.records import Ranking
from workbench.store.experiment import Result

RANKING = Ranking("k", "v", (), ())


home, workshop = fruit_experiments.home, fruit_experiments.workshop


def made(key, *, held=False, seconds=0.0):
    return Made(Result(0, int(key), 0, "done", key), RANKING, held, seconds)


def test_a_ranking_that_took_its_time_is_kept_at_once(home, workshop):
    store, experiment_id = workshop.store, begun(home, workshop)
    keeper = Keeper(store, experiment_id)
    keeper.keep([(made("1", seconds=HOLD_SECONDS), ())])
    assert len(store.results(experiment_id)) == 1
    assert store.ranking_of("1") is not None


def test_fast_ones_wait_for_one_another_and_are_kept_together(home, workshop):
    store, experiment_id = workshop.store, begun(home, workshop)
    keeper = Keeper(store, experiment_id)
    keeper.keep([(made("1"), ())])
    keeper.keep([(made("2"), [Result(5, 2, 0, "done")])])
    assert store.results(experiment_id) == ()
    keeper.flush()
    assert [(r.entry, r.case_at) for r in store.results(experiment_id)] == [(0, 1), (0, 2), (5, 2)]
    keeper.flush()
    assert len(store.results(experiment_id)) == 3


def test_what_was_held_is_looked_up_once_and_written_never(home, workshop):
    store, experiment_id = workshop.store, begun(home, workshop)
    Keeper(store, experiment_id).keep([(made("1", seconds=1.0), ())])
    keeper = Keeper(store, experiment_id)
    keeper.look_up(["1", "2"])
    assert (keeper.ranking("1"), keeper.ranking("2")) == (RANKING, None)
    keeper.keep([(made("2", held=True, seconds=1.0), ())])
    assert store.ranking_of("2") is None


def test_at_every_moment_all_groups_but_the_one_at_work_are_in_the_store(home, workshop, monkeypatch):
    monkeypatch.setattr(running, "GROUP", 2)
    experiment_id = begun(home, workshop)
    kept = []

    def look(progress):
        kept.append((progress.done, {r.case_at for r in workshop.store.results(experiment_id)}))

    run_experiment(workshop.store, workshop, experiment_id, on_cell=look)
    # Two cases and two variants: when a cell of group n is done, the groups before it are whole.
    assert all(set(range((done - 1) // 4 * 2)) <= cases for done, cases in kept)
    assert len(workshop.store.results(experiment_id)) == 60


def test_what_is_done_is_kept_when_something_unexpected_ends_the_run(home, workshop):
    experiment_id = begun(home, workshop, controls=False)

    def fail(progress):
        raise KeyError("the page is gone")

    with pytest.raises(KeyError):
        run_experiment(workshop.store, workshop, experiment_id, on_cell=fail)
    assert {(r.entry, r.case_at) for r in workshop.store.results(experiment_id)} >= {(0, 0)}
