"""An experiment is over the grades that it was planned with: changed ones make another, of the same rankings."""

import fruit_experiments
import pytest
from fruit_experiments import begun

from workbench.errors import CatalogError
from workbench.experiments.reading import read_scores
from workbench.experiments.running import run_experiment

home, workshop = fruit_experiments.home, fruit_experiments.workshop


def swap_grades(home):
    qrels = home / "data" / "catalogs" / "fruit" / "qrels.csv"
    qrels.write_text(qrels.read_text().replace("k1,c1,3", "k1,c1,1").replace("k1,e1,1", "k1,e1,3"))


def of_k1(workshop, experiment):
    return read_scores(workshop.store, experiment).named(0, "nDCG@3")["k1"]


def test_changed_grades_of_the_same_items_give_new_results_of_the_old_rankings(home, workshop):
    first = run_experiment(workshop.store, workshop, begun(home, workshop))
    asked = len(workshop.scripted.asked)
    swap_grades(home)
    second = run_experiment(workshop.store, workshop, begun(home, workshop))
    assert second.id != first.id
    assert of_k1(workshop, second) != of_k1(workshop, first)
    assert len(workshop.scripted.asked) == asked


def test_a_stopped_experiment_does_not_go_on_over_changed_grades(home, workshop):
    seen = []
    experiment_id = begun(home, workshop)
    run_experiment(workshop.store, workshop, experiment_id, cancel=lambda: len(seen) >= 3, on_cell=seen.append)
    swap_grades(home)
    with pytest.raises(CatalogError, match="the grades of 1 of 6 cases were changed: k1 — start a new experiment"):
        run_experiment(workshop.store, workshop, experiment_id)
    assert workshop.store.experiment(experiment_id).status == "failed"
