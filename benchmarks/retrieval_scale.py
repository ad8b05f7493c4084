"""A million items: how soon a hybrid search answers, what it misses, and what it takes on disk and in memory.

Vectors are drawn from a mixture: clusters that are themselves drawn around fewer themes, so that neighbours lie at
several distances, as among sentences. Texts are words by Zipf's law, most of them of the item's own theme.
"""

import resource
import time
from dataclasses import dataclass
from pathlib import Path

import numpy

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.records import Case, Item
from workbench.retrieval import Embeddings
from workbench.retrieval.dense import Dense
from workbench.retrieval.hybrid import Hybrid
from workbench.retrieval.index_state import index_state
from workbench.retrieval.kept import keys_of
from workbench.retrieval.large import index_of
from workbench.retrieval.lexical import Bm25
from workbench.retrieval.lexical import index_of as words_of

WIDTH, THEMES, CLUSTERS = 384, 64, 4000
VOCABULARY, WORDS = 200_000, 12
BLOCK = 50_000
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """What was measured; times in milliseconds."""

    items: int
    queries: int
    hybrid: tuple[float, float]
    dense: tuple[float, float]
    bm25: tuple[float, float]
    recall: float
    built_seconds: float
    words_seconds: float
    vector_bytes: int
    index_bytes: int
    word_bytes: int
    resident_bytes: int


class Drawn:
    """An embedder of made-up texts: the text begins with its cluster's number, the rest of it is drawn."""

    fingerprint = "drawn-1"

    def __init__(self) -> None:
        random = numpy.random.default_rng(7)
        themes = _unit(random.normal(size=(THEMES, WIDTH)))
        own = _unit(random.normal(size=(CLUSTERS, WIDTH)))
        self.centres = _unit(themes[numpy.arange(CLUSTERS) % THEMES] + 1.2 * own)

    def encode(self, texts):
        clusters = numpy.array([int(text.partition(" ")[0][1:]) for text in texts])
        seeds = numpy.frombuffer(keys_of(texts).tobytes(), dtype=numpy.uint64)[::2]
        random = numpy.random.default_rng(int(seeds.sum() % (2**63)))
        noise = _unit(random.normal(size=(len(texts), WIDTH)).astype(numpy.float32))
        return _unit(self.centres[clusters] + 0.9 * noise).astype(numpy.float32)


def measure(items: int, queries: int, folder: Path) -> Scale:
    """Draw, index, ask. Everything on disk goes below `folder`."""
    embeddings = Embeddings(Drawn, folder)
    catalog = _catalog(items)
    embeddings.items(catalog)
    started = time.perf_counter()
    index_of(catalog, embeddings)
    built = time.perf_counter() - started
    started = time.perf_counter()
    words_of(catalog, embeddings.cache)
    words = time.perf_counter() - started
    cases = _cases(catalog, queries)
    for source in (Hybrid(), Dense(), Bm25()):
        for case in cases[:5]:
            _asked(source, catalog, case, embeddings)
    state = index_state(catalog, embeddings)
    return Scale(
        items,
        queries,
        _latency(Hybrid(), catalog, cases, embeddings),
        _latency(Dense(), catalog, cases, embeddings),
        _latency(Bm25(), catalog, cases, embeddings),
        _recall(catalog, cases, embeddings),
        built,
        words,
        state.vector_bytes,
        state.index_bytes,
        state.word_bytes,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _unit(rows):
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def _catalog(n: int) -> Catalog:
    random = numpy.random.default_rng(3)
    items: list[Item] = []
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        clusters = random.integers(CLUSTERS, size=size)
        # Most words by Zipf's law over all, a third of them of the item's own cluster.
        words = numpy.minimum(random.zipf(1.3, size=(size, WORDS)), VOCABULARY)
        own = random.random((size, WORDS)) < 1 / 3
        words = numpy.where(own, VOCABULARY + clusters[:, None] * 20 + random.integers(20, size=(size, WORDS)), words)
        for k, (cluster, row) in enumerate(zip(clusters.tolist(), words.tolist(), strict=True), start=start):
            text = f"c{cluster} " + " ".join(f"w{word}" for word in row)
            items.append(Item(f"i{k:07}", f"title{k}", text))
    meta = CatalogMeta(
        name="drawn", title="Drawn", domain="e-commerce", language="en", licence="CC0-1.0", origin="hand-made"
    )
    return Catalog(meta, tuple(items), (), (), (), f"drawn-{n}", Path())


def _cases(catalog: Catalog, n: int) -> list[Case]:
    """Users with a sentence and three items of their history, two of which are of the sentence's cluster."""
    random = numpy.random.default_rng(11)
    by_cluster: dict[str, list[str]] = {}
    for item in catalog.items[:: max(1, len(catalog.items) // 200_000)]:
        by_cluster.setdefault(item.text.partition(" ")[0], []).append(item.id)
    rich = sorted(cluster for cluster, ids in by_cluster.items() if len(ids) > 1)
    cases = []
    for k in range(n):
        cluster, other = random.choice(rich), random.choice(rich)
        history = (by_cluster[other][0], *by_cluster[cluster][:2])
        own = [f"w{VOCABULARY + int(cluster[1:]) * 20 + int(w)}" for w in random.integers(20, size=4)]
        common = [f"w{w}" for w in numpy.minimum(random.zipf(1.3, size=4), VOCABULARY)]
        cases.append(Case(f"k{k}", description=f"{cluster} {' '.join(own + common)}", history=history))
    return cases


def _asked(source, catalog: Catalog, case: Case, embeddings: Embeddings):
    return source.retrieve(catalog, case, n=DEPTH, exclude=frozenset(case.history), embeddings=embeddings)


def _latency(source, catalog: Catalog, cases: list[Case], embeddings: Embeddings) -> tuple[float, float]:
    """p50 and p95 in milliseconds, one query after another."""
    took = []
    for case in cases:
        started = time.perf_counter()
        _asked(source, catalog, case, embeddings)
        took.append(1000 * (time.perf_counter() - started))
    return float(numpy.percentile(took, 50)), float(numpy.percentile(took, 95))


def _recall(catalog: Catalog, cases: list[Case], embeddings: Embeddings) -> float:
    """Of the 100 nearest of all items, the share that the index finds."""
    shares = []
    for case in cases[:100]:
        found = {c.item_id for c in _asked(Dense(), catalog, case, embeddings)}
        scores = numpy.array(Dense().scores(catalog, case, embeddings=embeddings))
        scores[[catalog.rows[i] for i in case.history]] = -numpy.inf
        truth = {catalog.items[row].id for row in numpy.argpartition(-scores, DEPTH)[:DEPTH]}
        shares.append(len(found & truth) / len(truth))
    return float(numpy.mean(shares))
