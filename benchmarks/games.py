"""Ranking 20 candidates on the Games cases: the language model alone, with retrieval, and with what others bought.

Run by `make bench-games`; reads ../shared/data/amazon-games and says so where it is not there. Weights are chosen on
cases made of other users' histories, and everything is reported on cases that nothing was chosen on. Scores are kept
in the cache folder, so that a run that was stopped goes on where it was.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from games_data import draw, exemplars_of, load
from games_measures import Scored, chance, choose_weights, fused, interval, ndcg, ranks
from games_scores import METHODS, MINILM, Scores, rankable

from workbench.exemplars.guard import leakage_guard
from workbench.records import Case

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "amazon-games"
SEED = 11
CUTS = (1, 5, 10, 20)
MODEL = "model"
ENOUGH = 200
"""Cases that a weight of likelihoods is searched on at least; on fewer it would be chance, so they stay out."""
TEXT = ("dense", "bm25")
OTHERS = ("popularity", "cooccurrence", "walk", "sequence")
KNOWS = {
    **{name: row.knows for name, row in METHODS.items()},
    "states": "language model",
    **dict.fromkeys((*TEXT, MINILM), "item titles"),
    "popularity": "other users",
    "cooccurrence": "other users",
    **dict.fromkeys(("walk", "sequence"), "other users, item titles"),
}
WINNERS = {
    "language model only": (MODEL, "states"),
    "language model + titles": (MODEL, "states", *TEXT),
    "titles, no language model": TEXT,
    "language model + titles + others": (MODEL, "states", *TEXT, *OTHERS),
    "titles + others, no language model": (*TEXT, *OTHERS),
}
PAIRS = (
    ("language model + titles", "titles, no language model"),
    ("language model + titles + others", "titles + others, no language model"),
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=DATA)
    arguments.add_argument("--report", type=int, default=500, help="how many cases to report on")
    arguments.add_argument("--drawn", type=int, default=1000, help="how many other users to choose weights on")
    arguments.add_argument(
        "--likelihoods", type=int, default=300, help="how many cases of each to ask likelihoods of: seconds a case"
    )
    arguments.add_argument("--methods", type=int, default=100, help="how many cases to ask the costlier methods of")
    arguments.add_argument(
        "--only",
        nargs="+",
        default=(),
        choices=("methods", *METHODS),
        metavar="ROW",
        help="only these rows of what asks a question, over the cases of --methods; `methods` for all of them",
    )
    arguments.add_argument(
        "--try", dest="trial", action="store_true", help="report on the other half of the cases, which is for trials"
    )
    given = arguments.parse_args()
    if not given.data.is_dir():
        print(f"no data at {given.data}: nothing to measure")
        return
    games = load(given.data)
    drawn = draw(games.catalog, given.drawn, seed=SEED)
    scores = Scores(
        games.catalog,
        solved=exemplars_of(drawn),
        guard=lambda case: leakage_guard(case, frozenset({games.targets.get(case.id, "")})),
    )
    reported = (games.check if given.trial else games.report)[: given.report]
    report = Cases(reported, games.targets, scores)
    if given.only:
        print(f"{min(given.methods, len(reported))} cases asked, {len(drawn.cases)} drawn as exemplars\n")
        begin(report)
        methods(METHODS if "methods" in given.only else given.only, report.first(given.methods))
        return
    choose = Cases(drawn.cases, drawn.targets, Scores(drawn.catalog, scores.workshop))
    print(f"{len(reported)} cases reported on, {len(drawn.cases)} drawn to choose weights on; 20 candidates each\n")
    table(choose, report, likelihoods=given.likelihoods, asked=given.methods)


@dataclass(frozen=True)
class Cases:
    """Cases with their truth, and what was said of them so far."""

    cases: Sequence[Case]
    truth: Mapping[str, str]
    scores: Scores
    said: dict[tuple[str, int], list[Scored]] = field(default_factory=dict)

    def first(self, n: int) -> "Cases":
        return Cases(self.cases[:n], self.truth, self.scores)

    def of(self, name: str) -> list[Scored]:
        key = (name, len(self.cases))
        if key not in self.said:
            self.said[key] = self.scores.of(name, self.cases)
        return self.said[key]

    @property
    def candidates(self) -> list[Sequence[str]]:
        return [case.candidates for case in self.cases]

    @property
    def targets(self) -> list[str]:
        return [self.truth[case.id] for case in self.cases]

    def changed(self, change: Callable[[Case, Case], Case]) -> "Cases":
        asked = [change(case, self.cases[(n + 1) % len(self.cases)]) for n, case in enumerate(self.cases)]
        truth = {new.id: self.truth[old.id] for new, old in zip(asked, self.cases, strict=True)}
        return Cases(asked, truth, self.scores)


def begin(report: Cases) -> None:
    """The head of the table, and what chance makes of it."""
    cuts = " | ".join(f"nDCG@{k}" for k in CUTS)
    print(f"| ranker | knows or weights | cases | {cuts} | 95% of nDCG@10 | s/case |")
    print("|---|---|---:|" + "---:|" * (len(CUTS) + 2))
    n = len(report.cases[0].candidates)
    expected = " | ".join(f"{100 * chance(n, k):.1f}" for k in CUTS)
    print(f"| chance | nothing | | {expected} | | |")


def methods(names: Iterable[str], asked: Cases) -> None:
    for name in names:
        scored = asked.of(name)
        knows = KNOWS[name] + placed(scored, asked.cases)
        row(name, knows, asked, scored, seconds=asked.scores.seconds(name, asked.cases))


def placed(scored: Sequence[Scored], cases: Sequence[Case]) -> str:
    """How many of the candidates a method put in places, where it leaves some out: these tie, at the end."""
    mean = numpy.mean([len(scores) for scores in scored])
    all_of_them = numpy.mean([len(rankable(case)) for case in cases])
    return "" if mean == all_of_them else f"; places {mean:.1f} of {len(cases[0].candidates)}"


def table(choose: Cases, report: Cases, *, likelihoods: int, asked: int) -> None:
    begin(report)
    for name in ("states", *TEXT, MINILM, *OTHERS):
        row(name, KNOWS[name], report, report.of(name), seconds=report.scores.seconds(name, report.cases))
    if likelihoods:
        methods([MODEL], report.first(likelihoods))
    if asked:
        methods([name for name in METHODS if name != MODEL], report.first(asked))
    found = {}
    controls: dict[str, Cases] = {name: report.changed(change) for name, change in CONTROLS.items()}
    for name, sources in WINNERS.items():
        weights = choose_on(choose, sources, likelihoods)
        found[name] = fusion(f"**{name}**", weights, report, likelihoods)
        for control, strange in controls.items() if "states" in sources else ():
            fusion(f"{name}, {control}", weights, strange, likelihoods)
    differences(found)


def choose_on(choose: Cases, sources: Sequence[str], likelihoods: int) -> dict[str, float]:
    """Weights of what is cheap, on all drawn cases; then the likelihoods' beside them, on those that have some."""
    cheap = [source for source in sources if source != MODEL]
    weights = choose_weights({s: choose.of(s) for s in cheap}, choose.candidates, choose.targets)
    if MODEL not in sources or likelihoods < ENOUGH:
        return weights
    asked = choose.first(likelihoods)
    parts = {**{s: choose.of(s)[:likelihoods] for s in weights}, MODEL: asked.of(MODEL)}
    return choose_weights(parts, asked.candidates, asked.targets, start={**weights, MODEL: 0.0}, only=(MODEL,))


