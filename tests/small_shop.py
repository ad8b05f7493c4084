"""A catalog in memory and an embedder of letters, small enough to compute by hand."""

import string
import zlib
from pathlib import Path

import numpy

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.records import Interaction, Item

META = CatalogMeta(name="shop", title="Shop", domain="e-commerce", language="en", licence="CC0-1.0", origin="hand-made")


def shop(interactions=(), exemplars=(), **titles):
    """A catalog in memory: item id -> title; (user, item) pairs are interactions."""
    items = tuple(Item(i, title, title) for i, title in titles.items())
    taken = tuple(Interaction(user, item, "") for user, item in interactions)
    return Catalog(META, items, (), tuple(exemplars), taken, repr((items, exemplars, taken)), Path())


class Letters:
    """Unit vectors of how often each letter is there; a text without letters stands alone."""

    fingerprint = "letters"

    def __init__(self):
        self.seen = []

    def encode(self, texts):
        self.seen.append(list(texts))
        counts = [[*map(t.lower().count, string.ascii_lowercase), not t.upper().isupper()] for t in texts]
        vectors = numpy.array(counts, dtype=numpy.float32).reshape(len(texts), 27)
        return vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


class Noise:
    """An embedder like no other of another fingerprint: each text is drawn anew. It counts how often it is asked."""

    def __init__(self, fingerprint):
        self.fingerprint = fingerprint
        self.asked = 0

    def encode(self, texts):
        self.asked += 1
        seeds = [zlib.crc32(f"{self.fingerprint}{text}".encode()) for text in texts]
        vectors = numpy.stack([numpy.random.default_rng(seed).normal(size=16) for seed in seeds]).astype("float32")
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
