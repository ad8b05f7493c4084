"""What blind votes say: who is preferred and how surely, whether judges agree, and whether measures agree with them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from statistics import fmean
from typing import TYPE_CHECKING

from workbench.evaluation.columns import deciding
from workbench.evaluation.measures import less_is_better
from workbench.evaluation.scores import Scores
from workbench.evaluation.significance import LEVEL, Difference, Interval, corrected, difference, interval
from workbench.store.experiment import Entry
from workbench.store.vote import Vote

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

WORTH = 0.2
"""The smallest preference that would matter: 60 to 40."""
RESAMPLES = 1000
CALM = 0.1
"""How strongly ratings are drawn together (choix's alpha), so that one who always wins is not infinitely strong."""


@dataclass(frozen=True, slots=True)
class Preference:
    """The votes on two entries. `found` is the mean over cases of what B got less what A got of the one point that a
    vote gives, from -1 to 1, with the test of `significance`."""

    a: str
    b: str
    a_wins: int
    b_wins: int
    ties: int
    bad: int
    found: Difference

    @property
    def words(self) -> str:
        """The verdict as a sentence."""
        counted = f"{self.b} {self.b_wins}, {self.a} {self.a_wins}, {self.ties} tied, {self.bad} both bad"
        numbers = f"{counted}; p {self.found.p_holm:.3f}, {self.found.interval.n} cases"
        if self.found.verdict in ("better", "worse"):
            first, second = (self.b, self.a) if self.found.verdict == "better" else (self.a, self.b)
            return f"Judges prefer {first} to {second}: {numbers}"
        if self.found.verdict == "no clear difference":
            return f"Judges have no clear preference between {self.b} and {self.a}: {numbers}"
        wanted, seen = self.found.needed, "a preference of 60 to 40"
        enough = f"about {wanted} cases would be needed to see {seen}" if wanted else f"{seen} is not ruled out"
        return f"Too few votes to tell {self.b} from {self.a}: {numbers}; {enough}"


@dataclass(frozen=True, slots=True)
class Rating:
    """A Bradley-Terry strength, as the share of votes that the entry would win against one of average strength."""

    label: str
    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class JudgePair:
    """Two judges on the `n` questions that both answered; `same` is the share that they answered alike."""

    one: str
    other: str
    n: int
    same: float
    alpha: float | None


@dataclass(frozen=True, slots=True)
class MeasureAgreement:
    """How often a measure prefers the list that most judges prefer, over questions that both decide; `undecided` are
    those where judges decide and the measure finds the lists alike."""

    measure: str
    share: Interval
    undecided: int


def preferences(votes: Sequence[Vote], entries: Sequence[Entry], *, seed: int = 0) -> tuple[Preference, ...]:
    """Every pair that was voted on, corrected (Holm) over all of them."""
    labels = {entry.position: entry.label for entry in entries}
    by_pair: dict[tuple[int, int], list[Vote]] = defaultdict(list)
    for vote in votes:
        by_pair[vote.a, vote.b].append(vote)
    pairs = sorted(by_pair)
    found = corrected([_difference(labels[a], labels[b], by_pair[a, b], seed) for a, b in pairs])
    return tuple(_preference(d, by_pair[pair]) for pair, d in zip(pairs, found, strict=True))


def _difference(a: str, b: str, votes: Sequence[Vote], seed: int) -> Difference:
    """Paired by case: several judges of one case are one answer, their mean."""
    got = {case: fmean(v.worth for v in said) for case, said in _by_case(votes).items()}
    return difference(a, b, {case: 1 - worth for case, worth in got.items()}, got, worth=WORTH, seed=seed)


def _preference(found: Difference, votes: Sequence[Vote]) -> Preference:
    counted = Counter(vote.verdict for vote in votes)
    return Preference(found.a, found.b, counted["a"], counted["b"], counted["tie"], counted["bad"], found)


def _by_case(votes: Sequence[Vote]) -> dict[str, list[Vote]]:
    by_case: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_case[str(vote.case_at)].append(vote)
    return by_case


def ratings(
    votes: Sequence[Vote], entries: Sequence[Entry], *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[Rating, ...]:
    """Bradley-Terry (1952) by choix's spectral method, ties and both bad half a win each; 95 % by a bootstrap over
    cases, since the votes on one case are of one thing. The strongest first; () without votes."""
    import numpy

    places = sorted({place for vote in votes for place in (vote.a, vote.b)})
    if not places:
        return ()
    at = {place: index for index, place in enumerate(places)}
    by_case = _by_case(votes)
    wins = numpy.zeros((len(by_case), len(places), len(places)))
    for number, said in enumerate(by_case.values()):
        for vote in said:
            wins[number, at[vote.b], at[vote.a]] += vote.worth
            wins[number, at[vote.a], at[vote.b]] += 1 - vote.worth
    rng = numpy.random.default_rng(seed)
    drawn = rng.multinomial(len(wins), [1 / len(wins)] * len(wins), size=resamples)
    spread = numpy.array([_shares(numpy.tensordot(counts, wins, axes=1)) for counts in drawn])
    low, high = numpy.quantile(spread, [LEVEL / 2, 1 - LEVEL / 2], axis=0)
    shares, labels = _shares(wins.sum(axis=0)), {entry.position: entry.label for entry in entries}
    n = Counter(place for vote in votes for place in (vote.a, vote.b))
    found = [Rating(labels[p], shares[i], float(low[i]), float(high[i]), n[p]) for p, i in at.items()]
    return tuple(sorted(found, key=lambda rating: -rating.share))


def _shares(wins: "NDArray[float64]") -> list[float]:
    from choix import ilsr_pairwise_dense

    return [1 / (1 + math.exp(-strength)) for strength in ilsr_pairwise_dense(wins, alpha=CALM, max_iter=10_000)]


def alpha(votes: Sequence[Vote]) -> float | None:
    """Krippendorff's alpha of the judges over the questions that at least two have answered."""
    return nominal_alpha([[vote.verdict for vote in said] for said in _by_question(votes).values()])


def nominal_alpha(units: Iterable[Sequence[str]]) -> float | None:
    """Agreement of any number of observers, not all of whom answered every unit: 1 where all agree, 0 where they agree
    as by chance. None where no unit has two answers, or all answers are one.

    Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C.
    """
    coincidences: dict[tuple[str, str], float] = defaultdict(float)
    for answers in units:
        for one, other in permutations(answers, 2):
            coincidences[one, other] += 1 / (len(answers) - 1)
    totals: dict[str, float] = defaultdict(float)
    for (one, _), count in coincidences.items():
        totals[one] += count
    n = sum(totals.values())
    by_chance = n * n - sum(total * total for total in totals.values())
    if len(totals) < 2:
        return None
    differing = sum(count for (one, other), count in coincidences.items() if one != other)
    return 1 - (n - 1) * differing / by_chance


def judge_pairs(votes: Sequence[Vote]) -> tuple[JudgePair, ...]:
    """Every two judges who have answered a question in common."""
    by_judge: dict[str, dict[tuple[int, int, int], Vote]] = defaultdict(dict)
    for vote in votes:
        by_judge[vote.judge][vote.question] = vote
    found = []
    for one, other in combinations(sorted(by_judge), 2):
        both = sorted(by_judge[one].keys() & by_judge[other].keys())
        if both:
            same = fmean(by_judge[one][q].verdict == by_judge[other][q].verdict for q in both)
            said = [by_judge[judge][q] for judge in (one, other) for q in both]
            found.append(JudgePair(one, other, len(both), same, alpha(said)))
    return tuple(found)


def left_share(votes: Sequence[Vote], *, seed: int = 0) -> Interval:
    """The share of decided votes that went to the left list: far from a half, judges look at the side."""
    decided = [vote for vote in votes if vote.verdict in ("a", "b")]
    return interval([float((v.left == v.a) == (v.verdict == "a")) for v in decided], seed=seed)


def measure_agreement(votes: Sequence[Vote], scores: Scores) -> tuple[MeasureAgreement, ...]:
    """Every measure of the experiment against what most judges say, the one that agrees most first."""
    wanted = {question: _majority(said) for question, said in _by_question(votes).items()}
    found = []
    for name in deciding(scores.plan.variants, scores.plan.cutoffs):
        sign = -1 if less_is_better(name) else 1
        values = {e.position: scores.by_case(e.position, name) for e in scores.plan.entries}
        agreed, undecided = [], 0
        for (case_at, a, b), better in wanted.items():
            if not better or case_at not in values[a] or case_at not in values[b]:
                continue
            gain = round(sign * (values[b][case_at] - values[a][case_at]), 12)
            undecided += not gain
            agreed += [float((gain > 0) == (better > 0))] if gain else []
        if agreed or undecided:
            found.append(MeasureAgreement(name, interval(agreed, seed=scores.plan.seed), undecided))
    return tuple(sorted(found, key=lambda m: (-m.share.mean, m.undecided)))


def _majority(votes: Sequence[Vote]) -> float:
    """Above 0 where most prefer B, below where most prefer A."""
    return fmean(vote.worth for vote in votes) - 0.5


def _by_question(votes: Sequence[Vote]) -> dict[tuple[int, int, int], list[Vote]]:
    found: dict[tuple[int, int, int], list[Vote]] = defaultdict(list)
    for vote in votes:
        found[vote.question].append(vote)
    return found


def as_rows(votes: Sequence[Vote], scores: Scores) -> list[dict[str, object]]:
    """Every vote as a flat row, for a file; `better` is the preferred entry."""
    labels: Mapping[int, str] = {entry.position: entry.label for entry in scores.plan.entries}
    return [
        {
            "judge": vote.judge,
            "case": scores.cases[vote.case_at].case.id,
            "a": labels[vote.a],
            "b": labels[vote.b],
            "left": labels[vote.left],
            "verdict": vote.verdict,
            "better": {"a": labels[vote.a], "b": labels[vote.b]}.get(vote.verdict, ""),
            "cast_at": vote.cast_at.isoformat() if vote.cast_at else "",
        }
        for vote in votes
    ]
