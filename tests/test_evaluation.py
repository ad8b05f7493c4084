from math import log2

import pytest

from workbench.evaluation.agreement import agreement, kendall_tau, rbo
from workbench.evaluation.comparison import (
    POPULARITY,
    RETRIEVAL,
    ListedItem,
    NamedList,
    agreements,
    compare,
    flat,
    of_candidates,
    of_popularity,
    of_ranking,
)
from workbench.evaluation.measures import measures, retrieval_ceiling
from workbench.records import Candidate, MatchedLine, RankedItem, Ranking


def named(name, ids):
    return NamedList(name, tuple(ListedItem(i) for i in ids))


def test_measures_are_those_computed_by_hand():
    found = measures("abcdef", {"b": 3, "f": 1, "x": 2}, cutoffs=(2, 5))
    ideal = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    assert found["nDCG@5"] == pytest.approx((3 / log2(3)) / ideal)
    assert found["nDCG@2"] == pytest.approx((3 / log2(3)) / (3 / log2(2) + 2 / log2(3)))
    assert found["RR"] == pytest.approx(1 / 2)
    assert (found["HR@2"], found["P@2"]) == (1.0, 0.5)
    assert (found["P@5"], found["R@5"]) == pytest.approx((1 / 5, 1 / 3))


def test_a_list_without_a_relevant_item_scores_zero():
    assert set(measures("ab", {"x": 1}).values()) == {0.0}


def test_an_empty_list_scores_zero():
    found = measures([], {"x": 1}, cutoffs=(5,))
    assert found == {"nDCG@5": 0.0, "HR@5": 0.0, "P@5": 0.0, "R@5": 0.0, "RR": 0.0, "AP": 0.0}


@pytest.mark.parametrize("grades", [{}, {"a": 0}])
def test_a_case_without_truth_has_no_measures(grades):
    assert measures("ab", grades) == {}


def test_the_order_of_a_list_is_strict_however_long_it_is():
    ids = [f"i{n}" for n in range(1000)]
    assert measures(ids, {"i999": 1}, cutoffs=(10,))["RR"] == pytest.approx(1 / 1000)


def test_the_ceiling_is_what_retrieval_left_possible():
    found = retrieval_ceiling("abc", {"b": 3, "c": 0, "x": 1})
    assert (found.relevant, found.retrieved, found.any, found.share) == (2, 1, True, 0.5)


def test_a_case_without_truth_has_no_ceiling():
    found = retrieval_ceiling("abc", {})
    assert (found.any, found.share) == (False, None)


def test_rbo_of_equal_lists_is_one():
    assert rbo("abcde", "abcde") == pytest.approx(1.0)
    assert rbo([], []) == 1.0


def test_rbo_of_lists_apart_is_zero():
    assert rbo("abc", "xyz") == 0.0
    assert rbo("abc", "") == 0.0


def test_rbo_of_a_swap_is_that_computed_by_hand():
    # Overlaps at depths 1, 2, 3 are 0, 2, 3; (1-p)/p = 1 at p = 0.5.
    expected = (0 / 1 * 0.5 + 2 / 2 * 0.25 + 3 / 3 * 0.125) + 3 / 3 * 0.125
    assert rbo("abc", "bac", p=0.5) == pytest.approx(expected)


def test_rbo_of_unequal_lengths_is_that_computed_by_hand():
    # s=1, l=2, X_1=1, X_2=1: seen 1*0.5 + 0.5*0.25, unseen 1*(2-1)/(1*2)*0.25, tail ((1-1)/2 + 1/1)*0.25.
    assert rbo("a", "ab", p=0.5) == pytest.approx(0.5 + 0.125 + 0.125 + 0.25)
    assert rbo("ab", "a", p=0.5) == rbo("a", "ab", p=0.5)


def test_kendall_tau_counts_pairs_over_the_common_items():
    # Of a, b, c the pairs ab and ac agree, bc does not: (2 - 1) / 3.
    assert kendall_tau("abcx", "yacb") == pytest.approx(1 / 3)
    assert kendall_tau("abc", "cba") == pytest.approx(-1.0)


@pytest.mark.parametrize(("a", "b"), [("abc", "xyz"), ("abc", "axy"), ("", "")])
def test_kendall_tau_needs_two_common_items(a, b):
    assert kendall_tau(a, b) is None


