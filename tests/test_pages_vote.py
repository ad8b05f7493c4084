"""The page Vote: lists without names, votes by button, and what they say."""

import json

import pytest
from pages import CASES, column, fruit, opened, said, save_draft, served, variant

from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.experiments.running import run_experiment
from workbench.ui import bootstrap

MORE = [{"id": f"m{n}", "description": f"number {n}", "history": ["a1"], "segment": "more"} for n in range(4)]
QRELS = "case_id,item_id,grade\nk1,c1,3\nk1,e1,1\n" + "".join(f"m{n},d1,1\n" for n in range(4))


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder, cases_jsonl="\n".join(map(json.dumps, [*CASES, *MORE])), qrels_csv=QRELS)
        yield folder


@pytest.fixture
def experiment(fresh):
    """A and B ask for candidates of different number, so that their lists differ."""
    variants = (variant("A"), variant("B", n_candidates=2))
    save_draft(*variants)
    shared = bootstrap.shared()
    catalog = shared.workshop.catalog("fruit")
    cases = choose_cases(catalog, shared.workshop.qrels("fruit"))
    plan = plan_experiment("two", catalog, cases, variants, catalog="fruit", baseline="A", controls=False)
    return run_experiment(shared.store, shared.workshop, shared.store.begin_experiment(plan, cases))


def voting(judge="Ann"):
    return opened("vote").get_by_key("vote.judge").set_value(judge).run()


def press(at, what):
    return at.get_by_key(f"vote.{what}").click().run()


def votes(experiment):
    return bootstrap.shared().store.votes(experiment.id)


def test_without_an_experiment_the_page_says_what_is_missing(fresh):
    save_draft(variant("A"))
    at = opened("vote")
    assert not at.exception
    assert "No experiment yet" in said(at.info)


def test_a_judge_has_to_say_who_they_are(experiment):
    at = opened("vote")
    assert not at.exception
    assert "Enter your name" in said(at.info)
    assert "Enter your name" in said(voting("  ").info)


def test_the_lists_are_shown_without_names(experiment):
    at = voting()
    assert not at.exception
    assert [h.value for h in at.subheader] == ["Left", "Right"]
    lists = {frozenset(column(at, f"{side} list", "fruit")) for side in ("Left", "Right")}
    assert len({len(titles) for titles in lists}) == 2
    assert "plain" not in said(at.markdown) + said(at.caption)


def test_a_vote_is_kept_and_the_next_question_comes(experiment):
    at = press(voting(), "left")
    (vote,) = votes(experiment)
    assert (vote.judge, vote.verdict) == ("Ann", "a" if vote.left == vote.a else "b")
    assert (vote.a, vote.b) == (0, 1)
    at = press(press(at, "tie"), "bad")
    assert [v.verdict for v in votes(experiment)[1:]] == ["tie", "bad"]
    assert len({v.case_at for v in votes(experiment)}) == 3
    assert not at.exception


def test_what_is_skipped_comes_again_at_the_end(experiment):
    at = voting()
    first = said(at.text)
    at = press(at, "skip")
    assert said(at.text) != first
    for _ in range(5):
        at = press(at, "right")
    assert said(at.text) == first
    assert len(votes(experiment)) == 5


def test_a_vote_is_taken_back_and_asked_again(experiment):
    at = voting()
    first = said(at.text)
    assert at.get_by_key("vote.back").disabled
    at = press(press(at, "right"), "back")
    assert votes(experiment) == ()
    assert said(at.text) == first


def test_the_end_is_said(experiment):
    at = voting()
    for _ in range(6):
        at = press(at, "tie")
    assert not at.exception
    assert "That was all" in said(at.success)
    assert press(at, "back").get_by_key("vote.left")


def test_two_of_an_experiment_are_needed(experiment):
    at = voting().get_by_key(f"vote.between.{experiment.id}").set_value(["A"]).run()
    assert "at least two" in said(at.info)
    at = at.get_by_key(f"vote.between.{experiment.id}").set_value(["A", "Retrieval of A"]).run()
    assert not at.exception


def test_what_came_out_names_the_preferred(experiment):
    for judge in ("Ann", "Bob"):
        at = voting(judge)
        for _ in range(6):
            at = press(at, "left")
    at = at.get_by_key("vote.view").set_value("What came out").run()
    assert not at.exception
    assert set(column(at, "Ratings", "list")) == {"A", "B"}
    assert column(at, "Agreement of judges", "both") == [6]
    assert "nDCG@10" in column(at, "Measures against votes", "measure")
    assert "100% [1.00, 1.00] of the 12 decided votes went to the left list" in said(at.caption)


def test_without_votes_nothing_came_out(experiment):
    at = opened("vote").get_by_key("vote.view").set_value("What came out").run()
    assert not at.exception
    assert "Nobody has voted" in said(at.info)


def test_a_catalog_that_is_gone_is_told(experiment, fresh):
    (fresh / "data" / "catalogs" / "fruit" / "catalog.yaml").unlink()
    at = voting()
    assert not at.exception
    assert "fruit" in said(at.error)
