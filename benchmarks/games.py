"""Ranking 20 candidates on the Games cases: the language model alone, with retrieval, and with what others bought.

Run by `make bench-games`; reads ../shared/data/amazon-games and says so where it is not there. Weights are chosen on
one half of the cases and everything is reported on the other. Scores are kept in the cache folder, so that a run that
was stopped goes on where it was.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy
from games_data import Games, load
from games_measures import Scored, chance, choose_weights, fused, interval, ndcg, ranks

from workbench.paths import default_paths
from workbench.prompts import list_templates
from workbench.records import Case
from workbench.retrieval import SCORERS
from workbench.store.store import Store
from workbench.variant import Choice, Variant
from workbench.workshop import Workshop

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "amazon-games"
TEMPLATE = "also-bought"
CUTS = (1, 5, 10, 20)
WITH_MODEL = "language model"
LANGUAGE_MODEL = ("model", "states")
TEXT = ("dense", "bm25")
OTHERS = ("popularity", "cooccurrence", "walk")
Parts = dict[str, list[Scored]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=DATA)
    arguments.add_argument("--report", type=int, default=500, help="how many cases to report on")
    arguments.add_argument("--choose", type=int, default=500, help="how many of the others to choose weights on")
    arguments.add_argument(
        "--controls", type=int, default=500, help="how many of the reported cases to ask as strangers"
    )
    arguments.add_argument("--fast", action="store_true", help="leave out likelihoods, which take seconds a case")
    given = arguments.parse_args()
    if not given.data.is_dir():
        print(f"no data at {given.data}: nothing to measure")
        return
    games = load(given.data)
    bench = Bench(games, ("states",) if given.fast else LANGUAGE_MODEL)
    choose, report = games.check[: given.choose], games.report[: given.report]
    parts = {"choose": bench.parts(choose), "report": bench.parts(report)}
    bench.table(choose, report, parts, controls=given.controls)


class Bench:
    def __init__(self, games: Games, language_model: Sequence[str] = LANGUAGE_MODEL) -> None:
        paths = default_paths()
        self.games = games
        self.language_model = language_model
        self.workshop = Workshop(paths, Store(paths.database_url))
        self.kept = paths.cache / "games"
        template = list_templates(paths.templates)[TEMPLATE]
        self.variant = Variant(template=template, retriever=Choice(name="given"), method=Choice(name="likelihood"))
        self.embeddings = self.workshop.embeddings("", "en", self.variant.model)
        self.recommender = self.workshop.recommender(self.variant, games.catalog)

    def parts(self, cases: Sequence[Case]) -> Parts:
        """What each source says of each case's candidates."""
        found: Parts = {name: [self.source(name, case) for case in cases] for name in (*TEXT, *OTHERS)}
        found["states"] = [self.source("states", case) for case in cases]
        if "model" in self.language_model:
            found["model"] = [self.model(case) for case in cases]
        return found

    def source(self, name: str, case: Case) -> Scored:
        scores = SCORERS[name].scores(self.games.catalog, case, embeddings=self.embeddings)
        return {i: scores[self.games.catalog.rows[i]] for i in case.candidates} if scores else {}

    def model(self, case: Case) -> Scored:
        """Calibrated log-likelihoods, kept on disk by variant, case and weights."""
        if not case.history:
            # The prompt is then the content-free one, from which calibration at weight 1 leaves nothing.
            return {}
        identity = self.recommender.engine.identity
        folder = self.kept / f"{self.variant.digest[:16]}-{identity.weights_sha256[:16]}-{identity.dtype}"
        path = folder / f"{case.id}-{'-'.join(case.history)[:120]}.json"
        if not path.is_file():
            started = time.perf_counter()
            ranking = self.recommender.recommend(case)
            folder.mkdir(parents=True, exist_ok=True)
            seconds = time.perf_counter() - started
            scores = {row.item_id: row.score for row in ranking.ranked}
            path.write_text(json.dumps({"seconds": seconds, "scores": scores}), encoding="utf-8")
        kept: Scored = json.loads(path.read_text(encoding="utf-8"))["scores"]
        return kept

    def table(
        self, choose: Sequence[Case], report: Sequence[Case], parts: Mapping[str, Parts], *, controls: int
    ) -> None:
        print(f"{len(report)} cases reported on, {len(choose)} others to choose weights on; 20 candidates each\n")
        print("| ranker | knows | " + " | ".join(f"nDCG@{k}" for k in CUTS) + " | 95% of nDCG@10 | s/case |")
        print("|---|---|" + "---:|" * (len(CUTS) + 2))
        expected = " | ".join(f"{100 * chance(len(report[0].candidates), k):.1f}" for k in CUTS)
        print(f"| chance | nothing | {expected} | | |")
        for name, knows in _alone(self.language_model):
            self.row(name, knows, report, parts["report"][name], seconds=self.seconds(name, report))
        winners = {
            "language model only": self.language_model,
            "language model + retrieval": (*self.language_model, *TEXT),
            "retrieval, no language model": TEXT,
            "language model + retrieval + others": (*self.language_model, *TEXT, *OTHERS),
            "retrieval + others, no language model": (*TEXT, *OTHERS),
        }
        found = {}
        for name, sources in winners.items():
            weights, found[name] = self.winner(name, sources, choose, report, parts)
            if name.startswith(WITH_MODEL):
                self.controls(name, weights, report[:controls])
        self.differences(found)

    def winner(
        self,
        name: str,
        sources: Sequence[str],
        choose: Sequence[Case],
        report: Sequence[Case],
        parts: Mapping[str, Parts],
    ) -> tuple[dict[str, float], numpy.ndarray]:
        """Choose weights on one half, report on the other."""
        chosen = {source: parts["choose"][source] for source in sources}
        weights = choose_weights(chosen, [c.candidates for c in choose], self.targets(choose))
        said = " ".join(f"{source} {weight:g}" for source, weight in weights.items())
        scored = fused({s: parts["report"][s] for s in weights}, weights)
        return weights, self.row(f"**{name}**", said, report, scored)

    def controls(self, name: str, weights: Mapping[str, float], cases: Sequence[Case]) -> None:
        """The same without a history and with a stranger's: a ranker that does not fall is not personal."""
        for control, change in CONTROLS.items():
            asked = [change(case, cases, place) for place, case in enumerate(cases)]
            strange = {s: [self.model(c) if s == "model" else self.source(s, c) for c in asked] for s in weights}
            said = f"control, {len(cases)} cases"
            self.row(f"{name}, {control}", said, cases, self.fill(fused(strange, weights), cases))

    def row(
        self, name: str, knows: str, cases: Sequence[Case], scored: Sequence[Scored], *, seconds: float | None = None
    ) -> numpy.ndarray:
        if all(len(set(scores.values())) == 1 for scores in scored):
            print(f"| {name} | {knows} | all candidates tie: chance |" + " |" * (len(CUTS) + 1), flush=True)
            return numpy.zeros(len(cases))
        found = ranks(scored, [c.candidates for c in cases], self.targets(cases))
        cells = " | ".join(f"{100 * ndcg(found, k).mean():.1f}" for k in CUTS)
        low, high = interval(ndcg(found, 10))
        took = "" if seconds is None else f"{seconds:.3f}"
        print(f"| {name} | {knows} | {cells} | {100 * low:.1f} to {100 * high:.1f} | {took} |", flush=True)
        return ndcg(found, 10)

    def fill(self, scored: Sequence[Scored], cases: Sequence[Case]) -> list[Scored]:
        """A case of which nothing is known ties all its candidates."""
        return [scores or dict.fromkeys(case.candidates, 0.0) for scores, case in zip(scored, cases, strict=True)]

    def seconds(self, name: str, cases: Sequence[Case]) -> float:
        """Mean seconds a case, once indexes and content-free scores are there."""
        ask: Callable[[Case], object] = (
            self.recommender.recommend if name == "model" else lambda case: self.source(name, case)
        )
        started = time.perf_counter()
        for case in cases[:20]:
            ask(case)
        return (time.perf_counter() - started) / len(cases[:20])

    def targets(self, cases: Sequence[Case]) -> list[str]:
        return [self.games.targets[case.id] for case in cases]

    def differences(self, found: Mapping[str, numpy.ndarray]) -> None:
        print("\nThe language model's own part, nDCG@10 with it less without it, paired by case:\n")
        for with_it, without in (
            ("language model + retrieval", "retrieval, no language model"),
            ("language model + retrieval + others", "retrieval + others, no language model"),
        ):
            change = found[with_it] - found[without]
            low, high = interval(change)
            print(f"- {with_it}: {100 * change.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})")


def _alone(language_model: Sequence[str]) -> list[tuple[str, str]]:
    knows = {**dict.fromkeys(language_model, "language model"), **dict.fromkeys(TEXT, "item titles")}
    knows |= dict.fromkeys(OTHERS, "other users")
    knows["walk"] = "other users, item titles"
    return list(knows.items())


def no_history(case: Case, cases: Sequence[Case], place: int) -> Case:
    return Case(id=f"{case.id}-nobody", candidates=case.candidates)


def a_strangers(case: Case, cases: Sequence[Case], place: int) -> Case:
    """The history of the next case, without what is among this case's candidates."""
    other = cases[(place + 1) % len(cases)]
    history = tuple(i for i in other.history if i not in case.candidates)
    return Case(id=f"{case.id}-as-{other.id}", history=history, candidates=case.candidates)


CONTROLS = {"no history": no_history, "another user's history": a_strangers}

if __name__ == "__main__":
    main()
