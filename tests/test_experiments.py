"""Experiments from end to end: run, failed, stopped, killed and resumed."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from math import log2
from pathlib import Path

import fruit_experiments
import pytest
from fruit_experiments import OTHER, QRELS, Asked, begun
from pages import fruit

from workbench.errors import Cancelled, VariantError, WorkbenchError
from workbench.evaluation.leaderboard import findings
from workbench.evaluation.significance import difference
from workbench.experiments import running
from workbench.experiments.controls import control, given
from workbench.experiments.planning import choose_cases
from workbench.experiments.reading import read_board, read_scores
from workbench.experiments.running import run_experiment
from workbench.prompts.files import TemplateSource
from workbench.records import Candidate, Case
from workbench.store.store import Store
from workbench.variant import Choice, Variant

TABLES = ("results", "rankings", "experiment_cases")


home, workshop = fruit_experiments.home, fruit_experiments.workshop


def test_every_entry_has_a_result_for_every_case(home, workshop):
    experiment_id = begun(home, workshop)
    experiment = run_experiment(workshop.store, workshop, experiment_id)
    assert (experiment.status, experiment.n_failed, experiment.n_done) == ("done", 0, 6 * 10)
    labels = [entry.label for entry in experiment.plan.entries]
    controls = [f"{v}, {role}" for v in "AB" for role in ("no user", "another user")]
    assert labels == ["A", "B", *controls, "Retrieval of A", "Popularity", "BM25", "Chance"]
    results = workshop.store.results(experiment_id)
    assert {(r.entry, r.case_at) for r in results} == {(e, c) for e in range(10) for c in range(6)}
    assert experiment.models["A"].id == "scripted"


def test_the_numbers_are_those_computed_by_hand(home, workshop):
    experiment_id = begun(home, workshop)
    experiment = run_experiment(workshop.store, workshop, experiment_id)
    board = read_board(workshop.store, workshop, experiment, read_scores(workshop.store, experiment))
    # The engine finds Date second to Cherry: on m0 to m3 the right one is at rank 2, on k1 Cherry (3) is first and
    # Elderberry (1) last of four, of five candidates less the history.
    k1 = 3 / (3 + 1 / log2(3))
    assert board.row("A").measure.mean == pytest.approx((k1 + 4 / log2(3)) / 5)
    assert (board.n_cases, board.unjudged, board.row("A").measure.n) == (6, 1, 5)
    assert board.pairs[0].ties == 5


def test_a_second_experiment_asks_the_model_nothing_that_was_asked(home, workshop):
    run_experiment(workshop.store, workshop, begun(home, workshop))
    asked = len(workshop.scripted.asked)
    assert asked > 0
    second = run_experiment(workshop.store, workshop, begun(home, workshop, name="the same under another name"))
    assert (second.status, len(workshop.scripted.asked)) == ("done", asked)


def test_a_case_that_fails_is_kept_with_its_error_and_the_others_go_on(home, workshop):
    (home / "two.j2").write_text(OTHER.replace("{{ user.description }}", "{{ history[0].title }}"))
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, controls=False))
    failed = [r for r in workshop.store.results(experiment.id) if r.status == "failed"]
    # k2 alone has no history.
    assert [(r.entry, r.case_at) for r in failed] == [(1, 1)]
    assert failed[0].problem == "two, line 4: list object has no element 0"
    assert (experiment.status, experiment.n_failed) == ("done", 1)


def test_a_failed_case_counts_nothing_in_the_mean(home, workshop):
    class Failing(Asked):
        def recommender(self, variant, catalog):
            made = super().recommender(variant, catalog)
            return replace(made, method=_Refuses()) if variant.label == "B" else made

    class _Refuses:
        def rank(self, *args, **kwargs):
            raise WorkbenchError("no")

    failing = Failing(workshop.paths, workshop.store)
    experiment = run_experiment(workshop.store, failing, begun(home, workshop, controls=False))
    board = read_board(workshop.store, workshop, experiment, read_scores(workshop.store, experiment))
    assert (board.row("B").failed, board.row("B").measure.mean, board.row("B").measure.n) == (6, 0.0, 5)


def test_what_is_stopped_goes_on_where_it_was(home, workshop, monkeypatch):
    monkeypatch.setattr(running, "GROUP", 2)
    experiment_id = begun(home, workshop)
    seen = []
    stopped = run_experiment(
        workshop.store, workshop, experiment_id, cancel=lambda: len(seen) >= 3, on_cell=seen.append
    )
    assert stopped.status == "stopped"
    assert [p.done for p in seen] == [1, 2, 3, 4]  # of the group at work both cases are kept
    asked = len(workshop.scripted.asked)
    resumed = run_experiment(workshop.store, workshop, experiment_id)
    assert resumed.status == "done"
    whole = Asked(workshop.paths, Store(f"sqlite:///{home / 'other.sqlite'}"))
    run_experiment(whole.store, whole, begun(home, whole))
    assert workshop.scripted.asked[asked:] == whole.scripted.asked[asked:]
    whole.store.close()


def test_the_cases_of_a_group_are_one_call_of_the_model(home, workshop, monkeypatch):
    calls = []
    ask = type(workshop.scripted).loglikelihoods
    monkeypatch.setattr(
        type(workshop.scripted),
        "loglikelihoods",
        lambda self, asks, **k: calls.append(len(asks)) or ask(self, asks, **k),
    )
    monkeypatch.setattr(running, "GROUP", 4)
    run_experiment(workshop.store, workshop, begun(home, workshop, controls=False))
    assert calls == [4, 4, 2, 2]  # six cases by two variants


def test_another_process_can_stop_it_through_the_store(home, workshop):
    experiment_id = begun(home, workshop)

    def stop(progress):
        workshop.store.stop_experiment(experiment_id)
        time.sleep(1.1)  # the store is looked at once a second

    assert run_experiment(workshop.store, workshop, experiment_id, on_cell=stop).status == "stopped"


def tables(folder):
    """The rows of everything that an experiment leaves but clocks."""
    with sqlite3.connect(folder / "data" / "workbench.sqlite") as connection:
        found = {name: connection.execute(f"SELECT * FROM {name}") for name in TABLES}
        return {name: sorted(rows.fetchall()) for name, rows in found.items()}


def command(home, seconds):
    script = Path(__file__).with_name("scripted_cli.py")
    return [sys.executable, str(script), str(seconds), "eval", str(home / "config.yaml")]


def test_killed_and_resumed_ends_with_the_same_tables_byte_for_byte(home, tmp_path_factory):
    killed = tmp_path_factory.mktemp("killed")
    shutil.copytree(home, killed, dirs_exist_ok=True)
    environment = {**os.environ, "WORKBENCH_HOME": str(killed)}
    process = subprocess.Popen(command(killed, 0.05), env=environment, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("4 of 12"):
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = tables(killed)
    assert 0 < len(before["results"]) < 60
    subprocess.run(command(killed, 0), env=environment, check=True, capture_output=True)
    whole = {**os.environ, "WORKBENCH_HOME": str(home)}
    subprocess.run(command(home, 0), env=whole, check=True, capture_output=True)
    assert tables(killed) == tables(home)
    assert set(before["results"]) <= set(tables(killed)["results"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": "red"}, "colour: unknown key"),
        ({"cases": {"limt": 3}}, "cases.limt: unknown key"),
        ({"cases": {"segments": ["tall"]}}, "no segment 'tall'"),
        ({"baseline": "C"}, "no variant 'C'"),
        ({"measure": "nDCG@7"}, "unknown measure 'nDCG@7'"),
        ({"repeats": 0}, "repeats"),
        ({"cutoffs": [0]}, "cutoffs.0: .*greater than or equal to 1"),
        ({"cutoffs": [3, -1]}, "cutoffs.1: .*greater than or equal to 1"),
        ({"cases": {"ids": ["k1", "m0", "k1"]}}, "cases named more than once: 'k1'"),
        ({"cases": {"ids": ["nix", "k1", "zz"]}}, "cases.ids: catalog fruit has no case 'nix', 'zz' — ids here are"),
        (
            {"cases": {"ids": ["k3"], "segments": ["tall"]}},
            "no case 'k3' — did you mean .*\ncases.segments: no",
        ),
        ({"variants": {"A": {"template": "one.j2", "retreiver": "bm25"}}}, "unknown setting 'retreiver'"),
        ({"variants": {"A": {}}}, "neither a template nor a bundle"),
        ({"variants": {"A": {"template": "one.j2", "method": "guess"}}}, "unknown ranking method 'guess'"),
        ({"variants": {"A": {"template": "one.j2", "k": "many"}}}, "valid integer"),
        ({"variants": {"A": {"template": "one.j2"}, "BM25": {"template": "two.j2"}}}, "entries of one name: 'BM25'"),
        (
            {"variants": {"A": {"template": "one.j2"}, "A, no user": {"template": "two.j2"}}},
            "entries of one name: 'A, no user'",
        ),
    ],
)
def test_a_wrong_config_is_told(home, workshop, changes, said):
    with pytest.raises(VariantError, match=said):
        begun(home, workshop, **changes)


def test_a_control_whose_name_begins_with_retrieval_is_called_a_control(home, workshop):
    variants = {"Retrieval rewritten": {"template": "one.j2", "retriever": "popularity"}}
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, variants=variants))
    board = read_board(workshop.store, workshop, experiment, read_scores(workshop.store, experiment))
    said = "Retrieval rewritten is not shown to beat its control “Retrieval rewritten, no user”: "
    assert [found.startswith(said) for found in board.findings].count(True) == 1


def test_a_control_that_crashes_is_not_beaten_by_that(home, workshop):
    variants = {"A": {"template": "one.j2", "retriever": "popularity"}}
    (home / "one.j2").write_text(OTHER.replace("{{ user.description }}", "{{ history[0].title }}"))
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, variants=variants))
    board = read_board(workshop.store, workshop, experiment, read_scores(workshop.store, experiment))
    (check,) = (check for check in board.checks if check.a == "A, no user")
    assert (check.failed, check.interval.n, check.unasked) == (5, 0, True)
    said = "A, no user could not be asked: it failed on 5 of 5 cases, so that nothing is known of whether A beats it"
    assert said in board.findings


def test_cases_on_which_a_control_failed_are_left_out_and_counted():
    check = replace(difference("A, no user", "A", {"1": 0.0, "2": 0.1}, {"1": 0.0, "2": 0.1}, worth=0.1), failed=1)
    (said,) = findings([], [check], ["no user"])
    assert said.startswith("A is not shown to beat its control “A, no user”: ")
    assert said.endswith("; left out because A, no user failed on them: 1")


def test_a_changed_catalog_is_refused(home, workshop):
    experiment_id = begun(home, workshop)
    fruit(home, items_csv="item_id,title\na1,Apple\nb1,Banana\nc1,Cherry\nd1,Date\ne1,Elder\n", qrels_csv=QRELS)
    with pytest.raises(WorkbenchError):
        run_experiment(workshop.store, workshop, experiment_id)
    assert workshop.store.experiment(experiment_id).status == "failed"


def test_a_limit_draws_the_same_cases_each_time(home, workshop):
    catalog, qrels = workshop.catalog("fruit"), workshop.qrels("fruit")
    first = [a.case.id for a in choose_cases(catalog, qrels, limit=3, seed=1)]
    assert first == [a.case.id for a in choose_cases(catalog, qrels, limit=3, seed=1)]
    assert len(first) == 3


def test_a_control_changes_what_is_said_of_the_user_alone():
    case, other = Case("k", "red", ("b1",), user="u"), Case("o", "blue", ("c1", "d1"), user="v")
    candidates = (Candidate("c1", 2.0, 1, "x"), Candidate("e1", 1.0, 2, "x"))
    variant = Variant(template=TemplateSource(name="t", source="x"), rules=("year > 1",), diversity=0.5)
    alike = given(variant)
    assert (alike.retriever, alike.rules, alike.diversity) == (Choice(name="given"), (), 0.0)
    bare = control("no user", case, candidates, [case, other], seed=0)
    assert bare == Case("k", user="u", candidates=("c1", "e1"))
    swapped = control("another user", case, candidates, [case, other], seed=0)
    # c1 is a candidate here, and a history item is none.
    assert (swapped.description, swapped.history, swapped.candidates) == ("blue", ("d1",), ("c1", "e1"))


def test_a_control_of_another_user_is_never_one_of_no_user():
    case, same, silent = Case("k", "red", user="u"), Case("o", "blue", user="u"), Case("s", user="v")
    candidates = (Candidate("c1", 2.0, 1, "x"),)
    with pytest.raises(VariantError, match="no other case tells anything of another user — ask cases of more users"):
        control("another user", case, candidates, [case, same, silent], seed=0)
    nameless = Case("n", "green")
    assert control("another user", case, candidates, [case, same, nameless], seed=0).description == "green"


def test_where_only_one_user_is_asked_the_control_fails_and_no_number_stands_under_its_name(home, workshop):
    asked = {"ids": ["k1"]}
    experiment = run_experiment(workshop.store, workshop, begun(home, workshop, cases=asked))
    entries = {e.position: e for e in experiment.plan.entries}
    found = {entries[r.entry].label: r for r in workshop.store.results(experiment.id)}
    assert found["A, no user"].status == "done"
    alone = found["A, another user"]
    assert (alone.status, alone.numbers, alone.items) == ("failed", {}, ())
    assert alone.problem.startswith("control: no other case tells anything of another user")
    board = read_board(workshop.store, workshop, experiment, read_scores(workshop.store, experiment))
    said = (
        "A, another user could not be asked: it failed on 1 of 1 cases, so that nothing is known of whether A beats it"
    )
    assert said in board.findings


def test_stopping_raises_nothing(home, workshop):
    try:
        stopped = run_experiment(workshop.store, workshop, begun(home, workshop), cancel=lambda: True)
    except Cancelled:
        pytest.fail("it was stopped, which is no error")
    assert (stopped.status, stopped.n_done) == ("stopped", 0)
