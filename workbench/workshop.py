"""The workshop: catalogs, models and embedders at hand, loaded once, shared by page, jobs and command line."""

import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from workbench.advice import language_of
from workbench.catalogs import find_catalogs, load_catalog, load_qrels
from workbench.catalogs.catalog import Catalog
from workbench.catalogs.overview import stamp_of
from workbench.catalogs.placing import undisturbed
from workbench.engine.embedded import EMBEDDED, pull
from workbench.engine.knowing import surprise, warning_of
from workbench.engine.protocol import Cancel, Engine, Tokenizer, never
from workbench.engine.remote_address import is_remote, parse_address
from workbench.errors import CatalogError, ModelError, Problem
from workbench.exemplars.guard import leakage_guard
from workbench.paths import Paths
from workbench.recommender import Blocked, OnProgress, Recommender, build, quiet
from workbench.records import Case, Exemplar, Qrels, Ranking
from workbench.retrieval.embeddings import Embeddings, Likelihood
from workbench.shelf import Shelf
from workbench.store.store import Store
from workbench.variant import ModelSpec, Variant

if TYPE_CHECKING:
    from workbench.engine.accuracy import Accuracy
    from workbench.engine.number_types import NumberType
    from workbench.engine.remote import Ability, RemoteLM
    from workbench.engine.remote_client import Client
    from workbench.retrieval.protocol import Embedder

T = TypeVar("T")
RETRY_SECONDS = 30
PATIENCE = 0.3
VECTORS = "WORKBENCH_VECTORS"


