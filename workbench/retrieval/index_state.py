"""What stands of a catalog's indexes: for the page and the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbench.catalogs.catalog import Catalog
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.kept import keys_of
from workbench.retrieval.large import VectorFile, index_of, is_large, words_folder
from workbench.retrieval.lexical import index_of as words_of

IndexKind = Literal["exact", "approximate", "database"]


@dataclass(frozen=True, slots=True)
class IndexState:
    """`embedded` of `items` have a vector by this embedder. An index is `built` when all have one and, where the
    catalog is too large to be looked through whole, the approximate index over just these vectors is there. An index
    of other texts has another name and is never read, so that none can be stale; `other_versions` counts those on disk.
    A database is not asked what it holds."""

    kind: IndexKind
    embedder: str
    items: int
    embedded: int
    built: bool
    vector_bytes: int
    index_bytes: int
    word_bytes: int
    other_versions: int

    @property
    def words(self) -> str:
        """In a word or two: built, none, or how far."""
        if not self.embedded:
            return "none"
        return "built" if self.built else f"{self.embedded:,} of {self.items:,}"

    @property
    def lacking(self) -> int:
        """How many items are new or changed since the last time."""
        return self.items - self.embedded


@dataclass(frozen=True, slots=True)
class IndexedTexts:
    """What of a catalog an index is about, small enough to keep: `keys` are those of its items' texts."""

    catalog: str
    keys: Any
    large: bool
    words: Path | None

    @classmethod
    def of(cls, catalog: Catalog, cache: Path | None) -> "IndexedTexts":
        keys = keys_of([item.text for item in catalog.items])
        return cls(catalog.meta.name, keys, is_large(catalog), words_folder(cache, catalog))


def index_state(catalog: Catalog, embeddings: Embeddings) -> IndexState:
    """Looks at the disk; embeds and builds nothing, but loads the embedder for its fingerprint. Raises ModelError."""
    return state_of(IndexedTexts.of(catalog, embeddings.cache), embeddings)


def state_of(texts: IndexedTexts, embeddings: Embeddings) -> IndexState:
    """The same of a catalog that was read before."""
    kept, n = embeddings.kept, len(texts.keys)
    kind: IndexKind = ("database" if embeddings.database else "approximate") if texts.large else "exact"
    if kept is None:
        return IndexState(kind, embeddings.embedder.fingerprint, n, 0, False, 0, 0, 0, 0)
    embedded = int((kept.places(texts.keys) >= 0).sum())
    file = VectorFile.of(texts.catalog, embeddings, texts.keys)
    words = texts.words
    return IndexState(
        kind=kind,
        embedder=embeddings.embedder.fingerprint,
        items=n,
        embedded=embedded,
        built=embedded == n and (kind != "approximate" or file.path.is_file()),
        vector_bytes=_size(kept.path),
        index_bytes=_size(file.path),
        word_bytes=sum(_size(path) for path in words.iterdir()) if words and words.is_dir() else 0,
        other_versions=len(file.others()),
    )


def build_indexes(catalog: Catalog, embeddings: Embeddings) -> None:
    """Everything that a search of the catalog will read, embedded and built where it is not there yet."""
    embeddings.items(catalog)
    index_of(catalog, embeddings)
    words_of(catalog, embeddings.cache)


def move_indexes(cache: Path, catalog: str, to: str = "") -> None:
    """The approximate indexes of a catalog go along when it is called `to`, and away when it is deleted. Vectors stay:
    they are of texts, whichever catalog has them."""
    for file in (cache / "indexes").glob(f"*/{catalog}.*.faiss"):
        if to:
            file.rename(file.with_name(f"{to}{file.name.removeprefix(catalog)}"))
        else:
            file.unlink()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
