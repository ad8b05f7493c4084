"""Blind votes: what is asked, how votes are kept, and what they say."""

from dataclasses import replace

import pytest

from workbench.evaluation.ballot import Question, ballot, pairs_of
from workbench.evaluation.scores import scores_of
from workbench.evaluation.votes import (
    alpha,
    as_rows,
    judge_pairs,
    left_share,
    measure_agreement,
    nominal_alpha,
    preferences,
    ratings,
)
from workbench.records import Case
from workbench.store.experiment import AskedCase, ExperimentPlan, Result
from workbench.store.store import Store
from workbench.store.vote import Vote
from workbench.variant import Choice, TemplateSource, Variant

LABELS = ("old", "new", "third")
PLAN = ExperimentPlan(
    name="votes",
    catalog="fruit",
    catalog_fingerprint="f",
    cases_digest="d",
    n_cases=40,
    variants=tuple(Variant(label=label, template=TemplateSource(name="t", source=label)) for label in LABELS),
    baseline="old",
    controls=False,
    code_version="1",
)
CASES = tuple(AskedCase(Case(f"k{n}"), f"d{n}", {"popularity of the target": "head"}) for n in range(40))
ENTRIES = PLAN.entries[:3]


def vote(case_at, verdict, judge="ann", a=0, b=1, left=0):
    return Vote(judge, case_at, a, b, left, verdict)


@pytest.fixture
def store(database_url):
    made = Store(database_url)
    yield made
    made.close()


def test_a_vote_is_kept_and_a_second_one_takes_its_place(store):
    experiment_id = store.begin_experiment(PLAN, CASES)
    store.save_vote(experiment_id, vote(0, "a"))
    store.save_vote(experiment_id, vote(1, "tie", left=1))
    store.save_vote(experiment_id, vote(0, "bad"))
    kept = store.votes(experiment_id)
    assert [(v.case_at, v.verdict, v.left) for v in kept] == [(1, "tie", 1), (0, "bad", 0)]
    assert all(v.cast_at.tzinfo for v in kept)


def test_the_last_vote_of_one_judge_is_taken_back(store):
    experiment_id = store.begin_experiment(PLAN, CASES)
    store.save_vote(experiment_id, vote(0, "a"))
    store.save_vote(experiment_id, vote(1, "b"))
    store.save_vote(experiment_id, vote(2, "b", judge="bob"))
    assert store.take_back_vote(experiment_id, "ann").case_at == 1
    assert [(v.judge, v.case_at) for v in store.votes(experiment_id)] == [("ann", 0), ("bob", 2)]
    assert store.take_back_vote(experiment_id, "nobody") is None


def test_votes_go_with_their_experiment(store):
    experiment_id = store.begin_experiment(PLAN, CASES)
    store.save_vote(experiment_id, vote(0, "a"))
    store.delete_experiment(experiment_id)
    assert store.votes(experiment_id) == ()


def test_the_lists_of_chosen_entries_are_read_from_the_first_repeat(store):
    experiment_id = store.begin_experiment(PLAN, CASES)
    results = [Result(e, c, r, "done", items=(f"{e}{c}{r}", "x")) for e in (0, 1, 2) for c in (0, 1) for r in (0, 1)]
    store.save_results(experiment_id, [*results, Result(0, 2, 0, "failed", problem="no")])
    lists = store.first_lists(experiment_id, [0, 2])
    assert lists == {0: {0: ("000", "x"), 1: ("010", "x")}, 2: {0: ("200", "x"), 1: ("210", "x")}}


def test_every_case_is_asked_where_the_lists_differ():
    lists = {0: {0: ("x", "y"), 1: ("x",), 2: ("x",)}, 1: {0: ("y", "x"), 1: ("x",)}, 2: {1: ("z",)}}
    asked = ballot(PLAN, lists, pairs_of(ENTRIES), "ann")
    assert {q.key for q in asked} == {(0, 0, 1), (1, 0, 2), (1, 1, 2)}


def test_all_judges_are_asked_in_one_order_and_see_sides_of_their_own():
    lists = {0: dict.fromkeys(range(40), ("x",)), 1: dict.fromkeys(range(40), ("y",))}
    ann, bob = (ballot(PLAN, lists, [(0, 1)], judge) for judge in ("ann", "bob"))
    assert [q.key for q in ann] == [q.key for q in bob] != sorted(q.key for q in ann)
    assert [q.left for q in ann] != [q.left for q in bob]
    assert 10 < sum(q.left == q.a for q in ann) < 30
    assert ann == ballot(PLAN, lists, [(0, 1)], "ann")


def test_questions_that_come_later_move_nothing():
    early = {0: dict.fromkeys(range(0, 40, 2), ("x",)), 1: dict.fromkeys(range(40), ("y",))}
    late = {**early, 0: dict.fromkeys(range(40), ("x",))}
    before = ballot(PLAN, early, [(0, 1)], "ann")
    assert [q for q in ballot(PLAN, late, [(0, 1)], "ann") if q.case_at % 2 == 0] == list(before)


@pytest.mark.parametrize(
    ("left", "said", "verdict"), [(0, "left", "a"), (1, "left", "b"), (0, "right", "b"), (1, "right", "a")]
)
def test_a_side_becomes_the_entry_that_was_there(left, said, verdict):
    assert Question(7, 0, 1, left).vote("ann", said) == vote(7, verdict, left=left)


