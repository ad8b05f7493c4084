"""The page Experiments: with nothing yet, with one that is done, and with what goes wrong."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest
from pages import CASES, TEXT, column, finished, fruit, opened, said, save_draft, served, table, variant

from workbench.evaluation.leaderboard import results_table
from workbench.evaluation.summary import headline
from workbench.experiments.form import read_ids
from workbench.experiments.reading import read_board, read_scores
from workbench.store.experiment_reading import ExperimentName
from workbench.ui import bootstrap
from workbench.ui.parts import tables
from workbench.ui.parts.experiment_picker import labels_of
from workbench.variant import Choice

MORE = [{"id": f"m{n}", "description": f"number {n}", "history": ["a1"], "segment": "more"} for n in range(4)]
QRELS = "case_id,item_id,grade\nk1,c1,3\nk1,e1,1\n" + "".join(f"m{n},d1,1\n" for n in range(4))
BACKWARDS = {"method": Choice(name="likelihood", options={"normalisation": "sum"}), "n_candidates": 2}


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder, cases_jsonl="\n".join(map(json.dumps, [*CASES, *MORE])), qrels_csv=QRELS)
        yield folder


def started():
    at = opened("experiments")
    at.get_by_key("experiment.start").click().run()
    return finished(at)


@pytest.fixture
def done(fresh):
    save_draft(variant("A"), variant("B", **BACKWARDS))
    return started()


def picked(at, key, value):
    return at.get_by_key(key).set_value(value).run()


def latest():
    return bootstrap.shared().store.experiment(bootstrap.shared().store.experiment_names()[0].id)


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
    experiment = latest()
    board = read_board(store, workshop, experiment, read_scores(store, experiment))
    assert table(done, "Leaderboard")["nDCG@10"].iloc[0] == pytest.approx(board.row("A").measure.mean)
    assert column(done, "Leaderboard", "verdict")[:2] == ["baseline", board.pairs[0].verdict]
    assert tables.plain(headline(board, "A")) in said(done.info)
    assert all(tables.plain(finding) in said(done.markdown) for finding in board.findings)
    assert "done · " in said(done.caption)
    pairs = [*board.pairs, *board.checks]
    assert column(done, "Pair by pair", "pair") == [f"{d.b} less {d.a}" for d in pairs]
    assert column(done, "Pair by pair", "wins") == [d.wins for d in pairs]


def test_the_columns_of_the_leaderboard_are_chosen(done):
    assert "novelty@10" not in table(done, "Leaderboard")
    at = picked(done, f"experiment.columns.{latest().id}", ["novelty@10", "RR"])
    assert not at.exception
    shown = list(table(at, "Leaderboard"))
    assert {"entry", "nDCG@10", "low", "high", "novelty@10", "RR"} <= set(shown)
    assert "ceiling" not in shown


def test_another_baseline_changes_what_stands_against_what(done):
    at = picked(done, f"experiment.baseline.{latest().id}", "Popularity")
    assert not at.exception
    against = dict(zip(column(at, "Leaderboard", "entry"), column(at, "Leaderboard", "to baseline"), strict=True))
    assert against["Popularity"] != against["Popularity"]  # nothing stands against itself
    assert against["A"] == pytest.approx(
        table(at, "Leaderboard").set_index("entry")["nDCG@10"].pipe(lambda s: s["A"] - s["Popularity"])
    )


def test_metric_against_cost_can_be_by_tokens(done):
    at = picked(done, "experiment.cost.by", "tokens for a case")
    assert not at.exception
    assert "No two entries" not in said(at.caption)


def test_cases_are_ordered_and_filtered(done):
    at = picked(done, "experiment.view", "Case by case")
    assert not at.exception
    # k2 has no known answer, and so no place among gains and losses.
    *differences, unknown = column(at, "Cases", "difference")
    assert (differences, column(at, "Cases", "case")[-1]) == (sorted(differences, reverse=True), "k2")
    assert unknown != unknown
    at = picked(at, "cases.order", "largest losses first")
    assert column(at, "Cases", "difference")[:-1] == sorted(differences)
    at = picked(at, "cases.only", True)
    assert set(column(at, "Cases", "lists")) == {"differ"}
    at = picked(at, "cases.part", "segment: short history")
    assert column(at, "Cases", "case") == ["k1"]
    assert not at.exception


def test_a_link_to_a_case_shows_its_lists_side_by_side(done):
    at = opened("experiments", case="k1")
    assert not at.exception
    assert "Case k1" in said(at.subheader)
    assert column(at, "Ranked list A", "title")[0] == "Cherry"
    assert column(at, "Ranked list B", "#")
    at = picked(at, "case.entries.0.1", ["A", "A, no user"])
    assert not at.exception
    assert column(at, "Ranked list A, no user", "title")
    at = at.get_by_key("case.close").click().run()
    assert "Case k1" not in said(at.subheader)


def test_a_control_offers_no_bundle(done):
    at = picked(opened("experiments", case="k1"), "case.entries.0.1", ["A", "A, no user"])
    at = picked(at, "details.view", "Export")
    assert not at.exception
    assert "A, no user is a control" in said(at.caption)
    assert at.get_by_key("export.bundle.A")


def test_a_link_to_an_unknown_case_says_so(done):
    at = opened("experiments", case="nowhere")
    assert not at.exception
    assert "no case 'nowhere'" in said(at.warning)


def test_many_cases_come_a_page_at_a_time(done, monkeypatch):
    monkeypatch.setattr("workbench.ui.parts.experiment_cases.PAGE", 2)
    at = picked(done, "experiment.view", "Case by case")
    first = column(at, "Cases", "case")
    at.session_state[f"cases.page.{latest().id}.0.1.nDCG@10.largest gains first.all cases.False"] = 2
    at = at.run()
    assert not at.exception
    assert len(first) == len(column(at, "Cases", "case")) == 2
    assert set(first).isdisjoint(column(at, "Cases", "case"))


@pytest.mark.parametrize("view", ["Slices", "What differs", "Failures", "Files"])
def test_every_view_draws(done, view):
    assert not picked(done, "experiment.view", view).exception


def test_slices_are_by_segment(done):
    at = picked(done, "experiment.view", "Slices")
    assert set(column(at, "By segment", "part")) == {"short history", "more"}


def test_what_differs_names_the_setting(done):
    at = picked(done, "experiment.view", "What differs")
    assert column(at, "Settings that differ", "setting") == ["n_candidates"]
    assert column(at, "Settings that differ", "B") == ["2"]


def test_what_failed_is_listed_with_its_error(fresh):
    save_draft(variant("A"), variant("B", TEXT.replace("{{ user.description }}", "{{ history[0].title }}")))
    at = started()
    assert "failed" in said(at.caption)
    assert at.get_by_key("experiment.resume").label == "Try the failed again"
    at = picked(at, "experiment.view", "Failures")
    assert not at.exception
    # k2 alone has no history, and with no user nobody has one.
    assert ("k2", "B") in set(zip(*(column(at, "Failed results", name) for name in ("case", "entry")), strict=True))
    assert any("has no element 0" in error for error in column(at, "Errors", "error"))


def test_where_nothing_failed_it_is_said(done):
    assert "Nothing has failed" in said(picked(done, "experiment.view", "Failures").success)


def test_the_table_of_results_has_a_row_for_each(done):
    experiment = latest()
    frame = pd.DataFrame(results_table(read_scores(bootstrap.shared().store, experiment)))
    assert len(frame) == experiment.n_done
    assert tables._parquet(frame)[:4] == b"PAR1"
    assert tables._csv(frame).startswith(b"entry,case,repeat,status,")


def test_text_of_users_is_no_markdown():
    assert tables.plain("*A* [x](y) :red[no]") == r"\*A\* \[x\]\(y\) \:red\[no\]"


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


def test_a_catalog_that_is_gone_is_told(done, fresh):
    (fresh / "data" / "catalogs" / "fruit" / "catalog.yaml").unlink()
    at = opened("experiments")
    at = picked(at, f"experiment.measure.{latest().id}", "RR")
    assert not at.exception
    assert "fruit" in said(at.error)


def test_an_experiment_asks_each_case_again_in_other_orders(fresh):
    save_draft(variant("A"))
    at = opened("experiments")
    at.get_by_key("experiment.limit").set_value(3)
    at.get_by_key("experiment.repeats").set_value(2)
    at.get_by_key("experiment.again").set_value("another order")
    at.get_by_key("experiment.start").click().run()
    at = finished(at)
    assert not at.exception
    assert (latest().plan.repeats, latest().plan.shuffle) == (2, True)
    at = picked(at, f"experiment.columns.{latest().id}", ["RBO over repeats"])
    assert "RBO over repeats" in table(at, "Leaderboard")


def test_another_experiment_is_held_against_this_one(done):
    at = picked(done, "experiment.view", "Other experiments")
    assert "no other experiment" in said(at.info)
    at.get_by_key("experiment.name").set_value("the second")
    at.get_by_key("experiment.limit").set_value(5)
    at.get_by_key("experiment.start").click().run()
    at = picked(finished(at), "experiment.view", "Other experiments")
    assert not at.exception
    assert "5 cases in common" in said(at.caption) or "4 cases in common" in said(at.caption)
    assert "asked there alone" in said(at.caption)
    assert set(column(at, "Cases of both", "difference")) == {0.0}


def test_experiments_of_one_name_and_minute_are_told_apart():
    then = datetime(2026, 11, 26, 1, 34, tzinfo=UTC)
    labels = labels_of([ExperimentName(f"{n}{n}00000", "same", then) for n in (1, 2)])
    assert len(set(labels.values())) == 2
    (alone,) = labels_of([ExperimentName("3", "same", then)]).values()
    assert alone.startswith("same · 26 Nov 2026")


def test_two_experiments_without_a_case_in_common_say_so(done, fresh):
    cases = json.dumps({"id": "z1", "description": "new", "history": ["a1"], "segment": "more"})
    fruit(fresh, cases_jsonl=cases, qrels_csv="case_id,item_id,grade\nz1,c1,3\n")
    at = picked(started(), "experiment.view", "Other experiments")
    assert not at.exception
    assert "no case in common" in said(at.info)
    assert "1 case asked here alone: z1" in said(at.caption)


def test_what_runs_is_stopped_and_what_is_stopped_goes_on(done):
    store, experiment = bootstrap.shared().store, latest()
    store.mark_experiment(experiment.id, "running")
    store.beat(experiment.id, "1 of 2 done", 125.0)
    at = opened("experiments")
    assert not at.exception
    at.get_by_key("experiment.stop").click().run()
    assert latest().status == "stopping"
    store.mark_experiment(experiment.id, "stopped")
    at = opened("experiments")
    at.get_by_key("experiment.resume").click().run()
    finished(at)
    assert latest().status == "done"


def filled(**fields):
    """The page with what was typed into the form's fields."""
    at = opened("experiments")
    for key, value in fields.items():
        at.get_by_key(f"experiment.{key}").set_value(value)
    return at.run()


