"""What the pages read of experiments, on both databases."""

import pytest
from test_votes import CASES, PLAN

from workbench.store.experiment import Result
from workbench.store.store import Store


@pytest.fixture
def store(database_url):
    made = Store(database_url)
    yield made
    made.close()


@pytest.fixture
def experiment_id(store):
    """Entry 1 gains on even cases and loses on odd ones; case 5 failed under it, and case 6 under entry 2 as well."""
    made = store.begin_experiment(PLAN, CASES)
    results = [
        Result(entry, at, 0, "done", numbers={"RR": 0.5 + entry * (-1) ** at * at / 100}, items=(f"{entry % 2}",))
        for entry in (0, 1)
        for at in range(10)
        if (entry, at) != (1, 5)
    ]
    failed = [Result(1, 5, 0, "failed", problem="no history"), Result(2, 6, 0, "failed", problem="no history")]
    store.save_results(made, [*results, *failed, Result(2, 7, 0, "failed", problem="too long")])
    return made


def test_experiments_are_named_the_newest_first(store, experiment_id):
    other = store.begin_experiment(PLAN.model_copy(update={"name": "another"}), CASES)
    assert [(e.id, e.name) for e in store.experiment_names()] == [(other, "another"), (experiment_id, "votes")]
    assert [e.id for e in store.experiment_names(limit=1)] == [other]


def test_failures_are_counted_by_their_error_and_paged(store, experiment_id):
    found = store.failures(experiment_id, limit=2)
    assert [(r.case_at, r.entry) for r in found.rows] == [(5, 1), (6, 2)]
    assert (found.total, found.kinds) == (3, (("no history", 2), ("too long", 1)))
    assert [(r.case_at, r.entry) for r in store.failures(experiment_id, offset=2).rows] == [(7, 2)]


def test_cases_are_sorted_filtered_and_cut_by_the_database(store, experiment_id):
    page = store.case_page(experiment_id, 0, 1, "RR", limit=3)
    assert (page.total, [row.case_at for row in page.rows]) == (10, [8, 6, 4])
    assert page.rows[0].difference == pytest.approx(0.08)
    worst = store.case_page(experiment_id, 0, 1, "RR", order="largest losses first", limit=2)
    # Case 5 failed and counts 0: it loses all of its 0.5.
    assert [(row.case_at, row.failed) for row in worst.rows] == [(5, True), (9, False)]
    some = store.case_page(experiment_id, 0, 1, "RR", among=[1, 2, 3, 30])
    assert (some.total, [row.case_at for row in some.rows]) == (3, [2, 1, 3])
    assert store.case_page(experiment_id, 0, 1, "RR", among=[]).total == 0


def test_a_case_without_a_known_answer_has_no_value_and_stands_last(store, experiment_id):
    unknown = [Result(entry, 10, 0, "done", numbers={"novelty": 1.0}, items=("x",)) for entry in (0, 1)]
    store.save_results(experiment_id, unknown)
    for order in ("largest gains first", "largest losses first"):
        *_, last = store.case_page(experiment_id, 0, 1, "RR", order=order).rows
        assert (last.case_at, last.a, last.b, last.difference) == (10, None, None, None)


def test_an_experiment_counts_its_results_and_knows_how_many_there_will_be(store, experiment_id):
    found = store.experiment(experiment_id)
    assert (found.n_done, found.n_failed) == (19, 3)
    # Three variants; one order of retrieval, for they ask alike, popularity, BM25 and chance, which are not repeated.
    assert found.n_cells == 40 * (3 + 1 + 3)
    assert PLAN.model_copy(update={"repeats": 2}).n_results == 40 * (3 * 2 + 1 + 3)
