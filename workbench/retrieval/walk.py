"""Random walks over who took what: items that the takers of an item took, and those that their takers took."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.alike import alike, alike_of
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.order import best, fade_option, faded
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

FLOOR = 1e-6
"""Added before the logarithm, so that an item that no walker reaches has a score."""
EARLIER = 0.1
"""How much an earlier step counts beside the next one: what many steps lead to says more than what one does."""


class _Taken:
    """Who took what, as a sparse matrix [users, items]; rows of one catalog's interactions, a pair once."""

    def __init__(self, catalog: Catalog) -> None:
        self._all = catalog.timeline
        self._items = len(catalog.items)
        self._graphs: dict[float, _Graph] = {}

    def before(self, case: Case, late: float) -> "_Graph":
        """What was known when the case was asked: nothing of its own user, nothing at its time or later."""
        allowed = self._all.known_to(case)
        if not allowed.all():
            return self._graph(allowed, late)
        if late not in self._graphs:
            self._graphs[late] = self._graph(allowed, late)
        return self._graphs[late]

    def _graph(self, allowed: Any, late: float) -> "_Graph":
        known = self._all
        shape = (max(1, len(known.users)), self._items)
        return _Graph(known.user[allowed], known.item[allowed], known.time[allowed], shape, late)


class _Graph:
    """One step of the walk: from items to their takers, evenly, and from these to what they took, the later the more:
    each item `late` times the one after it."""

    def __init__(self, users: "Vectors", items: "Vectors", times: "Vectors", shape: tuple[int, int], late: float) -> None:
        import numpy
        from scipy import sparse

        order = numpy.lexsort((times, users))  # stable: what has the same time stays in the order of its rows
        users, items = users[order], items[order]
        first_later = numpy.searchsorted(users, users, side="right")
        age = first_later - 1 - numpy.arange(len(users))
        weights = numpy.maximum(numpy.float64(late) ** age, FLOOR)
        # An item that a user took twice was taken once, at the later of its times.
        pairs = users * shape[1] + items
        _, last = numpy.unique(pairs[::-1], return_index=True)
        keep = len(pairs) - 1 - last
        taken = sparse.csr_array((weights[keep].astype(numpy.float32), (users[keep], items[keep])), shape=shape)
        once = sparse.csr_array((numpy.ones_like(taken.data), taken.indices, taken.indptr), shape=shape)
        popularity = numpy.asarray(once.sum(axis=0)).ravel()
        activity = numpy.asarray(taken.sum(axis=1)).ravel()
        self._to_users = sparse.csr_array(once.multiply(1 / numpy.maximum(popularity, 1)[None, :]))
        self._to_items = sparse.csr_array(taken.T.multiply(1 / numpy.maximum(activity, FLOOR)[None, :]))

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
    beyond what walking gives them. After Cooper et al. (2014), "Random walks in recommender systems".

    Texts come in at both ends: `text` lets walkers start on the items whose texts are most like a history item's, and
    `arrive` gives an item a share of what reached those most like it; both are for items that few took. Walkers start
    on newer history items more often than on older ones, and go to what others took late more often than to what they
    took early. Catalogs of more than 50,000 items do without `arrive`."""

    summary: ClassVar[str] = "Items that people with a like history took, by random walks over who took what."

    steps: int = option(2, "Steps", "1: items taken together; more reach farther.", minimum=1, maximum=5)
    text: float = option(
        0.3,
        "Share that starts from like texts",
        "Walkers that start on the 20 items most like a history item by their text: for items that few took.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )
    fade: float = fade_option(0.8)
    arrive: float = option(
        0.3,
        "Share that like texts lend",
        "How much of an item's score comes from the walkers on the 20 items most like it by their text.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )
    late: float = option(
        0.9,
        "Fading of others",
        "How much each older item of another user counts beside the one after it; 1: all alike.",
        minimum=0.1,
        maximum=1.0,
        step=0.05,
    )

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: frozenset[str], embeddings: Embeddings
    ) -> list[Candidate]:
        scores = self.scores(catalog, case, embeddings=embeddings)
        pairs = zip((item.id for item in catalog.items), scores, strict=False)
        return best(pairs, n=n, exclude=exclude, source="walk")

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        import numpy

        walkers = self._start(catalog, case, embeddings)
        if walkers is None:
            return []
        graph = _of(catalog).before(case, self.late)
        total = numpy.zeros_like(walkers)
        for _ in range(self.steps):
            walkers = graph.step(walkers)
            total = EARLIER * total + walkers
        total /= max(float(total.sum()), FLOOR)
        if self.arrive and (like := alike_of(catalog, embeddings)) is not None:
            total = (1 - self.arrive) * total + self.arrive * (like @ total)
        logs: list[float] = numpy.log(total + FLOOR).tolist()
        return logs

    def _start(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        """float [items]: where the walkers stand at first; None where nothing is known of the user."""
        import numpy

        taken = numpy.array([catalog.rows[i] for i in case.history], dtype=numpy.int64)
        start = numpy.zeros(len(catalog.items), dtype=numpy.float32)
        shares = faded(len(taken), self.fade)
        numpy.add.at(start, taken, (1 - self.text) * shares)
        if not self.text or not (len(taken) or case.description):
            return start if len(taken) else None
        items = embeddings.items(catalog)
        if not len(taken):
            return start + self.text * alike(embeddings.query(case.description)[None, :], items).sum(axis=0)
        like = alike_of(catalog, embeddings)
        rows = alike(items[taken], items, but=taken) if like is None else like[taken]
        return start + self.text * (rows.T @ shares)


_TOGETHER = Walk(steps=1, text=0.0, fade=1.0, arrive=0.0, late=1.0)


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """A walk of one step from the history alone: items by how often they were taken together, active users counting
    less for each pair."""

    summary: ClassVar[str] = "Items that the same people took, by how often they were taken together."

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: frozenset[str], embeddings: Embeddings
    ) -> list[Candidate]:
        found = _TOGETHER.retrieve(catalog, case, n=n, exclude=exclude, embeddings=embeddings)
        return [Candidate(c.item_id, c.score, c.rank, "cooccurrence") for c in found]

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        return _TOGETHER.scores(catalog, case, embeddings=embeddings)
