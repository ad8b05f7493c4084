import random
from itertools import permutations

import numpy
import pytest
from scipy import stats

from workbench.evaluation import resampling
from workbench.evaluation.chance import chance
from workbench.evaluation.measures import measures
from workbench.evaluation.resampling import bootstrap_means, flipped_means
from workbench.evaluation.significance import (
    Interval,
    all_pairs,
    cases_needed,
    difference,
    holm,
    interval,
    randomisation_test,
)

FAST = 999


def test_holm_is_that_computed_by_hand():
    # Sorted 0.01, 0.03, 0.04 times 3, 2, 1 is 0.03, 0.06, 0.04; never below what came before.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []


def test_the_randomisation_test_counts_the_observed_labelling():
    # Of the 2^3 signs of three equal differences, all plus and all minus are as far out: 2 of 8.
    assert randomisation_test([1.0, 1.0, 1.0]) == pytest.approx(0.25)
    assert randomisation_test([0.5] * 40, resamples=FAST) == pytest.approx(2 / (FAST + 1))
    assert randomisation_test([0.0, 0.0]) == 1.0


def test_values_that_are_all_equal_have_a_point_for_an_interval():
    assert interval([0.5, 0.5, 0.5]) == Interval(0.5, 0.5, 0.5, 3)
    assert interval([]).n == 0


def test_an_interval_holds_its_mean_and_is_the_same_each_time():
    draw = random.Random(1)
    values = [draw.random() for _ in range(30)]
    found = interval(values)
    assert found.low < found.mean < found.high
    assert found == interval(values)


def lists_of_values():
    draw = random.Random(5)
    yield [draw.random() for _ in range(25)]
    yield [draw.gauss(0.02, 0.2) for _ in range(180)]
    yield [float(draw.random() < 0.3) for _ in range(120)]
    yield [float(draw.random() < 0.05) - float(draw.random() < 0.1) for _ in range(700)]
    yield [0.0] * 30 + [1.0]
    yield [draw.choice([0.0, 0.6309298, 1.0]) for _ in range(60)]


@pytest.mark.parametrize("values", list(lists_of_values()), ids=lambda values: f"{len(values)} values")
def test_an_interval_is_that_of_scipy(values):
    theirs = stats.bootstrap(
        (numpy.array(values),), numpy.mean, n_resamples=1999, method="BCa", rng=numpy.random.default_rng(7), batch=500
    ).confidence_interval
    found = interval(values, seed=7, resamples=1999)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=2e-3)


