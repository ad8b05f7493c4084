"""The page Experiments: with nothing yet, with one that is done, and with what goes wrong."""

import json

import pytest
from pages import CASES, TEXT, column, finished, fruit, opened, said, save_draft, served, table, variant

from workbench.experiments.reading import read_board, read_scores
from workbench.ui import bootstrap
from workbench.variant import Choice

MORE = [{"id": f"m{n}", "description": f"number {n}", "history": ["a1"], "segment": "more"} for n in range(4)]
QRELS = "case_id,item_id,grade\nk1,c1,3\nk1,e1,1\n" + "".join(f"m{n},d1,1\n" for n in range(4))
BACKWARDS = {"method": Choice(name="likelihood", options={"normalisation": "sum"}), "n_candidates": 2}


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder, cases_jsonl="\n".join(map(json.dumps, [*CASES, *MORE])), qrels_csv=QRELS)
        yield folder


@pytest.fixture
def done(fresh):
    save_draft(variant("A"), variant("B", **BACKWARDS))
    at = opened("experiments")
    at.get_by_key("experiment.start").click().run()
    return finished(at)


def picked(at, key, value):
    return at.get_by_key(key).set_value(value).run()


def test_without_an_experiment_the_page_says_how_to_start_one(fresh):
    save_draft(variant("A"))
    at = opened("experiments")
    assert not at.exception
    assert "No experiment yet" in said(at.info)
    assert at.get_by_key("experiment.limit").value == 6


def test_an_experiment_runs_in_the_background_and_shows_its_leaderboard(done):
    assert not done.exception
    names = column(done, "Leaderboard", "entry")
    assert names[:2] == ["A", "B"]
    assert {"A, no user", "B, another user", "Popularity", "BM25", "Chance"} <= set(names)
    store, workshop = bootstrap.shared().store, bootstrap.shared().workshop
    (experiment,) = store.experiments()
    board = read_board(store, workshop, experiment, read_scores(store, experiment))
    assert table(done, "Leaderboard")["nDCG@10"].iloc[0] == pytest.approx(board.row("A").measure.mean)
    assert all(finding in said(done.markdown) for finding in board.findings)
    assert "done · " in said(done.caption)


def test_a_case_is_found_and_shown_side_by_side(done):
    at = picked(done, "experiment.view", "Case by case")
    assert not at.exception
    differences = column(at, "Cases", "difference")
    assert differences == sorted(differences, reverse=True)
    at = picked(at, "cases.order", "largest losses first")
    assert column(at, "Cases", "difference") == sorted(differences)
    at = at.get_by_key("cases.only").set_value(True).run()
    assert set(column(at, "Cases", "lists")) == {"differ"}


@pytest.mark.parametrize("view", ["Slices", "What differs", "Files"])
def test_every_view_draws(done, view):
    assert not picked(done, "experiment.view", view).exception


def test_slices_are_by_segment(done):
    at = picked(done, "experiment.view", "Slices")
    assert set(column(at, "By segment", "part")) == {"short history", "more"}


def test_an_unknown_link_shows_the_latest(done):
    at = opened("experiments", experiment="nowhere")
    assert not at.exception
    assert "nowhere" in said(at.warning)


def test_a_broken_variant_is_told_before_anything_runs(fresh):
    save_draft(variant("A", TEXT.replace("user.description", "user.descripton")))
    at = opened("experiments")
    at.get_by_key("experiment.start").click().run()
    assert not at.exception
    assert "descripton" in said(at.error)
    assert not bootstrap.shared().store.experiments()