def test_the_form_has_what_a_file_has(fresh):
    save_draft(variant("A"))
    at = filled(cutoffs=[3, "7"], worth=0.1, seed=5, ids="m3, k1\nm1\n", controls=False)
    at.get_by_key("experiment.measure").set_value("P@7")
    at.get_by_key("experiment.segments.fruit").set_value(["more"]).run()
    assert "2 cases under 1 variant: 2 rankings" in said(at.caption)
    at.get_by_key("experiment.start").click().run()
    at = finished(at)
    assert not at.exception
    plan = latest().plan
    assert (plan.measure, plan.cutoffs, plan.worth, plan.seed) == ("P@7", (3, 7), 0.1, 5)
    assert [a.case.id for a in bootstrap.shared().store.experiment_cases(latest().id)] == ["m3", "m1"]
    assert "P@7" in table(at, "Leaderboard")


def test_the_measures_follow_the_cutoffs(fresh):
    save_draft(variant("A"))
    at = filled(measure="RR", cutoffs=[3])
    assert at.get_by_key("experiment.measure").value == "RR"
    assert "nDCG@3" in at.get_by_key("experiment.measure").options
    at = picked(picked(at, "experiment.measure", "HR@3"), "experiment.cutoffs", [1, 5])
    assert at.get_by_key("experiment.measure").value == "nDCG@5"


