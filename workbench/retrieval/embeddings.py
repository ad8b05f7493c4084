"""Embeddings of a catalog's items and exemplars: each text embedded once, kept on disk, found again by what it says."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalogs.catalog import Catalog
from workbench.retrieval.kept import KeptVectors, keys_of
from workbench.retrieval.protocol import Embedder
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

Likelihood = Callable[[Sequence[tuple[str, str]]], list[float]]
"""(text before, text) pairs -> log P(text | text before) of each, in nats."""
OnEmbedded = Callable[[int, int], None]
"""Told how many texts are embedded, and of how many."""
CHUNK = 1024
"""Texts that are embedded and written together: what a killed process loses at most."""
_of_catalogs = Shelf(4)


def quietly(done: int, total: int) -> None:
    return None


class Embeddings:
    """Vectors by one embedder, which is loaded when first asked for. Rows are in the order of the texts."""

    def __init__(
        self,
        load: Callable[[], Embedder],
        cache: Path | None,
        *,
        states: "Embeddings | None" = None,
        database: str = "",
        likelihood: Likelihood | None = None,
    ) -> None:
        """`cache` is the folder to keep vectors in; None keeps none. `states` are the same texts by the language
        model's own hidden states, and `likelihood` what that model says of a text after another, where it can be
        asked. `database` is the URL of a vector database that large catalogs are searched in; "" for the index on
        disk."""
        self.likelihood = likelihood
        self._load = load
        self.cache = cache
        self.states = states
        self.database = database

    @cached_property
    def embedder(self) -> Embedder:
        return self._load()

    @property
    def kept(self) -> KeptVectors | None:
        """Where this embedder's vectors are on disk; the name is the embedder's fingerprint."""
        if self.cache is None:
            return None
        digest = hashlib.sha256(self.embedder.fingerprint.encode()).hexdigest()
        return KeptVectors(self.cache / "embeddings" / f"{digest[:32]}.vectors")

    def of(self, texts: Sequence[str], *, on_embedded: OnEmbedded = quietly) -> "Vectors":
        """float32 [len(texts), dimensions], unit length. Only texts that were never embedded are; each chunk of them is
        on disk before the next is begun, so that a killed process goes on where it was."""
        if self.kept is None:
            return self.embedder.encode(texts)
        keys = keys_of(texts)
        return self._read(self.kept, self._embedded(self.kept, texts, keys, on_embedded), len(texts))

    def items(self, catalog: Catalog, *, on_embedded: OnEmbedded = quietly) -> "Vectors":
        """The vectors of a catalog's items, looked up once per catalog."""

        def look_up() -> "Vectors":
            return self.of([item.text for item in catalog.items], on_embedded=on_embedded)

        if self.cache is None:
            return look_up()
        return _of_catalogs.get((self.cache, self.embedder.fingerprint, catalog.fingerprint), look_up)

    def query(self, text: str) -> "Vectors":
        """float32 [dimensions], unit length; not kept."""
        vector: Vectors = self.embedder.encode([text])[0]
        return vector

    def _embedded(self, kept: KeptVectors, texts: Sequence[str], keys: Any, on_embedded: OnEmbedded) -> Any:
        """Where each text's record is, after those that had none were embedded."""
        import numpy

        places = kept.places(keys)
        lacking = numpy.flatnonzero(places < 0)
        if not len(lacking):
            return places
        _, firsts = numpy.unique(keys[lacking], return_index=True)
        new = lacking[numpy.sort(firsts)]
        for start in range(0, len(new), CHUNK):
            part = new[start : start + CHUNK]
            kept.append(keys[part], self.embedder.encode([texts[at] for at in part]))
            on_embedded(start + len(part), len(new))
        return kept.places(keys)

    @staticmethod
    def _read(kept: KeptVectors, places: Any, n: int) -> "Vectors":
        """A view of the file where the records follow one another, as after a first run; else a copy."""
        import numpy

        records = kept.records()
        assert n == 0 or (records is not None and (places >= 0).all())
        if n == 0:
            return numpy.zeros((0, 0), dtype=numpy.float32)
        vectors: Vectors = records["vector"]
        if (numpy.diff(places) == 1).all():
            return vectors[places[0] : places[0] + n]
        copied: Vectors = numpy.ascontiguousarray(vectors[places])
        return copied
