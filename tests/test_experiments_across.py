"""Two experiments held together, case by case."""

import fruit_experiments
import pytest
from fruit_experiments import CONFIG, begun

from workbench.errors import VariantError
from workbench.experiments.reading import Side, across, find_experiment
from workbench.experiments.running import run_experiment
from workbench.store.errors import StoreError

home, workshop = fruit_experiments.home, fruit_experiments.workshop


def ran(home, workshop, **changes):
    experiment_id = begun(home, workshop, **{"controls": False, **changes})
    run_experiment(workshop.store, workshop, experiment_id)
    return experiment_id


def one(label, **settings):
    return {"variants": {label: {**CONFIG["variants"]["A"], **settings}}}


def test_entries_of_two_experiments_are_paired_by_case_and_what_one_side_lacks_is_listed(home, workshop):
    first = ran(home, workshop, name="first", **one("A"), cases={"ids": ["k1", "m0", "m1", "m2"]})
    second = ran(home, workshop, name="second", **one("B", n_candidates=1), cases={"ids": ["m3", "m1", "k1"]})
    found = across(workshop.store, Side(first, "A"), Side(second, "B"))
    assert [case.case_id for case in found.cases] == ["k1", "m1"]
    assert (found.only_a, found.only_b, found.changed) == (("m0", "m2"), ("m3",), ())
    assert [(c.a_at, c.b_at) for c in found.cases] == [(0, 2), (2, 1)]
    # One candidate, the most popular, is all that B has: on m1 it is not the right one, which A has at rank 2.
    assert found.cases[1].a > found.cases[1].b == 0.0
    assert found.difference.b == "second: B"
    assert found.difference.interval.n == 2
    assert found.warnings == ()


def test_the_same_pair_has_the_same_verdict_across_as_within(home, workshop):
    from workbench.experiments.reading import read_board, read_scores

    both = ran(home, workshop)
    experiment = workshop.store.experiment(both)
    board = read_board(workshop.store, workshop, experiment, read_scores(workshop.store, experiment))
    found = across(workshop.store, Side(both, "A"), Side(both[:8], "B"))
    assert found.difference == board.pairs[0]


def test_a_case_whose_right_answers_changed_is_compared_no_more(home, workshop):
    first = ran(home, workshop, name="first", **one("A"))
    (folder,) = (home / "data" / "catalogs").iterdir()
    qrels = folder / "qrels.csv"
    qrels.write_text(qrels.read_text().replace("m1,d1", "m1,c1"))
    second = ran(home, workshop, name="second", **one("A"))
    found = across(workshop.store, Side(first, "A"), Side(second, "A"))
    assert found.changed == ("m1",)
    assert "m1" not in [case.case_id for case in found.cases]


@pytest.mark.parametrize(("label", "measure", "said"), [("Z", "", "no entry 'Z'"), ("A", "beauty", "no 'beauty'")])
def test_an_unknown_entry_or_measure_is_told_with_those_that_are_there(home, workshop, label, measure, said):
    first = ran(home, workshop, **one("A"))
    with pytest.raises(VariantError, match=said):
        across(workshop.store, Side(first, "A"), Side(first, label), measure=measure)


def test_an_experiment_is_found_by_the_beginning_of_its_id_while_that_is_unique(home, workshop):
    first = ran(home, workshop, **one("A"))
    assert find_experiment(workshop.store, first[:5]).id == first
    for wanted in ("", "zzz", "%"):
        with pytest.raises(StoreError):
            find_experiment(workshop.store, wanted)
