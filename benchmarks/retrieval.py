"""Retrieval measured: a million items, embedding throughput, and what each source finds of what users took next.

Run by `make bench-retrieval`; prints Markdown. `--items 60000 --cases 50` is a quick look, `--part recall` one of its
three parts. Real data is read from `../shared/data`, where it is; its tables are left out where it is not.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from functools import partial
from pathlib import Path

import games_data
import movielens_data
import numpy
import retrieval_scale
from machine import machine

from workbench.catalogs.catalog import Catalog
from workbench.paths import default_paths
from workbench.records import Case
from workbench.retrieval import Embeddings, retrieve
from workbench.variant import Choice
from workbench.workshop import Workshop

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
EMBEDDER = "all-minilm-l6-v2"
SOURCES: tuple[tuple[str, dict[str, str | float]], ...] = (
    ("random", {}),
    ("popularity", {}),
    ("bm25", {}),
    ("dense", {}),
    ("dense", {"history": "recency"}),
    ("dense", {"history": "soft"}),
    ("dense", {"history": "max"}),
    ("hybrid", {}),
    ("hybrid", {"by": "scores"}),
    ("hybrid", {"history": "soft"}),
    ("cooccurrence", {}),
    ("walk", {}),
)
DEPTHS = (20, 100)
PARTS = ("scale", "embedding", "recall")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, default=1_000_000)
    asked.add_argument("--queries", type=int, default=300)
    asked.add_argument("--cases", type=int, default=500)
    asked.add_argument("--texts", type=int, default=3000)
    asked.add_argument("--data", type=Path, default=DATA)
    asked.add_argument("--part", choices=PARTS, action="append", help="Only this part; may be there several times.")
    given = asked.parse_args()
    parts = given.part or PARTS
    print(f"# Retrieval\n\n{machine()}\n", flush=True)
    if "scale" in parts:
        scale(given.items, given.queries)
    workshop = Workshop(default_paths())
    if "embedding" in parts:
        throughput(workshop, given.texts)
    for name, load in (("ml-latest-small", movielens), ("amazon-games", games)) if "recall" in parts else ():
        if (given.data / name).is_dir():
            recall(name, *load(given.data / name, given.cases), workshop.embeddings(EMBEDDER, "en"))
        else:
            print(f"{name}: not at {given.data}, left out\n")


def scale(items: int, queries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = retrieval_scale.measure(items, queries, Path(folder))
    print(f"## {items:,} items of {retrieval_scale.WIDTH} dimensions\n")
    print(
        f"{queries} queries one after another, the {retrieval_scale.DEPTH} best of each; the vector of the description"
    )
    print(
        "is at hand. Processor time is that of all cores together, and holds while other work runs. Recall is the share"
    )
    print(f"of what the same search finds when it looks at every item, over {retrieval_scale.COMPARED} queries.\n")
    print("| source | p50 ms | p95 ms | processor p50 ms | p95 ms | recall@100 |\n|---|--:|--:|--:|--:|--:|")
    for row in found.asked:
        times = " | ".join(f"{value:.1f}" for value in (*row.elapsed, *row.processor))
        print(f"| {row.name} | {times} | {'exact' if row.recall is None else f'{row.recall:.4f}'} |")
    print(f"\nA search reads {found.cells_read} of {found.cells} cells.\n\n| what | MB | made in s |\n|---|--:|--:|")
    print(f"| vectors, float32, mapped | {found.vector_bytes / 1e6:,.0f} | {found.embedded_seconds:.0f} |")
    print(f"| index of vectors, 8 bits, mapped | {found.index_bytes / 1e6:,.0f} | {found.built_seconds:.0f} |")
    print(f"| words, mapped | {found.word_bytes / 1e6:,.0f} | {found.words_seconds:.0f} |")
    print(f"| most memory of the process, items and mapped pages with it | {found.resident_bytes / 1e6:,.0f} | |\n")


def throughput(workshop: Workshop, n: int) -> None:
    """Ours and plain `encode` in turn, twice, the better of each; what both give is the same."""
    from sentence_transformers import SentenceTransformer

    ours = workshop.embedder(EMBEDDER)
    plain = SentenceTransformer(str(workshop.paths.models / EMBEDDER))
    films = workshop.catalog("movies").items
    print(f"## Embedding with {EMBEDDER}\n")
    print(
        "| texts | number | plain encode, texts/s | ours, texts/s | times | least cosine |\n|---|--:|--:|--:|--:|--:|"
    )
    for name, texts in (("titles", [i.title for i in films]), ("sentences", [i.text for i in films])):
        mixed = [texts[at] for at in numpy.random.default_rng(0).permutation(len(texts))][:n]
        rates: dict[str, list[float]] = defaultdict(list)
        for _ in range(2):
            a, rate = _timed(partial(plain.encode, normalize_embeddings=True, show_progress_bar=False), mixed)
            rates["plain"].append(rate)
            b, rate = _timed(ours.encode, mixed)
            rates["ours"].append(rate)
        before, after = max(rates["plain"]), max(rates["ours"])
        least = float((a * b).sum(axis=1).min())
        print(
            f"| {name} | {len(mixed):,} | {before:.0f} | {after:.0f} | {after / before:.2f} | {least:.6f} |", flush=True
        )
    print()


def _timed(encode, texts: list[str]):
    started = time.perf_counter()
    result = encode(texts)
    return result, len(texts) / (time.perf_counter() - started)


def recall(name: str, catalog: Catalog, cases: list[Case], targets: dict[str, str], embeddings: Embeddings) -> None:
    """The share of cases whose held-out item is among the first 20 and 100."""
    embeddings.items(catalog)
    print(f"## {name}: what users took last, {len(cases):,} users, {len(catalog.items):,} items\n")
    print("| source | " + " | ".join(f"recall@{depth}" for depth in DEPTHS) + " | ± | ms |\n|---|--:|--:|--:|--:|")
    for source, options in SOURCES:
        ranks, seconds = [], 0.0
        for case in cases:
            choice = Choice(name=source, options=dict(options))
            got = retrieve(choice, catalog, case, n=max(DEPTHS), embeddings=embeddings)
            seconds += got.seconds
            ranks.append(next((c.rank for c in got.candidates if c.item_id == targets[case.id]), sys.maxsize))
        shares = [sum(rank <= depth for rank in ranks) / len(ranks) for depth in DEPTHS]
        error = 1.96 * (shares[-1] * (1 - shares[-1]) / len(ranks)) ** 0.5
        said = ", ".join([source, *(f"{k} {v}" for k, v in options.items())])
        cells = " | ".join(f"{share:.3f}" for share in shares)
        print(f"| {said} | {cells} | {error:.3f} | {1000 * seconds / len(cases):.0f} |", flush=True)
    print(f"\n± is the half width of the 95 % interval of recall@{DEPTHS[-1]}.\n")


def games(folder: Path, n: int) -> tuple[Catalog, list[Case], dict[str, str]]:
    loaded = games_data.load(folder)
    return loaded.catalog, list(loaded.report)[:n], loaded.targets


def movielens(folder: Path, n: int) -> tuple[Catalog, list[Case], dict[str, str]]:
    """Each user's last film is held out, if they had taken five before it. Times are seconds, so that nothing at its
    time or later is known of other users either."""
    catalog = movielens_data.load(folder)
    cases, targets = [], {}
    for user in sorted(catalog.taken, key=int):
        last = max(catalog.taken[user], key=lambda taken: (taken.time, taken.item))
        history = tuple(taken.item for taken in catalog.taken[user] if taken.time < last.time)
        if len(history) >= 5:
            cases.append(Case(user, history=history, user=user, time=last.time))
            targets[user] = last.item
    drawn = numpy.random.default_rng(0).permutation(len(cases))[:n]
    return catalog, [cases[k] for k in sorted(drawn)], targets


if __name__ == "__main__":
    main()