def fusion(name: str, weights: Mapping[str, float], cases: Cases, likelihoods: int) -> numpy.ndarray:
    """A row; over as many cases as have likelihoods, where these have a weight."""
    cases = cases.first(likelihoods) if MODEL in weights else cases
    scored = fused({source: cases.of(source) for source in weights}, weights)
    filled = [s or dict.fromkeys(c.candidates, 0.0) for s, c in zip(scored, cases.cases, strict=True)]
    return row(name, " ".join(f"{source} {weight:g}" for source, weight in weights.items()), cases, filled)


def row(
    name: str, knows: str, cases: Cases, scored: Sequence[Scored], *, seconds: float | None = None
) -> numpy.ndarray:
    if all(len(set(scores.values())) == 1 for scores in scored):
        print(f"| {name} | {knows} | {len(cases.cases)} | all candidates tie: chance |" + " |" * (len(CUTS) + 1))
        return numpy.zeros(len(cases.cases))
    found = ranks(scored, cases.candidates, cases.targets)
    cells = " | ".join(f"{100 * ndcg(found, k).mean():.1f}" for k in CUTS)
    low, high = interval(ndcg(found, 10))
    took = "" if seconds is None else f"{seconds:.3f}"
    between = f"{100 * low:.1f} to {100 * high:.1f}"
    print(f"| {name} | {knows} | {len(cases.cases)} | {cells} | {between} | {took} |", flush=True)
    return ndcg(found, 10)


def differences(found: Mapping[str, numpy.ndarray]) -> None:
    print("\nThe language model's own part, nDCG@10 with it less without it, paired by case:\n")
    for with_it, without in PAIRS:
        change = found[with_it] - found[without][: len(found[with_it])]
        low, high = interval(change)
        print(f"- {with_it}: {100 * change.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f}), {len(change)} cases")


def no_history(case: Case, other: Case) -> Case:
    return Case(id=f"{case.id}-nobody", candidates=case.candidates)


def a_strangers(case: Case, other: Case) -> Case:
    """The history of the next case, without what is among this case's candidates."""
    history = tuple(i for i in other.history if i not in case.candidates)
    return Case(id=f"{case.id}-as-{other.id}", history=history, candidates=case.candidates)


CONTROLS = {"no history": no_history, "another user's history": a_strangers}

if __name__ == "__main__":
    main()
