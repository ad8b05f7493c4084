"""Every catalog at hand with what is in it, what is wrong with it, and what stands of its indexes."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalogs import load_catalog, load_qrels
from workbench.catalogs.overview import Overview, overview, stamp_of
from workbench.catalogs.placing import undisturbed
from workbench.engine.embedded import EMBEDDED, is_present
from workbench.errors import Cancelled, CatalogError, Problem
from workbench.shelf import Shelf
from workbench.workshop import Workshop

if TYPE_CHECKING:
    from workbench.retrieval.index_state import IndexedTexts, IndexState

READ_UNASKED = 30_000_000
"""Bytes of files up to which a catalog is read whole only to list it; a larger one once somebody opens it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One catalog. `checked` says whether it was read whole: only then are all of its problems known, and `indexes`:
    embedder -> state, for each embedder that was ever loaded here. `embedder` is the one its language calls for."""

    overview: Overview
    own: bool
    embedder: str
    checked: bool
    problems: tuple[Problem, ...] = ()
    indexes: "Mapping[str, IndexState] | None" = None

    @property
    def name(self) -> str:
        return self.overview.name


@dataclass(frozen=True, slots=True)
class _Read:
    """What is kept of a catalog that was read whole."""

    problems: tuple[Problem, ...]
    texts: "IndexedTexts | None" = None


class Inventory:
    """Thread-safe; what was read is read again only when files change."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._overviews, self._read, self._states = Shelf(200), Shelf(200), Shelf(400)
        self._known: dict[tuple[Path, Any], bool] = {}
        self._latest: dict[tuple[Any, str], IndexState] = {}

    def entries(self, *, busy: Set[str] = frozenset()) -> list[Entry]:
        """The user's own first; folders there that lack a catalog.yaml too. Of the embedders in `busy`, whose vectors
        grow while they are looked at, what was found last is told again."""
        folders = self._workshop.catalog_folders()
        own = self._workshop.paths.catalogs[0]
        lost = [f for f in sorted(own.glob("[!.]*/")) if f.name not in folders] if own.is_dir() else []
        found = [self.entry(folder, busy=busy) for folder in [*folders.values(), *lost]]
        return sorted(found, key=lambda entry: (not entry.own, entry.name))

    def entry(self, folder: Path, *, read: bool = False, busy: Set[str] = frozenset()) -> Entry:
        """One catalog; `read` reads it whole whatever its size."""
        with undisturbed(folder.parent):
            return self._entry(folder, read, busy)

    def _entry(self, folder: Path, read: bool, busy: Set[str]) -> Entry:
        stamp = stamp_of(folder)
        seen = self._overviews.get((folder, stamp), lambda: overview(folder))
        own = folder.resolve().parent == self._workshop.paths.catalogs[0].resolve()
        if seen.meta is None:
            return Entry(seen, own, "", True, seen.problems)
        from workbench.retrieval.embedder import default_embedder

        embedder = default_embedder(seen.meta.language)
        key = (folder, stamp)
        if not (read or seen.bytes <= READ_UNASKED or key in self._known):
            return Entry(seen, own, embedder, False)
        found = self._read.get(key, lambda: self._look(folder))
        self._known[key] = True
        indexes = None if found.texts is None else self._indexes(key, found.texts, busy)
        return Entry(seen, own, embedder, True, found.problems, indexes)

    def _look(self, folder: Path) -> _Read:
        from workbench.retrieval.index_state import IndexedTexts

        try:
            catalog = load_catalog(folder)
            load_qrels(folder, catalog)
        except CatalogError as error:
            return _Read(error.problems)
        return _Read((), IndexedTexts.of(catalog, self._workshop.paths.cache))

    def _indexes(self, key: Any, texts: "IndexedTexts", busy: Set[str]) -> "dict[str, IndexState]":
        from workbench.retrieval.embeddings import Embeddings
        from workbench.retrieval.index_state import state_of
        from workbench.retrieval.met import Met, remembered

        cache, database = self._workshop.paths.cache, self._workshop.index_database()

        def look(name: str, met: Met) -> "IndexState":
            if name in busy and (last := self._latest.get((key, name))) is not None:
                return last
            embeddings = Embeddings(lambda: met, cache, database=database)
            assert embeddings.kept is not None
            sizes = (_bytes(embeddings.kept.path), _files(cache / "indexes"))
            found = self._states.get((key, met.fingerprint, sizes), lambda: state_of(texts, embeddings))
            self._latest[key, name] = found
            return found

        return {name: look(name, met) for name, met in remembered(cache).items()}


def embedders_at_hand(workshop: Workshop) -> list[str]:
    """Names of the embedders that need no fetching: embedded ones that are here, and those that were loaded before."""
    from workbench.retrieval.met import remembered

    here = [n for n, model in EMBEDDED.items() if model.kind == "embedder" and is_present(n, workshop.paths)]
    return list(dict.fromkeys([*here, *remembered(workshop.paths.cache)]))


def build_index(
    workshop: Workshop,
    name: str,
    embedder: str,
    on_progress: Callable[[str, float], None],
    cancel: Callable[[], bool],
) -> "IndexState":
    """Embed a catalog's items and build what a search of it reads. What is embedded stays when it is stopped, and is
    not embedded again. Raises Cancelled, CatalogError and ModelError."""
    from workbench.retrieval.index_state import build_indexes, index_state

    on_progress("reading the catalog", 0.0)
    catalog = workshop.catalog(name)
    on_progress("loading the embedder", 0.0)
    embeddings = workshop.embeddings(embedder, catalog.facts.language)

    def on_embedded(done: int, total: int) -> None:
        if cancel():
            raise Cancelled
        on_progress(f"{done:,} of {total:,} items embedded", 0.9 * done / total)

    _ = embeddings.embedder
    on_progress(f"embedding the first of {len(catalog.items):,} items", 0.0)
    embeddings.items(catalog, on_embedded=on_embedded)
    on_progress("building the index", 0.92)
    build_indexes(catalog, embeddings)
    return index_state(catalog, embeddings)


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _files(folder: Path) -> frozenset[tuple[str, int]]:
    return frozenset((file.name, file.stat().st_size) for file in folder.rglob("*") if file.is_file())
