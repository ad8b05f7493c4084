import pytest

from workbench.evaluation.rates import Count, counts, pooled, rates, said
from workbench.records import MatchedLine, RankedItem, Ranking


def ranking(*lines, left_out=0, placed=3):
    rows = [RankedItem(f"i{n}", n + 1, None, n + 1, 0.0, left_out=n >= placed) for n in range(placed + left_out)]
    return Ranking("k", "d", tuple(rows), (), lines=tuple(lines))


EXACT = MatchedLine("Up", "exact", "i0", 1.0)
AGAIN = MatchedLine("Up", "exact", "i0", 1.0, duplicate=True)
INVENTED = MatchedLine("Upp", "invented")
EITHER = MatchedLine("It", "ambiguous", None, 1.0, others=("i1", "i2"))
OUTSIDE_AGAIN = MatchedLine("Heat", "outside", "x", 1.0, duplicate=True)


def test_each_line_and_each_candidate_is_counted_by_what_became_of_it():
    found = counts(ranking(EXACT, AGAIN, INVENTED, EITHER, OUTSIDE_AGAIN, left_out=1))
    assert found == {
        "invented": Count(1, 5),
        "ambiguous": Count(1, 5),
        "outside": Count(1, 5),
        "duplicate": Count(2, 5),
        "left out": Count(1, 4),
    }


def test_rates_are_shares():
    assert rates(ranking(EXACT, INVENTED, left_out=1)) == {
        "invented": 0.5,
        "ambiguous": 0.0,
        "outside": 0.0,
        "duplicate": 0.0,
        "left out": 0.25,
    }


def test_a_method_that_writes_nothing_has_no_rate_of_lines():
    assert rates(ranking()) == {**dict.fromkeys(("invented", "ambiguous", "outside", "duplicate")), "left out": 0.0}
    assert said(counts(ranking()))["invented"] == "–"


def test_pooled_counts_weigh_each_line_alike():
    found = pooled([ranking(INVENTED), ranking(EXACT, EXACT, EITHER)])
    assert found["invented"] == Count(1, 4)
    assert found["invented"].rate == pytest.approx(0.25)
    assert said(found)["ambiguous"] == "1 of 4"
    assert pooled([])["left out"].rate is None