class Workshop:
    """Everything that is costly to load, by name. Thread-safe. Embedded models are fetched when first asked for.

    `environment` holds the keys of servers, each under its host's name (see `Address.key_name`), and the URL of a
    vector database; nothing else of it is read, and no key is kept anywhere.
    """

    def __init__(
        self, paths: Paths, store: Store | None = None, *, environment: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.paths = paths
        self.store = store
        self._catalogs = Shelf(8)
        self._engines = Shelf(2)
        self._tokenizers = Shelf(8)
        self._embedders = Shelf(3)
        self._memos = Shelf(8)
        self._environment = environment
        self._failures: dict[str, tuple[float, ModelError | None]] = {}
        self._begun: dict[tuple[ModelSpec, str], Future[None]] = {}
        self._background = ThreadPoolExecutor(1, "workbench-loading")
        self._reading = RLock()

    def catalog_folders(self) -> dict[str, Path]:
        return find_catalogs(self.paths.catalogs)

    def catalog(self, name: str) -> Catalog:
        """The catalog of that name, or of that folder, with the user's own exemplars. Read again when its files have
        changed."""
        folder = self._folder(name)
        with undisturbed(folder.parent):
            stamp = stamp_of(folder)
            loaded = self._catalogs.get(("catalog", name, stamp), lambda: load_catalog(folder))
        own = self.store.own_exemplars(loaded.facts.name) if self.store else ()
        if not own:
            return loaded
        return self._catalogs.get(("with own", name, stamp, own), lambda: loaded.with_exemplars(own))

    def qrels(self, name: str) -> Qrels:
        """The truth, for the doors and for evaluation only."""
        folder = self._folder(name)
        with undisturbed(folder.parent):
            catalog = self.catalog(name)
            return self._catalogs.get(("qrels", name, stamp_of(folder)), lambda: load_qrels(folder, catalog))

    def tokenizer(self, spec: ModelSpec) -> Tokenizer:
        if is_remote(spec.id):
            from workbench.engine.remote_loading import load_remote_tokenizer

            def load() -> Tokenizer:
                return load_remote_tokenizer(self._client(spec), self.paths)

            return self._tokenizers.get(spec, lambda: self._unless_failed(spec.id, load))
        from workbench.engine.loading import load_tokenizer

        self._fetch(spec.id)
        return self._tokenizers.get((spec.id, spec.revision), lambda: load_tokenizer(spec, self.paths))

    def engine(self, spec: ModelSpec) -> Engine:
        if is_remote(spec.id):
            return self._remote(spec)
        from workbench.engine.loading import load_engine

        self._fetch(spec.id)
        return self._engines.get(spec, lambda: self._read(lambda: load_engine(spec, self.paths)))

    def abilities(self, spec: ModelSpec) -> "tuple[Ability, ...]":
        """What a server can be used for, tried now. Raises ModelError where it can't be asked."""
        return self._remote(spec).abilities()

    def number_type(self, spec: ModelSpec) -> "NumberType":
        """What a model on this machine is computed in. Raises ModelError where the chosen device isn't here."""
        from workbench.engine.number_types import number_type

        return number_type(spec)

    def accuracy(self, spec: ModelSpec) -> "Accuracy | None":
        """What the model's number type costs in accuracy; None where it is float32. Measured once for all runs of the
        workbench, for which the model is read a second time, in float32. Raises ModelError for a model on a server.
        """
        from workbench.engine.accuracy import is_exact, kept, measured

        if is_remote(spec.id):
            raise ModelError(Problem(f"the number type of {spec.id!r} is the server's own", "model"))
        engine, memo = self.engine(spec), self._memo(spec)
        if is_exact(engine.identity):
            return None
        memo = {} if memo is None else memo
        if known := kept(engine.identity, memo):
            return known
        from workbench.engine.loading import load_engine

        exact = spec.model_copy(update={"dtype": "float32"})
        return measured(engine, self._read(lambda: load_engine(exact, self.paths)), memo)

    def embedder(self, name: str) -> "Embedder":
        from workbench.retrieval.embedder import load_embedder

        self._fetch(name)
        return self._embedders.get(name, lambda: self._read(lambda: load_embedder(name, self.paths)))

    def _read(self, load: Callable[[], T]) -> T:
        """One set of weights at a time: while transformers reads one, tensors made elsewhere may come out without
        storage."""
        with self._reading:
            return load()

    def at_hand(self, spec: ModelSpec, embedder: str, language: str) -> bool:
        """Whether the tokenizer and the embedder of a preview are loaded. What is not is loaded in the background, and
        waited for a moment only. True as well where it can't be had: whoever asks for it is told why."""
        from workbench.retrieval.embedder import default_embedder

        key = (spec, embedder or default_embedder(language))
        if key not in self._begun:
            self._begun[key] = self._background.submit(self._load, *key)
        return bool(wait([self._begun[key]], PATIENCE).done)

    def _load(self, spec: ModelSpec, embedder: str) -> None:
        self.tokenizer(spec)
        self.embedder(embedder)

    def embeddings(self, name: str, language: str, model: ModelSpec | None = None) -> Embeddings:
        """Embeddings by the named embedder, or by the default one for the language; nothing is loaded until asked.

        With `model`, its hidden states stand beside them.
        """
        from workbench.retrieval.embedder import default_embedder

        chosen = name or default_embedder(language)

        def load() -> "Embedder":
            from workbench.retrieval.met import remember

            embedder = self.embedder(chosen)
            remember(self.paths.cache, chosen, embedder.fingerprint)
            return embedder

        return Embeddings(
            load,
            self.paths.cache,
            states=self._states(model) if model else None,
            database=self.index_database(),
            likelihood=self._likelihood(model) if model else None,
        )

    def index_database(self) -> str:
        """The URL of the vector database that large catalogs are searched in; "" for the index on disk."""
        return self._environment.get(VECTORS, "")

    def _likelihood(self, spec: ModelSpec) -> Likelihood:
        """What a model says of texts after others; nothing is loaded until asked."""

        def ask(pairs: Sequence[tuple[str, str]]) -> list[float]:
            found = self.engine(spec).loglikelihoods([(before, [text]) for before, text in pairs])
            return [scores.scored[0].total for scores in found]

        return ask

    def _states(self, spec: ModelSpec) -> Embeddings:
        """A model's hidden states of texts; nothing is loaded until asked."""
        from workbench.retrieval.states import StateEncoder

        def load() -> StateEncoder:
            engine = self.engine(spec)
            return StateEncoder(engine.states, f"{engine.identity.weights_sha256}:{engine.identity.dtype}")

        return Embeddings(load, self.paths.cache)

    def recommender(self, variant: Variant, catalog: Catalog) -> Recommender:
        embeddings = self.embeddings(variant.embedder, catalog.facts.language, variant.model)
        return build(variant, catalog, self.engine(variant.model), embeddings, memo=self._memo(variant.model))

    def _memo(self, spec: ModelSpec) -> MutableMapping[str, Sequence[float]] | None:
        """Where content-free scores are kept. Those of a server never reach the disk: it may have other weights under
        the same name tomorrow."""
        if is_remote(spec.id):
            made: Callable[[], dict[str, Sequence[float]]] = dict
            return self._memos.get(spec, made)
        return self.store.memo if self.store else None

    def guard(self, name: str, case: Case) -> Blocked:
        """What keeps an exemplar from giving this case's answer away; the only use of the truth before evaluation."""
        grades = self.qrels(name).get(case.id, {})
        return leakage_guard(case, frozenset(item_id for item_id, grade in grades.items() if grade > 0))

    def recommend(
        self,
        variant: Variant,
        catalog: str,
        case: Case,
        *,
        exemplars: Sequence[Exemplar] = (),
        cancel: Cancel = never,
        on_progress: OnProgress = quiet,
    ) -> Ranking:
        """Rank one case as the variant says: what the jobs run. `exemplars` are those that came with a bundle."""
        on_progress("loading the model", 0.0)
        loaded = self.catalog(catalog).with_exemplars(exemplars)
        recommender = self.recommender(variant, loaded)
        ranking = recommender.recommend(case, cancel=cancel, on_progress=on_progress, blocked=self.guard(catalog, case))
        said = self._language_warning(recommender.engine, variant.model, case, loaded)
        return replace(ranking, warnings=(*ranking.warnings, said)) if said else ranking

    def _language_warning(self, engine: Engine, spec: ModelSpec, case: Case, catalog: Catalog) -> str:
        """Whether the model barely knows the language of the case, measured once for each model and language; "" where
        it knows it, or where a server can't score text."""
        language = language_of(case, catalog)
        if language == "en":
            return ""
        memo = self._memo(spec)
        try:
            return warning_of(surprise(engine, language, {} if memo is None else memo))
        except ModelError:
            return ""

    def _folder(self, name: str) -> Path:
        folders = self.catalog_folders()
        if name in folders:
            return folders[name]
        if (Path(name) / "catalog.yaml").is_file():
            return Path(name)
        raise CatalogError(Problem(f"no catalog {name!r}", "catalogs", f"known: {', '.join(sorted(folders))}"))

    def _fetch(self, name: str) -> None:
        if name in EMBEDDED:
            self._unless_failed(name, lambda: pull(name, self.paths))

    def _unless_failed(self, name: str, attempt: Callable[[], T]) -> T:
        """A failed attempt is told again without trying for a while: each redraw of a page asks."""
        failed_at, failure = self._failures.get(name, (0.0, None))
        if failure and time.monotonic() - failed_at < RETRY_SECONDS:
            raise failure
        try:
            return attempt()
        except ModelError as error:
            self._failures[name] = (time.monotonic(), error)
            raise

    def _client(self, spec: ModelSpec) -> "Client":
        from workbench.engine.remote_loading import connect

        address = parse_address(spec.id)
        self._fetch(address.tokenizer)
        return connect(spec, self._environment.get(address.key_name, ""))

    def _remote(self, spec: ModelSpec) -> "RemoteLM":
        from workbench.engine.remote_loading import load_remote

        return self._engines.get(spec, lambda: load_remote(spec, self._client(spec), self.paths))
