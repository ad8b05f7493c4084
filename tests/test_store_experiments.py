"""Experiments in the store, on SQLite and on PostgreSQL alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fruit_experiments import begun, fruit_home, fruit_workshop
from sqlalchemy import text

from workbench.experiments.reading import read_board, read_scores
from workbench.experiments.running import run_experiment
from workbench.records import Candidate, ModelIdentity, RankedItem, Ranking, Usage
from workbench.store.errors import StoreError
from workbench.store.experiment import AskedCase, ExperimentPlan, Result
from workbench.store.store import Store
from workbench.variant import TemplateSource, Variant

PLAN = ExperimentPlan(
    name="p",
    catalog="c",
    catalog_fingerprint="f",
    cases_digest="d",
    n_cases=3,
    variants=(Variant(label="A", template=TemplateSource(name="t", source="x")),),
    baseline="A",
    code_version="1",
)
RANKING = Ranking(
    "k",
    "v",
    (RankedItem("a", 1, float("-inf"), 1, 0.5),),
    (Candidate("a", 0.5, 1, "x"),),
    usage=Usage(passes=2, prompt_tokens=30, scored_tokens=4, seconds=0.5),
    retrieval_seconds=0.25,
)


@pytest.fixture
def store(database_url):
    made = Store(database_url)
    yield made
    made.close()


@pytest.fixture
def asked():
    from workbench.records import Case

    return tuple(AskedCase(Case(f"k{n}", history=("a",)), f"d{n}", {"segment": "s"}) for n in range(3))


def result(entry, case_at, value, items=("a",), **fields):
    return Result(entry, case_at, 0, "done", f"key{entry}{case_at}", {"nDCG@10": value}, items, **fields)


def test_a_plan_comes_back_as_it_was_with_its_cases(store, asked):
    assert store.begin_experiment(PLAN, asked) == PLAN.id
    assert store.begin_experiment(PLAN, asked) == PLAN.id
    found = store.experiment(PLAN.id)
    assert (found.plan, found.status, found.n_cells) == (PLAN, "stopped", len(PLAN.entries) * 3)
    assert store.experiment_cases(PLAN.id) == asked
    assert store.experiment_ids(PLAN.id[:5]) == (PLAN.id,)
    assert store.experiment_ids("_") == ()


def test_a_result_that_is_there_stays_as_it_is(store, asked):
    store.begin_experiment(PLAN, asked)
    store.save_results(PLAN.id, [result(0, 0, 0.5)], {"key00": (RANKING, 1.5)})
    other = replace(RANKING, output="later")
    store.save_results(PLAN.id, [result(0, 0, 0.9), result(0, 1, 0.25)], {"key00": (other, 9.0), "new": (other, 2.0)})
    assert [r.numbers["nDCG@10"] for r in store.results(PLAN.id)] == [0.5, 0.25]
    assert store.ranking_of("key00") == replace(RANKING, retrieval_seconds=0.0)
    assert store.rankings_of(["new", "key00", "nowhere"]).keys() == {"new", "key00"}
    assert [(c.seconds, c.passes, c.tokens) for c in store.experiment_costs(PLAN.id)] == [(1.5, 2, 34)]
    assert store.finished_cells(PLAN.id) == {(0, 0, 0), (0, 1, 0)}


def test_a_transaction_that_fails_keeps_nothing(store, asked):
    store.begin_experiment(PLAN, asked)
    with pytest.raises(Exception, match=r".+"):
        store.save_results(PLAN.id, [result(0, 0, 0.5), replace(result(0, 1, 0.5), status=None)])
    assert store.results(PLAN.id) == ()


def test_a_page_of_cases_is_sorted_filtered_and_cut_by_the_database(store, asked):
    store.begin_experiment(PLAN, asked)
    a, b = (0.5, 0.5, 1.0), (0.75, 0.5, 0.0)
    store.save_results(PLAN.id, [result(0, at, value) for at, value in enumerate(a)])
    store.save_results(PLAN.id, [result(1, at, v, ("b",) if at != 1 else ("a",)) for at, v in enumerate(b)])
    page = store.case_page(PLAN.id, 0, 1, "nDCG@10")
    assert [(r.case_at, r.difference, r.differ) for r in page.rows] == [(0, 0.25, True), (1, 0, False), (2, -1, True)]
    losses = store.case_page(PLAN.id, 0, 1, "nDCG@10", only_differing=True, order="largest losses first", limit=1)
    assert ([r.case_at for r in losses.rows], losses.total) == ([2], 2)
    assert len(store.case_results(PLAN.id, 1)) == 2


def test_failed_results_are_counted_and_forgotten_when_they_are_to_be_tried_again(store, asked):
    store.begin_experiment(PLAN, asked)
    store.save_results(PLAN.id, [result(0, 0, 0.5), Result(0, 1, 0, "failed", problem="no")])
    found = store.experiment(PLAN.id)
    assert (found.n_done, found.n_failed) == (1, 1)
    assert store.forget_failures(PLAN.id) == 1
    assert store.experiment(PLAN.id).n_failed == 0


def test_who_works_says_so_and_who_was_killed_is_told_by_silence(store, asked):
    store.begin_experiment(PLAN, asked)
    store.mark_experiment(PLAN.id, "running")
    assert store.beat(PLAN.id, "1 of 3", 20.0)
    assert store.experiment(PLAN.id).active
    long_ago = (datetime.now(UTC) - timedelta(minutes=5)).isoformat(timespec="microseconds")
    with store.writing() as connection:
        connection.execute(text("UPDATE experiments SET beat = :at"), {"at": long_ago})
    assert store.experiment(PLAN.id).stale
    store.stop_experiment(PLAN.id)
    assert store.experiment(PLAN.id).status == "stopped"
    assert not store.beat(PLAN.id, "", None)


def test_models_are_kept_and_an_experiment_goes_with_its_results_but_not_its_rankings(store, asked):
    store.begin_experiment(PLAN, asked)
    identity = ModelIdentity("m", "1", "0" * 64, "float32", "cpu", 4096, 0)
    store.set_experiment_models(PLAN.id, {"A": identity})
    assert store.experiment(PLAN.id).models == {"A": identity}
    store.save_results(PLAN.id, [result(0, 0, 0.5)], {"key00": (RANKING, 1.5)})
    store.delete_experiment(PLAN.id)
    with pytest.raises(StoreError):
        store.experiment(PLAN.id)
    assert store.ranking_of("key00") is not None


def test_an_older_plan_keeps_its_id():
    # As it was before `shuffle` came.
    content = PLAN.model_dump(mode="json")
    assert content["shuffle"] is False
    assert PLAN.id == PLAN.model_copy(update={"shuffle": False}).id
    assert PLAN.id != PLAN.model_copy(update={"shuffle": True}).id


def test_a_whole_experiment_runs_stops_and_resumes(database_url, tmp_path):
    home = fruit_home(tmp_path)
    workshop = fruit_workshop(home, database_url)
    store, seen = workshop.store, []
    experiment_id = begun(home, workshop)
    stopped = run_experiment(store, workshop, experiment_id, cancel=lambda: len(seen) >= 5, on_cell=seen.append)
    assert stopped.status == "stopped"
    assert 0 < stopped.n_done < 60
    experiment = run_experiment(store, workshop, experiment_id)
    assert (experiment.status, experiment.n_done, experiment.n_failed) == ("done", 60, 0)
    board = read_board(store, workshop, experiment, read_scores(store, experiment))
    # Cherry (3) and Elderberry (1), below the cut, on k1; Date second on m0 to m3.
    assert board.row("A").measure.mean == pytest.approx((3 / (3 + 0.6309298) + 4 * 0.6309298) / 5)
    store.close()