def test_the_form_says_how_much_would_be_asked(fresh):
    save_draft(variant("A"), variant("B", **BACKWARDS))
    assert "6 cases under 2 variants and two controls of each: 36 rankings" in said(opened("experiments").caption)
    at = filled(limit=4, repeats=3, **{"segments.fruit": ["more", "short history"]})
    assert "4 cases 3 times under 2 variants and two controls of each: 72 rankings" in said(at.caption)


def test_a_catalog_without_segments_offers_none(fresh):
    fruit(fresh, cases_jsonl=json.dumps({"id": "k1", "description": "red"}))
    save_draft(variant("A"))
    at = opened("experiments")
    assert not at.exception
    assert not [m for m in at.multiselect if m.label == "Segments"]


def test_unknown_ids_are_told_all_at_once_and_what_was_typed_is_kept(fresh):
    save_draft(variant("A"))
    typed = "k1, nix\nzz"
    at = filled(ids=typed, name="mine", worth=0.5, cutoffs=[3, "deep"])
    told = r"Only these cases: catalog fruit has no case 'nix', 'zz' — ids here are like"
    assert told in said(at.error).replace("\\", "")
    at.get_by_key("experiment.start").click().run()
    assert not at.exception
    assert said(at.error).count("nix") == 1
    assert "Lists are cut at: 'deep' is no length of a list" in said(at.error).replace("\\", "")
    kept = {key: at.get_by_key(f"experiment.{key}").value for key in ("ids", "name", "worth", "cutoffs")}
    assert kept == {"ids": typed, "name": "mine", "worth": 0.5, "cutoffs": [3, "deep"]}
    assert not bootstrap.shared().store.experiments()
    at = picked(picked(at, "experiment.ids", "k1"), "experiment.cutoffs", [3])
    at.get_by_key("experiment.start").click().run()
    at = finished(at)
    assert not at.error
    assert latest().plan.n_cases == 1


@pytest.mark.parametrize(
    ("text", "ids"),
    [("k1\nm1", ("k1", "m1")), (" k1 ,m1,,\n\n", ("k1", "m1")), ("a, b\nk1", ("a, b", "k1")), ("", ())],
)
def test_ids_are_read_by_line_and_by_comma(text, ids):
    assert read_ids(text, {"a, b"}) == ids
