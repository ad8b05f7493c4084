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
from workbench.retrieval import Embeddings, retrieve
from workbench.retrieval.index_state import index_state
from workbench.retrieval.kept import keys_of
from workbench.retrieval.large import index_of
from workbench.retrieval.lexical import index_of as words_of
from workbench.variant import Choice

WIDTH, THEMES, CLUSTERS = 384, 64, 4000
VOCABULARY, WORDS = 200_000, 12
BLOCK = 50_000
DEPTH, WARM, COMPARED = 100, 20, 100
HALF = ("year >= 2000",)
"""A rule that leaves half of the items."""
SOURCES = (("hybrid", ()), ("dense", ()), ("bm25", ()), ("hybrid", HALF))


@dataclass(frozen=True, slots=True)
class Asked:
    """One source: time of a search in milliseconds and its processor time on all cores, each as median and 95th
    percentile; `recall` is the share of what it finds where every item is looked at, None where nothing is left out."""

    name: str
    elapsed: tuple[float, float]
    processor: tuple[float, float]
    recall: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """What was measured, and bytes on disk; `resident` is the most memory that the process ever held."""

    asked: tuple[Asked, ...]
    cells: int
    cells_read: int
    embedded_seconds: float
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


class Exact(Embeddings):
    """The same vectors without an index, so that every item is looked at."""

    def __init__(self, vectors) -> None:
        super().__init__(Drawn, None)
        self._vectors = vectors

    def items(self, catalog, **_):
        return self._vectors


def measure(items: int, queries: int, folder: Path) -> Scale:
    """Draw, index, ask. Everything on disk goes below `folder`."""
    embeddings = Embeddings(Drawn, folder)
    catalog = _catalog(items)
    vectors, embedded = _timed(lambda: embeddings.items(catalog))
    index, built = _timed(lambda: index_of(catalog, embeddings))
    _, words = _timed(lambda: words_of(catalog, embeddings.cache))
    cases = _cases(catalog, queries)
    asked = tuple(_asked(name, rules, catalog, cases, embeddings, Exact(vectors)) for name, rules in SOURCES)
    state = index_state(catalog, embeddings)
    return Scale(
        asked,
        index._index.nlist,
        index._index.nprobe,
        embedded,
        built,
        words,
        state.vector_bytes,
        state.index_bytes,
        state.word_bytes,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _timed(work):
    started = time.perf_counter()
    return work(), time.perf_counter() - started


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
            items.append(Item(f"i{k:07}", f"title{k}", text, {"year": 1980 + k * 7919 % 40}))
    meta = CatalogMeta(
        name="drawn",
        title="Drawn",
        domain="e-commerce",
        language="en",
        licence="CC0-1.0",
        origin="hand-made",
        attributes={"year": "integer"},
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


def _asked(name: str, rules, catalog: Catalog, cases: list[Case], embeddings: Embeddings, exact: Exact) -> Asked:
    """One query after another, the first few not counted: they read the maps from disk, and the rule once."""

    def found(case: Case, by: Embeddings):
        return retrieve(Choice(name=name), catalog, case, n=DEPTH, embeddings=by, rules=rules)

    elapsed, processor = [], []
    for number, case in enumerate([*cases[:WARM], *cases]):
        started, used = time.perf_counter(), time.process_time()
        found(case, embeddings)
        if number >= WARM:
            elapsed.append(1000 * (time.perf_counter() - started))
            processor.append(1000 * (time.process_time() - used))
    shares = []
    for case in cases[: 0 if name == "bm25" else COMPARED]:
        got, whole = ({c.item_id for c in found(case, by).candidates} for by in (embeddings, exact))
        shares.append(len(got & whole) / len(whole))
    label = name if not rules else f"{name}, {' and '.join(rules)}"
    recall = float(numpy.mean(shares)) if shares else None
    return Asked(label, _percentiles(elapsed), _percentiles(processor), recall)


def _percentiles(values: list[float]) -> tuple[float, float]:
    return float(numpy.percentile(values, 50)), float(numpy.percentile(values, 95))
