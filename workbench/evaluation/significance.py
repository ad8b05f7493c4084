"""Whether a difference is sure: paired by case, with an interval, a test, and a verdict in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, log2
from statistics import NormalDist, fmean, stdev
from typing import Literal

from workbench.evaluation.resampling import bootstrap_means, flipped_means

LEVEL, POWER = 0.05, 0.8
"""A difference is called sure below this p (after Holm); and so many of 100 real ones are to be found."""
RESAMPLES = 9999
TIE = 1e-12
"""Means that are nearer to one another than this are equal but for rounding."""
Verdict = Literal["better", "worse", "no clear difference", "too few cases"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over `n` cases with the 95 % interval that a bootstrap gives it."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """B less A, over the cases that both have. `p` is of a randomisation test of paired signs that counts the observed
    labelling, `p_holm` after Holm's correction over its family. `effect` is Cohen's d of paired differences, None
    where all are equal, `spread` a cautious standard deviation (see `_cautious`). `needed` is how many cases would find
    a difference of `worth` in a family of this size, None below two cases.
    `missing` are cases of one side alone. `less_is_better` turns what counts as a win, and the verdict, and no sign.
    `failed` counts the cases that are left out because A, a control, failed on them."""

    a: str
    b: str
    interval: Interval
    p: float
    p_holm: float
    effect: float | None
    wins: int
    ties: int
    losses: int
    needed: int | None
    worth: float
    missing: tuple[str, ...] = ()
    less_is_better: bool = False
    spread: float = 0.0
    failed: int = 0

    @property
    def verdict(self) -> Verdict:
        if self.p_holm < LEVEL:
            return "better" if (self.interval.mean < 0) == self.less_is_better else "worse"
        return "too few cases" if self.needed is None or self.needed > self.interval.n else "no clear difference"

    @property
    def unasked(self) -> bool:
        """A failed on most cases: the rest tells nothing of it."""
        return self.failed > self.interval.n

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        found = self.interval
        numbers = f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}], p {self.p_holm:.3f}, {found.n} cases"
        if self.verdict in ("better", "worse"):
            return f"{self.b} is {self.verdict} than {self.a}: {numbers}"
        if self.verdict == "no clear difference":
            return f"no clear difference between {self.b} and {self.a}: {numbers}"
        few = f"too few cases to tell {self.b} from {self.a}: {numbers}"
        if self.needed is None:
            return few
        return f"{few}; about {self.needed} would be needed to see a difference of {self.worth:g}"


def interval(values: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> Interval:
    """The bootstrap's BCa interval (Efron, 1987, equations 6.7 and 7.3), or the percentile one where that is not
    defined; of values that are all equal, that value."""
    n, mean = len(values), fmean(values) if values else 0.0
    if n < 2 or min(values) == max(values):
        return Interval(mean, mean, mean, n)
    import numpy
    from scipy.special import ndtr, ndtri

    means = bootstrap_means(values, resamples=resamples, seed=seed)
    below, above = numpy.mean(means < mean - TIE), numpy.mean(means > mean + TIE)
    ends = numpy.array([LEVEL / 2, 1 - LEVEL / 2])
    if below < 1 and above < 1:
        # The mean's own jackknife needs no loop: what is left out moves it by its distance from it.
        off = numpy.asarray(values, dtype=float) - mean
        skew = float((off**3).sum() / (6 * (off**2).sum() ** 1.5))
        middle = ndtri((below + 1 - above) / 2)
        moved = middle + ndtri(ends)
        ends = ndtr(middle + moved / (1 - skew * moved))
    low, high = numpy.percentile(means, 100 * ends)
    return Interval(mean, float(low), float(high), n)


def randomisation_test(differences: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES) -> float:
    """Twice the share of sign flips whose mean is as far out as the observed one on its side, that one counted; all
    flips where they are few. 1 without a difference."""
    if not any(differences):
        return 1.0
    import numpy

    n, mean = len(differences), fmean(differences)
    few = 2**n <= resamples
    if few:
        signs = 1 - 2 * ((numpy.arange(2**n)[:, None] >> numpy.arange(n)) & 1)
        means = signs @ numpy.asarray(differences, dtype=float) / n
    else:
        means = flipped_means(differences, resamples=resamples, seed=seed)
    # Of all flips one is the observed one; drawn ones get it added.
    added = 0 if few else 1
    shares = [(int(side.sum()) + added) / (len(means) + added) for side in (means <= mean + TIE, means >= mean - TIE)]
    return min(1.0, 2 * min(shares))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction (1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    corrected, least = [0.0] * len(p_values), 0.0
    for step, at in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - step) * p_values[at]))
        corrected[at] = least
    return corrected


def cases_needed(spread: float, worth: float, *, family: int = 1) -> int:
    """How many paired cases find a mean difference of `worth`, at this power, where differences have this standard
    deviation: the normal approximation. The level is that of Holm's first step in a family of this size; with fewer
    cases than 2**(1-n) = level no sign flip is rare enough for it."""
    z, level = NormalDist(), LEVEL / family
    fewest = ceil(1 - log2(level))
    return max(fewest, ceil(((z.inv_cdf(1 - level / 2) + z.inv_cdf(POWER)) * spread / worth) ** 2))


def _cautious(found: Sequence[float], farthest: float) -> float:
    """The standard deviation with one more case on either side that differs by as much as one may: few cases may hold
    none of those that differ, and eight ties rule out nothing."""
    return stdev([*found, farthest, -farthest])


def difference(
    a: str,
    b: str,
    a_values: Mapping[str, float],
    b_values: Mapping[str, float],
    *,
    worth: float,
    less_is_better: bool = False,
    farthest: float = 1.0,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Difference:
    """Of two named lists of values by case; `p_holm` is `p` until a family corrects it. `farthest` is by how much one
    case may differ."""
    both = [case for case in a_values if case in b_values]
    missing = tuple(sorted(set(a_values) ^ set(b_values)))
    # A difference of rounding alone is none.
    found = [round(b_values[case] - a_values[case], 12) for case in both]
    spread, cautious = stdev(found) if len(found) > 1 else 0.0, _cautious(found, farthest)
    p = randomisation_test(found, seed=seed, resamples=resamples)
    up, down = sum(d > 0 for d in found), sum(d < 0 for d in found)
    return Difference(
        a=a,
        b=b,
        interval=interval(found, seed=seed, resamples=resamples),
        p=p,
        p_holm=p,
        effect=fmean(found) / spread if spread else None,
        wins=down if less_is_better else up,
        ties=sum(d == 0 for d in found),
        losses=up if less_is_better else down,
        needed=cases_needed(cautious, worth) if len(found) > 1 else None,
        worth=worth,
        missing=missing,
        less_is_better=less_is_better,
        spread=cautious,
    )


def corrected(family: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same differences with Holm's correction over all of them, and as many cases needed as that takes."""

    def needed(d: Difference) -> int | None:
        return None if d.needed is None else cases_needed(d.spread, d.worth, family=len(family))

    p_values = holm([d.p for d in family])
    return tuple(replace(d, p_holm=p, needed=needed(d)) for d, p in zip(family, p_values, strict=True))


def all_pairs(
    values: Mapping[str, Mapping[str, float]],
    *,
    worth: float,
    less_is_better: bool = False,
    farthest: float = 1.0,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[Difference, ...]:
    """Every pair of names, the earlier as A, corrected over all pairs."""

    def of(a: str, b: str) -> Difference:
        return difference(
            a,
            b,
            values[a],
            values[b],
            worth=worth,
            less_is_better=less_is_better,
            farthest=farthest,
            seed=seed,
            resamples=resamples,
        )

    return corrected([of(a, b) for a, b in combinations(values, 2)])
