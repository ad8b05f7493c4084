"""What was tried and what it gave: settings of sources and of the likelihood beside the default, on two sets of data.

Run by `make bench-tried`; reads ../shared/data. Nothing is looked at that `make bench-games` reports on: all is ranked
on other users of Games, of another seed than those that it chooses weights on, and on users of MovieLens, which keeps
defaults from being fitted to one shop. Each row is a difference of nDCG@10 from its group's first row, paired by case.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import games_data
import movielens_data
import numpy
from games import SEED
from games_data import Drawn, draw
from games_measures import Scored, interval, ndcg, ranks
from games_scores import Asked, Scores, rankable

from workbench.retrieval import SCORERS, Embeddings, Scorer, dense

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@dataclass(frozen=True)
class By:
    """A source with some of its settings changed, over other vectors than EMBEDDER's, or less or more sharply."""

    source: str
    settings: Mapping[str, object] = field(default_factory=dict)
    minilm: bool = False
    sharpness: float = dense.SHARPNESS

    def scores(self, drawn: Drawn, scores: Scores) -> list[Scored]:
        scorer: Scorer = replace(SCORERS[self.source], **self.settings)  # type: ignore[type-var]
        embeddings: Embeddings = scores.minilm if self.minilm else scores.embeddings
        with sharpness(self.sharpness):
            found = [scorer.scores(drawn.catalog, case, embeddings=embeddings) for case in drawn.cases]
        return [
            {i: all_of[drawn.catalog.rows[i]] for i in rankable(case)} if all_of else {}
            for all_of, case in zip(found, drawn.cases, strict=True)
        ]


@contextmanager
def sharpness(value: float) -> Iterator[None]:
    """Of the soft maximum of `dense`, which is no setting of it."""
    kept, dense.SHARPNESS = dense.SHARPNESS, value
    try:
        yield
    finally:
        dense.SHARPNESS = kept


SOURCES: dict[str, dict[str, By]] = {
    "dense": {
        "soft maximum over 50 items, 5 times as sharp as a cosine, fading, around the mean": By("dense"),
        "plain cosine": By("dense", {"centred": False}),
        "mean of the history": By("dense", {"history": "mean"}),
        "nearest of the history": By("dense", {"history": "max"}),
        "last item alone": By("dense", {"history": "last"}),
        "no fading": By("dense", {"fade": 1.0}),
        "3 times": By("dense", sharpness=3.0),
        "10 times": By("dense", sharpness=10.0),
        "20 times": By("dense", sharpness=20.0),
        "20 items": By("dense", {"recent": 20}),
        "10 items": By("dense", {"recent": 10}),
        "5 items": By("dense", {"recent": 5}),
        "10 items, 10 times: the default before": By("dense", {"recent": 10}, sharpness=10.0),
        "MiniLM": By("dense", minilm=True),
        "MiniLM, 10 items, 10 times": By("dense", {"recent": 10}, minilm=True, sharpness=10.0),
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
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of amazon-games and ml-latest-small")
    parser.add_argument("--drawn", type=int, default=1000, help="how many users the sources rank for, if there are")
    parser.add_argument("--asked", type=int, default=100, help="how many of Games the likelihood is asked for")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"no data at {given.data}: nothing to measure")
        return
    films = movielens_data.load(given.data / "ml-latest-small")
    # Half of so few users are left for the sources that go by what others took.
    tried("MovieLens", draw(films, min(given.drawn, len(films.taken) // 2), seed=SEED + 1), asked=0)
    games = games_data.load(given.data / "amazon-games").catalog
    tried("Games", draw(games, given.drawn, seed=SEED + 1), asked=given.asked)


def tried(name: str, drawn: Drawn, *, asked: int) -> None:
    scores = Scores(drawn.catalog)
    print(f"\n## {name}\n\n{len(drawn.cases)} users, {asked} for the likelihood; 20 candidates each\n")
    print("| | setting | cases | nDCG@10 | less the first | 95% |\n|---|---|---:|---:|---:|---:|")
    for source, group in SOURCES.items():
        rows(source, {setting: by.scores(drawn, scores) for setting, by in group.items()}, drawn)
    if asked:
        some = replace(drawn, cases=drawn.cases[:asked])
        found = {setting: [scores.answer(row, case) for case in some.cases] for setting, row in LIKELIHOODS.items()}
        rows("likelihood", found, some)


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
