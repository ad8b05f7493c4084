"""Dense retrieval: items whose sentence lies near the description and the history, by cosine."""

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.large import index_of
from workbench.retrieval.left_out import LeftOut
from workbench.retrieval.order import best_left, best_rows, fade_option, faded
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

POOLINGS = ("mean", "recency", "soft", "max", "last")
ASKS = ("both", "description", "history")
SHARPNESS = 5.0
"""Of the soft maximum over the history. What others give, on two sets of data: `benchmarks/tried.py`."""
TINY = 1e-12
HALF_LIFE = 3
"""With recency, an item so many places before the last counts half as much."""


class _Centre:
    """The mean of a catalog's vectors, and how far each item lies from it."""

    def __init__(self, items: "Vectors") -> None:
        import numpy

        self.mean = items.mean(axis=0)
        squares = numpy.einsum("nd,nd->n", items, items) - 2 * (items @ self.mean) + self.mean @ self.mean
        self.lengths = numpy.sqrt(numpy.maximum(squares, TINY))

    def of(self, vectors: "Vectors") -> "Vectors":
        """What `vectors` are around the mean, of unit length."""
        import numpy

        moved = vectors - self.mean
        found: Vectors = moved / numpy.sqrt(numpy.maximum((moved**2).sum(axis=-1, keepdims=True), TINY))
        return found


_centres = Shelf(4)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The vectors that items are to lie near: of the description, and of the history, oldest first. With a `centre`
    they are around it, and so are the items."""

    description: "Vectors | None"
    history: "Vectors | None"
    pooling: str
    fade: float
    centre: _Centre | None = None

    def scores(self, items: "Vectors", rows: "Vectors | None" = None) -> "Vectors":
        """`rows` says which of the catalog's items these are; None for all of them."""
        import numpy

        parts: list[Vectors] = []
        if self.description is not None:
            parts.append(self._near(items, rows, self.description[None, :])[:, 0])
        if self.history is not None:
            parts.append(self._pooled(items, rows))
        scores: Vectors = parts[0] if len(parts) == 1 else (parts[0] + parts[1]) * numpy.float32(0.5)
        return scores

    def vectors(self) -> "Vectors":
        """What an index is asked for, each a vector whose product with an item is its score: one for a mean of the
        history, for max one for each of its items, for soft, which lies between, all of these."""
        import numpy

        if self.history is None:
            assert self.description is not None
            return self.description[None, :]
        mean = self._mean()[None, :]
        tops = {"max": self.history, "soft": numpy.concatenate([self.history, mean])}.get(self.pooling, mean)
        asked = tops if self.description is None else (tops + self.description) / 2
        vectors: Vectors = numpy.ascontiguousarray(asked, dtype=numpy.float32)
        return vectors

    def _near(self, items: "Vectors", rows: "Vectors | None", asked: "Vectors") -> "Vectors":
        """float32 [items, asked]: cosines, around the centre where there is one."""
        near: Vectors = items @ asked.T
        if self.centre is None:
            return near
        lengths = self.centre.lengths if rows is None else self.centre.lengths[rows]
        around: Vectors = (near - self.centre.mean @ asked.T) / lengths[:, None]
        return around

    def _pooled(self, items: "Vectors", rows: "Vectors | None") -> "Vectors":
        import numpy

        if self.pooling not in ("soft", "max"):
            return self._near(items, rows, self._mean()[None, :])[:, 0]
        assert self.history is not None
        near = self._near(items, rows, self.history)
        if self.pooling == "max":
            nearest: Vectors = near.max(axis=1)
            return nearest
        soft: Vectors = numpy.log(numpy.exp(SHARPNESS * near) @ faded(near.shape[1], self.fade)) / numpy.float32(
            SHARPNESS
        )
        return soft

    def _mean(self) -> "Vectors":
        """The history as one vector, weighted as the pooling says."""
        import numpy

        assert self.history is not None
        age = numpy.arange(len(self.history) - 1, -1, -1)
        by_age = {"recency": 0.5 ** (age / HALF_LIFE), "last": age == 0}
        shares = by_age.get(self.pooling, faded(len(age), self.fade))
        mean: Vectors = (shares / shares.sum()).astype(numpy.float32) @ self.history
        return mean


@dataclass(frozen=True, slots=True)
class Dense:
    """Cosine between sentence embeddings; description and history count alike where there are both. Of more than
    50,000 items an approximate index finds those that are scored."""

    summary: ClassVar[str] = "Items whose description lies near what the user says and took, by sentence embeddings."

    history: str = option(
        "mean",
        "History by",
        "mean: near to all of it; recency: the later, the more, half as much three items before; soft: the nearest "
        "count most; max: near to any of it; last: near to the last item.",
        choices=POOLINGS,
    )
    recent: int = option(10, "History items that count", "The most recent ones.", minimum=1, maximum=200)
    ask: str = option("both", "Ask for", "What the user says, what they took, or both alike.", choices=ASKS)
    fade: float = fade_option(1.0)
    centred: bool = option(
        False,
        "Around the catalog's mean",
        "Take off what all texts of the catalog share before comparing: for catalogs of one kind of thing.",
    )

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        asked = self._asked(catalog, case, embeddings)
        if asked is None:
            return []
        items, out = embeddings.items(catalog), LeftOut.of(catalog, exclude)
        if index := index_of(catalog, embeddings):
            rows = index.search(asked.vectors(), n, out)
            return best_rows(catalog, rows, asked.scores(items[rows], rows), n=n, source="dense")
        return best_left(catalog, asked.scores(items), n=n, exclude=out, source="dense")

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        asked = self._asked(catalog, case, embeddings)
        if asked is None:
            return []
        scores: list[float] = asked.scores(embeddings.items(catalog)).tolist()
        return scores

    def _asked(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> _Asked | None:
        said = case.description if self.ask != "history" else ""
        taken = [catalog.rows[i] for i in case.history[-self.recent :]] if self.ask != "description" else []
        if not said and not taken:
            return None
        items = embeddings.items(catalog)
        description = embeddings.query(said) if said else None
        history = items[taken] if taken else None
        if not self.centred:
            return _Asked(description, history, self.history, self.fade)
        key = (catalog.fingerprint, embeddings.embedder.fingerprint)
        centre: _Centre = _centres.get(key, lambda: _Centre(items))
        return _Asked(
            None if description is None else centre.of(description),
            None if history is None else centre.of(history),
            self.history,
            self.fade,
            centre,
        )
