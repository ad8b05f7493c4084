"""What each source and each method says of the candidates of cases, kept in the cache folder."""

import hashlib
import inspect
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from games_measures import Scored
from pydantic import JsonValue

from workbench.catalogs.catalog import Catalog
from workbench.paths import default_paths
from workbench.prompts import list_templates
from workbench.recommender import Blocked, nothing_blocked
from workbench.records import Case, Exemplar
from workbench.retrieval import SCORERS, Embeddings, Scorer, alike, order, walk
from workbench.store.store import Store
from workbench.variant import Choice, Variant
from workbench.workshop import Workshop

TIMED = 5
EMBEDDER = "use-multilingual"
"""Of all sources over text but the row MINILM, which is `dense` with what an English catalog is given by default."""
MINILM = "dense, MiniLM"


@dataclass(frozen=True)
class Asked:
    """A row that asks a question: a shipped template as it is, and what differs from a variant's own defaults."""

    template: str
    method: str = "likelihood"
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    exemplars: str = "none"
    orders: int = 1
    knows: str = "language model"


METHODS = {
    "model": Asked("also-bought"),
    "contrasted": Asked("also-bought", options={"normalisation": "contrasted"}, knows="language model, other users"),
    "list of ten": Asked("zero-shot-history"),
    "taste, then list of ten": Asked("two-step-taste"),
    "list of five": Asked("few-shot"),
    "list of five, 3 shots": Asked("few-shot", exemplars="nearest", knows="language model, other users, item titles"),
    "yes or no": Asked("pointwise-yes-no", "pointwise"),
    "stars": Asked("rate-1-5", "pointwise"),
    "letters": Asked("letters", "letters"),
    "letters, 5 orders": Asked("letters", "letters", orders=5),
    "setwise": Asked("setwise", "setwise"),
    "pairwise": Asked("pairwise", "pairwise"),
    "free list": Asked("chat-list", "generation"),
    "constrained list": Asked("constrained-list", "constrained"),
}
"""What asks a question, by the name of its row. The lists of ten and five stand beside what is added to them."""


def rankable(case: Case) -> list[str]:
    """The candidates that the user has not taken yet: the product ranks no others, so that what is had comes last. In
    six of the 500 lists that are reported on there is one such item, in five of the others; it is never the target."""
    return [i for i in case.candidates if i not in case.history]


class Scores:
    """Of one catalog. A run that was stopped goes on where it was; a changed source is asked anew."""

    def __init__(
        self,
        catalog: Catalog,
        workshop: Workshop | None = None,
        *,
        solved: Sequence[Exemplar] = (),
        guard: Callable[[Case], Blocked] = lambda case: nothing_blocked,
    ) -> None:
        """`solved` are other users' cases, for the rows that show exemplars; `guard` keeps those away that would give
        a case's answer, as the product's own does."""
        paths = default_paths()
        self.catalog = catalog
        self._with_solved = catalog.with_exemplars(solved)
        self._guard = guard
        self.workshop = workshop or Workshop(paths, Store(paths.database_url))
        self._templates = list_templates(paths.templates)
        self._kept = paths.cache / "games"
        self._kept.mkdir(parents=True, exist_ok=True)
        model = self.variant(METHODS["model"]).model
        self.embeddings = self.workshop.embeddings(EMBEDDER, "en", model)
        self.minilm = self.workshop.embeddings("", "en", model)

    def variant(self, row: Asked) -> Variant:
        return Variant(
            template=self._templates[row.template],
            parameters=dict(row.parameters),
            exemplars=Choice(name=row.exemplars),
            retriever=Choice(name="given"),
            method=Choice(name=row.method, options=dict(row.options)),
            orders=row.orders,
        )

    def of(self, name: str, cases: Sequence[Case]) -> list[Scored]:
        """By a source of SCORERS, or a row of METHODS."""
        return [self.answer(METHODS[name], case) for case in cases] if name in METHODS else self._source(name, cases)

    def seconds(self, name: str, cases: Sequence[Case]) -> float:
        """Median seconds a case: of a method as they were when it was asked, of a source over a few cases anew, after
        one that finds or makes what all share."""
        if name in METHODS:
            return statistics.median(self._kept_of(METHODS[name], case)["seconds"] for case in cases)
        found = []
        for case in cases[: TIMED + 1]:
            started = time.perf_counter()
            self._scored(name, case)
            found.append(time.perf_counter() - started)
        return statistics.median(found[1:])

    def answer(self, row: Asked, case: Case) -> Scored:
        """What a method says; {} without a history: the calibrated prompt is then the content-free one, from which
        nothing is left."""
        if not case.history:
            return {}
        path = self._path(row, case)
        if not path.is_file():
            started = time.perf_counter()
            ranking = self._recommender(row).recommend(case, blocked=self._guard(case))
            seconds = time.perf_counter() - started
            path.parent.mkdir(parents=True, exist_ok=True)
            scores = {r.item_id: r.score for r in ranking.ranked}
            path.write_text(json.dumps({"seconds": seconds, "scores": scores}), encoding="utf-8")
        kept = self._kept_of(row, case)["scores"]
        # A set's best are found one by one until the list is full, and a written list names some: what is left over
        # has no score, and ties last.
        return {item_id: score for item_id, score in kept.items() if score is not None}

    def _kept_of(self, row: Asked, case: Case):  # type: ignore[no-untyped-def]
        return json.loads(self._path(row, case).read_text(encoding="utf-8"))

    def _recommender(self, row: Asked):  # type: ignore[no-untyped-def]
        shows = row.exemplars != "none"
        return self.workshop.recommender(self.variant(row), self._with_solved if shows else self.catalog)

    def _path(self, row: Asked, case: Case) -> Path:
        recommender = self._recommender(row)
        identity = recommender.engine.identity
        folder = f"{self.variant(row).digest[:16]}-{identity.weights_sha256[:16]}-{identity.dtype}"
        if "other users" in row.knows:
            folder += f"-{hashlib.sha256(recommender.catalog.fingerprint.encode()).hexdigest()[:16]}"
        return self._kept / folder / f"{case.id}-{'-'.join(case.history)[:120]}.json"

    def _source(self, name: str, cases: Sequence[Case]) -> list[Scored]:
        asked = [(c.history, c.user, c.candidates) for c in cases]
        scorer, embeddings = self._read(name)
        assert embeddings.states is not None
        by = (embeddings.embedder.fingerprint, embeddings.states.embedder.fingerprint)
        digest = hashlib.sha256(repr((scorer, by, self.catalog.fingerprint, asked, _code(scorer))).encode()).hexdigest()
        path = self._kept / f"{name}-{digest[:24]}.json"
        if not path.is_file():
            path.write_text(json.dumps([self._scored(name, case) for case in cases]), encoding="utf-8")
        kept: list[Scored] = json.loads(path.read_text(encoding="utf-8"))
        return kept

    def _scored(self, name: str, case: Case) -> Scored:
        scorer, embeddings = self._read(name)
        scores = scorer.scores(self.catalog, case, embeddings=embeddings)
        return {i: scores[self.catalog.rows[i]] for i in rankable(case)} if scores else {}

    def _read(self, name: str) -> tuple[Scorer, Embeddings]:
        return (SCORERS["dense"], self.minilm) if name == MINILM else (SCORERS[name], self.embeddings)


def _code(scorer: Scorer) -> str:
    """A digest of a source's own code, so that what an older version said is not taken for this one's."""
    modules = (inspect.getmodule(type(scorer)), alike, order, walk)
    return hashlib.sha256("".join(inspect.getsource(module) for module in modules if module).encode()).hexdigest()