@pytest.mark.parametrize("values", list(lists_of_values()), ids=lambda values: f"{len(values)} values")
def test_a_p_value_is_that_of_scipy_within_the_noise_of_the_draw(values):
    centred = [value - 0.9 * sum(values) / len(values) for value in values]
    theirs = stats.permutation_test(
        (numpy.array(centred),),
        lambda d, axis: d.mean(axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9999,
        rng=numpy.random.default_rng(1),
    ).pvalue
    # Two draws of 9999: three standard errors of their difference, doubled since p is twice a share.
    noise = 2 * 3 * (0.25 / 9999 * 2) ** 0.5
    assert randomisation_test(centred) == pytest.approx(theirs, abs=noise)


def test_few_differences_are_flipped_in_every_way_as_scipy_does():
    values = [0.3, -0.1, 0.4, 0.2, 0.0, 0.5, -0.2]
    theirs = stats.permutation_test(
        (numpy.array(values),), lambda d, axis: d.mean(axis), permutation_type="samples", vectorized=True
    ).pvalue
    assert randomisation_test(values) == pytest.approx(theirs)


def test_draws_that_are_not_kept_are_the_same_draws(monkeypatch):
    values = [random.Random(n).random() for n in range(50)]
    kept = bootstrap_means(values, resamples=1200, seed=3), flipped_means(values, resamples=1200, seed=3)
    monkeypatch.setattr(resampling, "KEPT_BYTES", 0)
    anew = bootstrap_means(values, resamples=1200, seed=3), flipped_means(values, resamples=1200, seed=3)
    assert all((a == b).all() for a, b in zip(kept, anew, strict=True))


def test_cases_needed_is_the_normal_approximation():
    # (1.95996 + 0.84162)^2 * (0.2 / 0.1)^2 = 7.8489 * 4 = 31.4
    assert cases_needed(0.2, 0.1) == 32


def test_more_cases_are_needed_where_holm_corrects_over_more_pairs():
    # At 0.05 / 3: (2.39398 + 0.84162)^2 * 4 = 41.9; and of 2^n signs two are rare enough from n = 7: 2 / 128.
    assert cases_needed(0.2, 0.1, family=3) == 42
    assert (cases_needed(0.0, 0.1), cases_needed(0.0, 0.1, family=3)) == (6, 7)
    draw = random.Random(3)
    values = {name: {str(c): draw.random() for c in range(20)} for name in "ABC"}
    for found in all_pairs(values, worth=0.1, resamples=FAST):
        assert found.needed == cases_needed(found.spread, 0.1, family=3)


def test_below_two_cases_no_number_of_cases_is_told():
    for values in ({}, {"1": 0.5}):
        found = difference("A", "B", values, values, worth=0.1, resamples=FAST)
        assert (found.verdict, found.needed) == ("too few cases", None)
        assert "needed" not in found.words


def test_few_cases_that_tie_do_not_rule_a_difference_out():
    def gain_of_worth(trial):
        draw = random.Random(f"ties {trial}")
        # One case in twenty gains 1: on average exactly what matters.
        return {str(c): 0.0 for c in range(8)}, {str(c): float(draw.random() < 0.05) for c in range(8)}

    found = [difference("A", "B", *gain_of_worth(t), worth=0.05, seed=t, resamples=FAST) for t in range(100)]
    assert sum(d.ties == 8 for d in found) > 50
    assert all(d.verdict == "too few cases" for d in found)
    tied = next(d for d in found if d.ties == 8)
    # ((1.95996 + 0.84162) * sqrt(2 / 9) / 0.05)^2 = 697.7
    assert tied.words.endswith("8 cases; about 698 would be needed to see a difference of 0.05")


def test_many_cases_that_tie_do():
    same = {str(c): 0.5 for c in range(300)}
    assert difference("A", "B", same, same, worth=0.02, resamples=FAST).verdict == "no clear difference"


def test_wins_ties_losses_and_missing_cases_are_counted():
    a = {"1": 0.0, "2": 0.5, "3": 1.0, "4": 0.2}
    b = {"1": 1.0, "2": 0.5, "3": 0.0, "5": 0.1}
    found = difference("A", "B", a, b, worth=0.1, resamples=FAST)
    assert (found.wins, found.ties, found.losses) == (1, 1, 1)
    assert found.missing == ("4", "5")
    assert found.interval.n == 3


def test_few_cases_are_said_to_be_too_few():
    a = {str(n): random.Random(n).random() for n in range(8)}
    b = {str(n): random.Random(n + 100).random() for n in range(8)}
    found = difference("A", "B", a, b, worth=0.01, resamples=FAST)
    assert found.verdict == "too few cases"
    assert f"about {found.needed} would be needed" in found.words


def simulated(trial, shift, n=150, spread=0.2):
    draw = random.Random(trial)
    base = {str(c): draw.random() for c in range(n)}
    return base, {c: v + draw.gauss(shift, spread) for c, v in base.items()}


def verdicts(shift, n):
    return [
        difference("A", "B", *simulated(t, shift, n), worth=0.05, seed=t, resamples=FAST).verdict for t in range(100)
    ]


def test_a_against_a_is_no_clear_difference_in_at_least_93_of_100():
    assert verdicts(0.0, 200).count("no clear difference") >= 93


def test_so_it_is_for_hits_and_misses_where_most_cases_tie():
    def hits(trial):
        draw = random.Random(f"hits {trial}")
        base = {str(c): float(draw.random() < 0.3) for c in range(150)}
        # One case in five is asked with another outcome, as likely up as down.
        return base, {c: float(draw.random() < 0.3) if draw.random() < 0.2 else v for c, v in base.items()}

    found = [difference("A", "B", *hits(t), worth=0.1, seed=t, resamples=FAST).verdict for t in range(100)]
    assert found.count("no clear difference") >= 93


def test_a_smaller_error_is_better_and_a_larger_one_worse():
    errors = {str(n): 1.0 + n / 100 for n in range(12)}
    less = {case: value - 0.5 for case, value in errors.items()}
    found = difference("A", "B", errors, less, worth=0.1, less_is_better=True)
    assert (found.verdict, found.wins, found.losses) == ("better", 12, 0)
    assert found.interval.mean == pytest.approx(-0.5)
    assert difference("B", "A", less, errors, worth=0.1, less_is_better=True).verdict == "worse"


def test_a_difference_of_the_stated_size_is_found_at_the_stated_power():
    n = cases_needed(0.2, 0.05)
    # Of 100 at a power of 0.8, fewer than 70 would be seen less than once in a hundred.
    assert verdicts(0.05, n).count("better") >= 70


def test_all_pairs_are_corrected_together():
    draw = random.Random(3)
    values = {name: {str(c): draw.random() for c in range(20)} for name in "ABC"}
    found = all_pairs(values, worth=0.1, resamples=FAST)
    assert [(d.a, d.b) for d in found] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert [d.p_holm for d in found] == pytest.approx(holm([d.p for d in found]))


@pytest.mark.parametrize("grades", [{"a": 1}, {"a": 3, "c": 1}, {"a": 1, "x": 2}, {"x": 1}, {"a": 1, "b": 1, "c": 2}])
def test_chance_is_the_mean_over_all_orders(grades):
    every = [measures(order, grades, cutoffs=(2, 5)) for order in permutations("abcd")]
    expected = {name: sum(m[name] for m in every) / len(every) for name in every[0]}
    assert chance("abcd", grades, cutoffs=(2, 5)) == pytest.approx(expected)
