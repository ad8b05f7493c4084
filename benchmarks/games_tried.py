"""What was tried on the Games lists and what it gave: settings of sources and of the likelihood beside the default.

Nothing of the cases is looked at: all is ranked on other users, of another seed than those that `make bench-games`
chooses weights on. Each row is a difference of nDCG@10 from its group's first row, paired by case.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy
from games import DATA, SEED
from games_data import Drawn, draw, load
from games_measures import Scored, interval, ndcg, ranks
from games_scores import Asked, Scores

from workbench.retrieval import SCORERS, Embeddings, Scorer


@dataclass(frozen=True)
class By:
    """A source with some of its settings changed, or over other vectors than EMBEDDER's."""

    source: str
    settings: Mapping[str, object] = field(default_factory=dict)
    minilm: bool = False

    def scores(self, drawn: Drawn, scores: Scores) -> list[Scored]:
        scorer: Scorer = replace(SCORERS[self.source], **self.settings)  # type: ignore[type-var]
        embeddings: Embeddings = scores.minilm if self.minilm else scores.embeddings
        found = (scorer.scores(drawn.catalog, case, embeddings=embeddings) for case in drawn.cases)
        return [
            {i: all_of[drawn.catalog.rows[i]] for i in case.candidates} if all_of else {}
            for all_of, case in zip(found, drawn.cases, strict=True)
        ]


SOURCES: dict[str, dict[str, By]] = {
    "dense": {
        "soft maximum over 50 items, fading, around the catalog's mean": By("dense"),
        "plain cosine": By("dense", {"centred": False}),
        "mean of the history": By("dense", {"history": "mean"}),
        "nearest of the history": By("dense", {"history": "max"}),
        "last item alone": By("dense", {"history": "last"}),
        "no fading": By("dense", {"fade": 1.0}),
        "10 items": By("dense", {"recent": 10}),
        "5 items": By("dense", {"recent": 5}),
        "MiniLM": By("dense", minilm=True),
        "MiniLM, plain cosine": By("dense", {"centred": False}, minilm=True),
        "MiniLM, mean of the history, plain cosine": By("dense", {"centred": False, "history": "mean"}, minilm=True),
    },
    "bm25": {
        "last 10 items as the query": By("bm25"),
        "last item": By("bm25", {"recent": 1}),
        "5 items": By("bm25", {"recent": 5}),
        "50 items": By("bm25", {"recent": 50}),
    },
    "states": {
        "50 items, fading": By("states"),
        "no fading": By("states", {"fade": 1.0}),
        "10 items": By("states", {"recent": 10}),
    },
    "walk": {
        "two steps, like texts at both ends": By("walk"),
        "one step": By("walk", {"steps": 1}),
        "three steps": By("walk", {"steps": 3}),
        "no like texts at the start": By("walk", {"text": 0.0}),
        "no like texts at the end": By("walk", {"arrive": 0.0}),
        "no like texts": By("walk", {"text": 0.0, "arrive": 0.0}),
        "no popularity divided out": By("walk", {"lift": 0.0}),
        "all of it divided out": By("walk", {"lift": 1.0}),
        "no fading": By("walk", {"fade": 1.0}),
        "no fading of others": By("walk", {"late": 1.0}),
    },
    "sequence": {
        "two steps": By("sequence"),
        "one step": By("sequence", {"steps": 1}),
        "what followed alone": By("sequence", {"back": 0.0}),
        "before and after alike": By("sequence", {"back": 1.0}),
        "no like texts": By("sequence", {"text": 0.0}),
        "no popularity divided out": By("sequence", {"lift": 0.0}),
    },
}
SHOP = Asked("also-bought")
LIKELIHOODS = {
    "five items in quotes, calibrated": SHOP,
    "sum": replace(SHOP, options={"normalisation": "sum"}),
    "mean of a token": replace(SHOP, options={"normalisation": "mean"}),
    "half of the calibration": replace(SHOP, options={"weight": 0.5}),
    "one item": replace(SHOP, parameters={"history_length": 1}),
    "ten items": replace(SHOP, parameters={"history_length": 10}),
    "twenty items": replace(SHOP, parameters={"history_length": 20}),
    "newest first": replace(SHOP, parameters={"order": "newest first"}),
    "viewed": replace(SHOP, parameters={"wording": "viewed"}),
    "ten items as a list": Asked("zero-shot-history"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--drawn", type=int, default=1000, help="how many other users the sources rank for")
    parser.add_argument("--asked", type=int, default=100, help="how many of them the likelihood is asked for")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"no data at {given.data}: nothing to measure")
        return
    drawn = draw(load(given.data).catalog, given.drawn, seed=SEED + 1)
    scores = Scores(drawn.catalog)
    print(f"{len(drawn.cases)} other users, {given.asked} for the likelihood; 20 candidates each\n")
    print("| | setting | cases | nDCG@10 | less the first | 95% |\n|---|---|---:|---:|---:|---:|")
    for name, group in SOURCES.items():
        rows(name, {setting: by.scores(drawn, scores) for setting, by in group.items()}, drawn)
    some = replace(drawn, cases=drawn.cases[: given.asked])
    asked = {setting: [scores.answer(row, case) for case in some.cases] for setting, row in LIKELIHOODS.items()}
    rows("likelihood", asked, some)


def rows(name: str, scored: Mapping[str, Sequence[Scored]], drawn: Drawn) -> None:
    first = None
    for setting, of_cases in scored.items():
        candidates = [case.candidates for case in drawn.cases]
        found = ndcg(ranks(of_cases, candidates, [drawn.targets[case.id] for case in drawn.cases]), 10)
        cells = f"| {name} | {setting} | {len(found)} | {100 * found.mean():.1f} |"
        if first is None:
            first = found
            print(f"{cells} | |", flush=True)
            continue
        low, high = interval(found - first)
        change = f"{100 * numpy.mean(found - first):+.1f} | {100 * low:+.1f} to {100 * high:+.1f}"
        print(f"{cells} {change} |", flush=True)


if __name__ == "__main__":
    main()