def test_overlap_is_the_share_of_k_that_both_hold():
    assert agreement("abcd", "abxy", k=4).overlap == 0.5
    assert agreement("abcd", "cdab", k=2).overlap == 0.0
    assert agreement("ab", "ba", k=10).overlap == 1.0


def test_movement_is_told_against_the_baseline():
    base, other = named("A", "abcd"), named("B", "cabx")
    _, compared = compare([base, other], "A", k=3, grades={"b": 2})
    assert [(r.item_id, r.rank, r.movement, r.grade) for r in compared.rows] == [
        ("c", 1, "▲2", 0),
        ("a", 2, "▼1", 0),
        ("b", 3, "▼1", 2),
    ]
    assert compared.dropped == ()


def test_an_item_from_below_the_cut_is_new_and_another_dropped():
    _, compared = compare([named("A", "abcd"), named("B", "dbxa")], "A", k=3, grades={})
    assert [(r.item_id, r.movement, r.moved) for r in compared.rows] == [
        ("d", "new", 3),
        ("b", "=", 0),
        ("x", "new", None),
    ]
    assert compared.dropped == ("a", "c")
    assert compared.measures == {}


def test_the_baseline_does_not_move_against_itself():
    found, _ = compare([named("A", "abc"), named("B", "cba")], "A", k=2, grades={})
    assert [r.movement for r in found.rows] == ["=", "="]
    assert found.dropped == ()


def test_any_list_may_be_the_baseline():
    found, _ = compare([named("A", "ab"), named("B", "ba")], "B", k=2, grades={})
    assert [r.movement for r in found.rows] == ["▲1", "▼1"]


@pytest.mark.parametrize("n", [2, 3, 6])
def test_every_pair_of_lists_is_compared(n):
    lists = [named(str(i), "abc") for i in range(n)]
    found = agreements(lists, k=3)
    assert len(found) == n * (n - 1) // 2
    assert all((a.overlap, a.rbo, a.tau) == pytest.approx((1.0, 1.0, 1.0)) for a in found.values())


def test_measures_are_of_the_whole_list_and_not_of_the_cut():
    found, _ = compare([named("A", "abc"), named("B", "cab")], "A", k=1, grades={"c": 1})
    assert found.measures["RR"] == pytest.approx(1 / 3)


CANDIDATES = (Candidate("a", 0.9, 1, "dense"), Candidate("b", 0.8, 2, "dense"), Candidate("c", 0.7, 3, "dense"))


def test_retrieval_is_the_candidates_in_their_order():
    assert of_candidates(RETRIEVAL, CANDIDATES).item_ids == ("a", "b", "c")


def test_popularity_breaks_ties_by_the_retrievers_order():
    found = of_popularity(CANDIDATES, {"b": 7.0})
    assert (found.name, found.item_ids) == (POPULARITY, ("b", "a", "c"))


def test_a_ranking_keeps_scores_and_says_what_was_left_out():
    ranking = Ranking(
        "m1", "digest", (RankedItem("b", 1, 0.5, 2, 0.8), RankedItem("a", 2, None, 1, 0.9, left_out=True)), CANDIDATES
    )
    assert of_ranking("A", ranking).listed == (ListedItem("b", 0.5, 2, ""), ListedItem("a", None, 1, "left out"))


def test_the_flat_table_holds_every_row_and_what_was_dropped():
    compared = compare([named("A", "ab"), named("B", "bx")], "A", k=2, grades={"b": 1})
    rows = flat(compared, {"a": "Alien", "b": "Up"})
    assert [(r["list"], r["rank"], r["title"], r["movement"], r["grade"]) for r in rows] == [
        ("A", 1, "Alien", "=", 0),
        ("A", 2, "Up", "=", 1),
        ("B", 1, "Up", "▲1", 1),
        ("B", 2, "", "new", 0),
        ("B", None, "Alien", "dropped", None),
    ]
    assert len({tuple(sorted(row)) for row in rows}) == 1


def test_the_flat_table_repeats_the_rates_of_what_was_written():
    lines = (MatchedLine("Up", "exact", "b", 1.0), MatchedLine("Zog", "invented"))
    ranking = Ranking("m1", "d", (RankedItem("b", 1, 0.5, 2, 0.8),), CANDIDATES, lines=lines)
    (written, other) = flat(compare([of_ranking("A", ranking), named("B", "b")], "A", k=1, grades={}), {})
    assert (written["invented_rate"], written["left_out_rate"]) == (0.5, 0.0)
    assert (other["invented_rate"], other["left_out_rate"]) == (None, None)
