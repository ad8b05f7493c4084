"""Items near the history in a frozen language model's own hidden states, without any sentence embedder."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.engine.protocol import LAYERS
from workbench.errors import Problem, VariantError
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.order import best_left, fade_option, faded
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

SAMPLE = 1000
"""Items that the whitening is computed from; on 16,859 titles, 500 to 4,000 gave the same within its interval."""
SHRINKAGE = 0.1
"""Share of the mean variance that is added to each direction's before it is divided out."""
SHARPNESS = 10.0


class StateEncoder:
    """Implements `Embedder` but for the length of its vectors: they are raw, and whitened per catalog."""

    def __init__(self, states: Callable[[Sequence[str]], "Vectors"], weights: str) -> None:
        self._states = states
        self.fingerprint = f"hidden-states-1:{weights}"

    def encode(self, texts: Sequence[str]) -> "Vectors":
        return self._states(texts)


class _Whitened:
    """Unit vectors of a catalog's texts, whitened (Su et al., 2021, "Whitening Sentence Representations").

    Raw states of all texts point nearly the same way; whitening divides out what all texts share. Each layer is
    whitened for itself, so that the layers count alike.
    """

    def __init__(self, raw: "Vectors") -> None:
        import numpy

        sample = raw[numpy.random.default_rng(0).permutation(len(raw))[:SAMPLE]]
        self._maps = []
        for part in numpy.split(numpy.asarray(sample, dtype=numpy.float64), LAYERS, axis=1):
            mean = part.mean(axis=0)
            spread, directions = numpy.linalg.eigh((part - mean).T @ (part - mean) / len(part))
            spread = numpy.maximum(spread, 0.0)
            scale = 1 / numpy.sqrt(spread + SHRINKAGE * max(float(spread.mean()), 1e-12))
            self._maps.append((mean, directions * scale))
        self.items = self.of(raw)

    def of(self, raw: "Vectors") -> "Vectors":
        """float32 [rows, layers x width], unit length."""
        import numpy

        parts = []
        for (mean, turn), part in zip(self._maps, numpy.split(raw, len(self._maps), axis=1), strict=True):
            turned = (part - mean) @ turn
            parts.append(turned / numpy.maximum(numpy.linalg.norm(turned, axis=1, keepdims=True), 1e-12))
        found: Vectors = (numpy.concatenate(parts, axis=1) / len(parts) ** 0.5).astype(numpy.float32)
        return found


_whitened = Shelf(4)


def _of(catalog: Catalog, states: Embeddings) -> _Whitened:
    key = (catalog.fingerprint, states.embedder.fingerprint)
    return _whitened.get(key, lambda: _Whitened(states.items(catalog)))


@dataclass(frozen=True, slots=True)
class States:
    """log mean exp(10 cosine) over what the user took and said: near to any of it counts most, near to all adds."""

    summary: ClassVar[str] = (
        "Items that the language model itself finds near what the user took, by its hidden states. It reads the whole "
        "catalog once, which takes a minute or two for a thousand items."
    )

    recent: int = option(50, "History items that count", "The most recent ones.", minimum=1, maximum=200)
    fade: float = fade_option(0.9)

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        scores = self._scores(catalog, case, embeddings)
        return [] if scores is None else best_left(catalog, scores, n=n, exclude=exclude, source="states")

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        scores = self._scores(catalog, case, embeddings)
        return [] if scores is None else scores.tolist()

    def _scores(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        import numpy

        if embeddings.states is None:
            fix = "choose a model that runs here, or another source"
            raise VariantError(Problem("this model's hidden states cannot be read", "candidate source states", fix))
        if not case.history and not case.description:
            return None
        known = _of(catalog, embeddings.states)
        recent = case.history[-self.recent :]
        asked = [known.items[[catalog.rows[i] for i in recent]]] if recent else []
        weights = faded(len(recent), self.fade) * max(1, len(recent))
        if case.description:
            weights = numpy.append(weights, 1.0)
            asked.append(known.of(embeddings.states.embedder.encode([case.description])))
        near = known.items @ numpy.concatenate(asked).T
        pooled: Vectors = numpy.log(numpy.exp(SHARPNESS * near) @ weights / weights.sum()) / SHARPNESS
        return pooled