def test_a_clear_preference_is_said_so():
    votes = [vote(n, "b") for n in range(18)] + [vote(18, "a"), vote(19, "bad")]
    (found,) = preferences(votes, ENTRIES)
    assert (found.a_wins, found.b_wins, found.ties, found.bad) == (1, 18, 0, 1)
    assert found.found.interval.mean == pytest.approx(17 / 20)
    assert found.words.startswith("Judges prefer new to old: new 18, old 1, 0 tied, 1 both bad; p 0.000")


def test_judges_of_one_case_are_one_answer():
    votes = [vote(0, "b", judge) for judge in ("ann", "bob", "cy")] + [vote(1, "a")]
    (found,) = preferences(votes, ENTRIES)
    assert (found.found.interval.n, found.found.interval.mean) == (2, 0.0)
    assert found.words.startswith("Too few votes to tell new from old")


def test_few_votes_decide_nothing():
    (found,) = preferences([vote(0, "b"), vote(1, "b")], ENTRIES)
    assert "Too few votes" in found.words


def test_ratings_of_two_are_the_share_of_wins():
    # Three to one is odds of 3, shared over both sides of the mean: sigmoid(log(3) / 2).
    votes = [vote(n, "b") for n in range(300)] + [vote(n, "a") for n in range(300, 400)]
    first, second = ratings(votes, ENTRIES, resamples=50)
    assert (first.label, second.label, first.n) == ("new", "old", 400)
    assert first.share == pytest.approx(3**0.5 / (1 + 3**0.5), abs=0.01)
    assert first.low < first.share < first.high < 1
    assert first.share + second.share == pytest.approx(1)


def test_ratings_go_through_a_third_and_stand_a_lost_cause():
    votes = [vote(n, "b") for n in range(10)] + [vote(n, "b", a=1, b=2) for n in range(10)]
    assert [r.label for r in ratings(votes, ENTRIES, resamples=20)] == ["third", "new", "old"]
    assert ratings([], ENTRIES) == ()


def test_ratings_are_the_same_each_time():
    votes = [vote(n, "b" if n % 3 else "tie") for n in range(20)]
    assert ratings(votes, ENTRIES, seed=1, resamples=30) == ratings(votes, ENTRIES, seed=1, resamples=30)


def test_alpha_is_that_of_krippendorffs_own_example():
    rows = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    units = [[row[at] for row in rows if row[at] != "."] for at in range(12)]
    assert nominal_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_alpha_is_one_where_all_agree_and_none_where_nothing_can_be_said():
    same = [vote(n, v, judge) for judge in ("ann", "bob") for n, v in enumerate(("a", "b", "tie"))]
    assert alpha(same) == pytest.approx(1)
    assert alpha([vote(0, "a"), vote(1, "b")]) is None
    assert alpha([vote(0, "a"), vote(0, "a", "bob")]) is None


def test_two_judges_are_held_against_each_other_where_both_answered():
    votes = [vote(0, "a"), vote(1, "b"), vote(2, "b"), vote(0, "a", "bob"), vote(1, "a", "bob")]
    (found,) = judge_pairs(votes)
    assert (found.one, found.other, found.n, found.same) == ("ann", "bob", 2, 0.5)


def test_a_judge_who_looks_at_the_side_is_seen():
    votes = [vote(0, "a", left=0), vote(1, "b", left=1), vote(2, "b", left=0), vote(3, "tie", left=0)]
    assert left_share(votes).mean == pytest.approx(2 / 3)
    assert left_share(votes).n == 3


def test_measures_are_held_against_the_majority():
    values = {0: {"nDCG@10": 0.5, "RR": 0.2}, 1: {"nDCG@10": 0.8, "RR": 0.2}}
    results = [Result(e, c, 0, "done", numbers=values[e]) for e in (0, 1) for c in (0, 1)]
    scores = scores_of(PLAN, CASES, results)
    votes = [vote(0, "b"), vote(0, "b", "bob"), vote(0, "a", "cy"), vote(1, "a"), vote(2, "a"), vote(1, "tie", "bob")]
    found = {m.measure: m for m in measure_agreement(votes, scores)}
    # Case 0: two of three prefer B, and so does nDCG. Case 1: A is preferred, nDCG prefers B. Case 2 has no result.
    assert (found["nDCG@10"].share.mean, found["nDCG@10"].share.n) == (0.5, 2)
    assert (found["RR"].share.n, found["RR"].undecided) == (0, 2)


def test_a_measure_where_less_is_better_prefers_the_smaller():
    text = "---\ntask: labels\nlabels: [like, dislike]\ngrades: {like: 1, dislike: 0}\n---\n"
    telling = {"template": TemplateSource(name="t", source=text), "method": Choice(name="pointwise")}
    plan = PLAN.model_copy(update={"variants": tuple(v.model_copy(update=telling) for v in PLAN.variants)})
    results = [Result(e, 0, 0, "done", numbers={"cross-entropy": value}) for e, value in enumerate((0.7, 0.2))]
    scores = scores_of(plan, CASES, results)
    (found,) = measure_agreement([vote(0, "b")], scores)
    assert (found.measure, found.share.mean) == ("cross-entropy", 1.0)


def test_votes_as_rows_name_what_was_hidden():
    scores = scores_of(PLAN, CASES, [])
    (row,) = as_rows([replace(vote(3, "b"), left=1)], scores)
    expected = {"judge": "ann", "case": "k3", "a": "old", "b": "new", "left": "new", "verdict": "b", "better": "new"}
    assert row == {**expected, "cast_at": ""}
