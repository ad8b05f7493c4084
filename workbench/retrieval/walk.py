"""Random walks over who took what: items that the takers of an item took, and those that their takers took."""

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.order import best_left, fade_option, faded
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

NEIGHBOURS = 20
SHARPNESS = 10.0
FLOOR = 1e-6
"""Added before the logarithm, so that an item that no walker reaches has a score."""


class _Taken:
    """Who took what, as a sparse matrix [users, items]; rows of one catalog's interactions, a pair once."""

    def __init__(self, catalog: Catalog) -> None:
        self._all = catalog.timeline
        self._items = len(catalog.items)

    @cached_property
    def everything(self) -> "_Graph":
        return self._graph(self._all.user >= 0)

    def before(self, case: Case) -> "_Graph":
        """What was known when the case was asked: nothing of its own user, nothing at its time or later."""
        allowed = self._all.known_to(case)
        return self.everything if allowed.all() else self._graph(allowed)

    def _graph(self, allowed: Any) -> "_Graph":
        return _Graph(self._all.user[allowed], self._all.item[allowed], (max(1, len(self._all.users)), self._items))


class _Graph:
    """One step of the walk: from items to their takers, evenly, and from these to what they took, evenly."""

    def __init__(self, users: "Vectors", items: "Vectors", shape: tuple[int, int]) -> None:
        import numpy
        from scipy import sparse

        taken = sparse.csr_array((numpy.ones(len(users), numpy.float32), (users, items)), shape=shape)
        taken.data[:] = 1  # a user who took an item twice took it
        self.popularity = numpy.asarray(taken.sum(axis=0)).ravel()
        activity = numpy.asarray(taken.sum(axis=1)).ravel()
        self._to_users = sparse.csr_array(taken.multiply(1 / numpy.maximum(self.popularity, 1)[None, :]))
        self._to_items = sparse.csr_array(taken.T.multiply(1 / numpy.maximum(activity, 1)[None, :]))

    def step(self, walkers: "Vectors") -> "Vectors":
        """float [items] -> float [items]; the sum stays but for walkers on items that nobody took."""
        moved: Vectors = self._to_items @ (self._to_users @ walkers)
        return moved


_taken = Shelf(8)


def _of(catalog: Catalog) -> _Taken:
    return _taken.get(catalog.fingerprint, lambda: _Taken(catalog))


@dataclass(frozen=True, slots=True)
class Walk:
    """log of the share of walkers on an item after one to `steps` steps from the history, popular items not favoured
    beyond what walking gives them. After Cooper et al. (2014), "Random walks in recommender systems"; `text` lets
    items without takers start through the items whose texts are most like theirs. Walkers start on newer history items
    more often than on older ones, and evenly among like texts."""

    summary: ClassVar[str] = "Items that people with a like history took, by random walks over who took what."

    steps: int = option(2, "Steps", "1: items taken together; more reach farther.", minimum=1, maximum=5)
    text: float = option(
        0.4,
        "Share that starts from like texts",
        "Walkers that start on the 20 items most like a history item by their text: for items that few took.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )

    fade: float = fade_option(0.8)

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        scores = self._scores(catalog, case, embeddings)
        return [] if scores is None else best_left(catalog, scores, n=n, exclude=exclude, source="walk")

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        scores = self._scores(catalog, case, embeddings)
        return [] if scores is None else scores.tolist()

    def _scores(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        import numpy

        walkers = self._start(catalog, case, embeddings)
        if walkers is None:
            return None
        graph = _of(catalog).before(case)
        total = numpy.zeros_like(walkers)
        for _ in range(self.steps):
            walkers = graph.step(walkers)
            total += walkers / max(float(walkers.sum()), FLOOR)
        logs: Vectors = numpy.log(total / self.steps + FLOOR)
        return logs

    def _start(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        """float [items]: where the walkers stand at first; None where nothing is known of the user."""
        import numpy

        taken = [catalog.rows[i] for i in case.history]
        start = numpy.zeros(len(catalog.items), dtype=numpy.float32)
        numpy.add.at(start, taken, (1 - self.text) * faded(len(taken), self.fade))
        if not self.text or not (taken or case.description):
            return start if taken else None
        items = embeddings.items(catalog)
        asked = items[taken] if taken else embeddings.query(case.description)[None, :]
        near = asked @ items.T
        near[numpy.arange(len(taken)), taken] = -1.0
        for row in near:
            places = numpy.argsort(-row, kind="stable")[:NEIGHBOURS]
            weights = numpy.exp(SHARPNESS * (row[places] - 1))
            start[places] += self.text * weights / weights.sum() / len(near)
        return start


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """A walk of one step from the history alone: items by how often they were taken together, active users counting
    less for each pair."""

    summary: ClassVar[str] = "Items that the same people took, by how often they were taken together."

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        found = Walk(steps=1, text=0.0, fade=1.0).retrieve(catalog, case, n=n, exclude=exclude, embeddings=embeddings)
        return [Candidate(c.item_id, c.score, c.rank, "cooccurrence") for c in found]

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        return Walk(steps=1, text=0.0, fade=1.0).scores(catalog, case, embeddings=embeddings)
