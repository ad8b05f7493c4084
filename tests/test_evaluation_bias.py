"""What the order of the prompt does, how steady answers are, and whether a list has what the history has."""

from math import log
from pathlib import Path

import pytest

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.evaluation.agreement import STEADINESS, rbo, steadiness
from workbench.evaluation.calibrated import Calibration, divergence, shares
from workbench.evaluation.positions import found_by_place, order_in_prompt, position_gap
from workbench.records import Candidate, Item, Prompt, RankedItem, Ranking, Span


def prompted(order, ranked, *, orders=1, listed=None):
    """A ranking whose prompt names the candidates in `order`; those of `listed` alone, if it is given."""
    spans = tuple(Span(at, at + 1, "candidate", i) for at, i in enumerate(listed or order))
    candidates = tuple(Candidate(i, 1.0, rank, "x") for rank, i in enumerate(sorted(order), start=1))
    rows = tuple(RankedItem(i, rank, None, 1, 0.0) for rank, i in enumerate(ranked, start=1))
    return Ranking("k", "d", rows, candidates, prompt=Prompt("x" * len(order), spans=spans), orders=orders)


def test_the_order_of_the_prompt_is_read_off_its_marks():
    assert order_in_prompt(prompted("cab", "abc")) == ("c", "a", "b")
    assert order_in_prompt(prompted("cab", "abc", listed="cc" + "ab")) == ("c", "a", "b")


@pytest.mark.parametrize("how", [{"listed": "ca"}, {"orders": 3}])
def test_a_prompt_that_names_not_all_or_a_mean_of_orders_has_no_places(how):
    assert order_in_prompt(prompted("cab", "abc", **how)) == ()
    assert found_by_place(prompted("cab", "abc", **how), {"a": 1}, k=1) == {}


def test_what_is_found_is_told_for_each_quarter_of_the_prompt():
    # h g are the first quarter, f e the second, d c the third, b a the fourth; the first two ranked are h and a.
    ranking = prompted("hgfedcba", "hacdefgb")
    found = found_by_place(ranking, {"h": 2, "g": 1, "d": 1, "a": 1}, k=2)
    assert found == {
        "R@2 in the 1st quarter": 0.5,
        "R@2 in the 3rd quarter": 0.0,
        "R@2 in the 4th quarter": 1.0,
    }
    assert position_gap(found, k=2) == 1.0
    assert position_gap({"R@2 in the 1st quarter": 0.5}, k=2) is None


def test_steadiness_is_the_mean_over_pairs_of_answers():
    found = steadiness(["abc", "acb", "bac"])
    # Of three pairs one has the same first; tau of abc-acb and abc-bac is 1/3, of acb-bac -1/3.
    assert found["same first"] == pytest.approx(1 / 3)
    assert found["tau over repeats"] == pytest.approx(1 / 9)
    assert found["RBO over repeats"] == pytest.approx((rbo("abc", "acb") + rbo("abc", "bac") + rbo("acb", "bac")) / 3)


def test_one_answer_has_no_steadiness_and_answers_apart_no_tau():
    assert steadiness(["abc"]) == {}
    assert set(steadiness(["ab", "xy"])) == set(STEADINESS[:2])
    assert steadiness(["ab", "ab"]) == dict.fromkeys(STEADINESS, pytest.approx(1.0))


GENRES = {"a": ("x",), "b": ("x", "y"), "c": ("y",), "d": ("z",)}


def test_items_of_several_values_give_each_an_equal_part():
    assert shares(["a", "b"], GENRES) == {"x": 0.75, "y": 0.25}
    assert shares(["nobody"], GENRES) == {}


def test_the_divergence_is_stecks():
    # Wanted x 3/4, y 1/4; given all x, smoothed: x 0.99 + 0.01 * 3/4, y 0.01 * 1/4.
    expected = 0.75 * log(0.75 / (0.99 + 0.0075)) + 0.25 * log(0.25 / 0.0025)
    assert divergence({"x": 0.75, "y": 0.25}, {"x": 1.0}) == pytest.approx(expected)
    assert divergence({"x": 0.5, "y": 0.5}, {"x": 0.5, "y": 0.5}) == pytest.approx(0.0)


def catalog(**attributes):
    kinds = {"genres": "list", "maker": "text", "year": "integer"}
    meta = CatalogMeta(
        name="c", title="C", domain="video", language="en", licence="CC0-1.0", origin="hand-made", attributes=kinds
    )
    items = tuple(
        Item(i, i, i, {"genres": values, "maker": f"only {i}", "year": 2000, **attributes})
        for i, values in GENRES.items()
    )
    return Catalog(meta, items, (), (), (), "f", Path())


def test_a_list_is_held_against_the_history_for_attributes_that_group_items():
    found = Calibration(catalog(), 2).numbers(["a", "b"], ["a", "b", "d"])
    # Makers name one item each, and a year is no group.
    assert found == {"KL genres@2": pytest.approx(0.0)}
    assert Calibration(catalog(), 2).numbers(["a"], ["d"])["KL genres@2"] == pytest.approx(log(1 / 0.01))


def test_without_a_history_or_a_list_nothing_is_calibrated():
    assert Calibration(catalog(), 2).numbers([], ["a"]) == {}
    assert Calibration(catalog(), 2).numbers(["a"], []) == {}
