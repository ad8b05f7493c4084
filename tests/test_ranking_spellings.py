"""Labels of which one begins another, as 1 begins 10."""

import math

import pytest

from workbench.engine.answers import Scored
from workbench.ranking.spellings import exclusive, extensions


def ways(*paths):
    return [Scored(path, (0.0,) * len(path)) for path in paths]


def test_what_goes_on_to_another_label_is_not_counted_for_the_shorter_one():
    # 100, 10, 1 and 2: what is written after "1" is in its chance, and what is written after "10" in that of "10".
    longer = extensions(ways((5, 1, 0, 0), (5, 1, 0), (5, 1), (5, 2)), [True] * 4)
    assert longer == [[], [0], [1], []]
    totals = [math.log(chance) for chance in (0.1, 0.3, 0.7, 0.2)]
    assert [math.exp(t) for t in exclusive(totals, longer)] == pytest.approx([0.1, 0.2, 0.4, 0.2])


def test_a_way_that_does_not_count_takes_nothing_from_another():
    assert extensions(ways((5,), (5, 1)), [True, False]) == [[], []]


def test_a_chance_that_is_all_anothers_stays_a_number():
    assert exclusive([-1.0, -1.0], [[1], []]) == [pytest.approx(-1.0 + math.log(1e-6)), -1.0]
