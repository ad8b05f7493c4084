"""Walks along the order in which others took things: from an item to what the same users took just before or after."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.order import fade_option
from workbench.retrieval.walk import Walked, arrive_option, lift_option, steps_option, text_option, walked
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

WITHIN = 5
"""Places between two items of a user, at most."""
NEARNESS = 0.7
"""What each place further away counts beside the one before it."""


class _Counts:
    """How often items followed one another, as shares of an item's own: a sparse matrix [to, from]."""

    def __init__(self, users: "Vectors", items: "Vectors", times: "Vectors", size: int, back: float) -> None:
        import numpy
        from scipy import sparse

        order = numpy.lexsort((times, users))  # stable: what has the same time stays in the order of its rows
        users, items = users[order], items[order]
        counts = sparse.csr_array((size, size), dtype=numpy.float32)
        for gap in range(1, min(WITHIN, len(users) - 1) + 1):
            same = users[gap:] == users[:-gap]
            weights = numpy.full(int(same.sum()), NEARNESS ** (gap - 1), dtype=numpy.float32)
            counts = counts + sparse.csr_array((weights, (items[gap:][same], items[:-gap][same])), shape=(size, size))
        counts = sparse.csr_array(counts + back * counts.T)
        takers = numpy.bincount(numpy.unique(users * size + items) % size, minlength=size)
        self.popularity: Vectors = takers.astype(numpy.float32)
        own = numpy.asarray(counts.sum(axis=0)).ravel()
        self._to = sparse.csr_array(counts.multiply(1 / numpy.maximum(own, 1e-6)[None, :]))

    def step(self, walkers: "Vectors") -> "Vectors":
        """float [items] -> float [items]; the sum stays but for walkers on items that nothing followed."""
        moved: Vectors = self._to @ walkers
        return moved


class _Taken:
    def __init__(self, catalog: Catalog) -> None:
        self._all = catalog.timeline
        self._items = len(catalog.items)
        self._whole: dict[float, _Counts] = {}

    def before(self, case: Case, back: float) -> _Counts:
        """What was known when the case was asked: nothing of its own user, nothing at its time or later."""
        allowed = self._all.known_to(case)
        if not allowed.all():
            return self._counted(allowed, back)
        if back not in self._whole:
            self._whole[back] = self._counted(allowed, back)
        return self._whole[back]

    def _counted(self, allowed: Any, back: float) -> _Counts:
        known = self._all
        return _Counts(known.user[allowed], known.item[allowed], known.time[allowed], self._items, back)


_taken = Shelf(8)


@dataclass(frozen=True, slots=True)
class Following(Walked):
    """As `walk`, but each step goes from an item to what the same user took within five places of it, nearer ones more
    often: what follows weighs 1, what went before `back`. Counts of neighbouring items are the first-order chains of
    Rendle et al. (2010), "Factorizing personalized Markov chains", without their factors."""

    source: ClassVar[str] = "sequence"
    summary: ClassVar[str] = "Items that people took shortly after (or before) what this user took, by counts."

    steps: int = steps_option()
    back: float = option(
        0.5,
        "What went before",
        "How much an item that others took shortly before counts beside one that they took after.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )
    text: float = text_option()
    fade: float = fade_option(0.8)
    arrive: float = arrive_option(0.0)
    lift: float = lift_option(0.4)

    def _scores(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        if not (case.history or case.description):
            return None
        graph = _taken.get(catalog.fingerprint, lambda: _Taken(catalog)).before(case, self.back)
        return walked(
            graph,
            catalog,
            case,
            embeddings,
            steps=self.steps,
            text=self.text,
            fade=self.fade,
            arrive=self.arrive,
            lift=self.lift,
        )
