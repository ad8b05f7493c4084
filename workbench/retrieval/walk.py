"""Random walks over who took what: items that the takers of an item took, and those that their takers took."""

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Candidate, Case
from workbench.retrieval.alike import alike, alike_of
from workbench.retrieval.embeddings import Embeddings
from workbench.retrieval.order import best_left, fade_option, faded
from workbench.shelf import Shelf

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

FLOOR = 1e-6
"""Added before the logarithm, so that an item that no walker reaches has a score."""
EARLIER = 0.2
"""How much an earlier step counts beside the next one: farther steps know more items."""


class Steps(Protocol):
    """A graph that can be walked."""

    popularity: Any
    """[items]: how many took each."""

    def step(self, walkers: "Vectors") -> "Vectors":
        """float [items] -> float [items]: where walkers are after one step."""
        ...


class _Taken:
    """Who took what, as a sparse matrix [users, items]; rows of one catalog's interactions, a pair once."""

    def __init__(self, catalog: Catalog) -> None:
        self._all = catalog.timeline
        self._items = len(catalog.items)
        self._whole: dict[float, _Graph] = {}

    def before(self, case: Case, late: float) -> "_Graph":
        """What was known when the case was asked: nothing of its own user, nothing at its time or later."""
        allowed = self._all.known_to(case)
        if not allowed.all():
            return self._graph(allowed, late)
        if late not in self._whole:
            self._whole[late] = self._graph(allowed, late)
        return self._whole[late]

    def _graph(self, allowed: Any, late: float) -> "_Graph":
        known = self._all
        shape = (max(1, len(known.users)), self._items)
        return _Graph(known.user[allowed], known.item[allowed], known.time[allowed], shape, late)


class _Graph:
    """One step of the walk: from items to their takers, evenly, and from these to what they took, the later the more:
    the first of a user's items counts `late` beside the last one, with even ratios between."""

    def __init__(
        self, users: "Vectors", items: "Vectors", times: "Vectors", shape: tuple[int, int], late: float
    ) -> None:
        import numpy
        from scipy import sparse

        order = numpy.lexsort((times, users))  # stable: what has the same time stays in the order of its rows
        users, items = users[order], items[order]
        first, after = (numpy.searchsorted(users, users, side=side) for side in ("left", "right"))
        age = (after - 1 - numpy.arange(len(users))) / numpy.maximum(after - first - 1, 1)
        weights = numpy.float64(late) ** age
        # An item that a user took twice was taken once, at the later of its times.
        pairs = users * shape[1] + items
        _, last = numpy.unique(pairs[::-1], return_index=True)
        keep = len(pairs) - 1 - last
        taken = sparse.csr_array((weights[keep].astype(numpy.float32), (users[keep], items[keep])), shape=shape)
        once = sparse.csr_array((numpy.ones_like(taken.data), taken.indices, taken.indptr), shape=shape)
        self.popularity = numpy.asarray(once.sum(axis=0)).ravel()
        activity = numpy.asarray(taken.sum(axis=1)).ravel()
        self._to_users = sparse.csr_array(once.multiply(1 / numpy.maximum(self.popularity, 1)[None, :]))
        self._to_items = sparse.csr_array(taken.T.multiply(1 / numpy.maximum(activity, FLOOR)[None, :]))

    def step(self, walkers: "Vectors") -> "Vectors":
        """float [items] -> float [items]; the sum stays but for walkers on items that nobody took."""
        moved: Vectors = self._to_items @ (self._to_users @ walkers)
        return moved


_taken = Shelf(8)


def _of(catalog: Catalog) -> _Taken:
    return _taken.get(catalog.fingerprint, lambda: _Taken(catalog))


def steps_option() -> int:
    steps: int = option(2, "Steps", "1: items taken together; more reach farther.", minimum=1, maximum=5)
    return steps


def text_option() -> float:
    share: float = option(
        0.3,
        "Share that starts from like texts",
        "Walkers that start on the 20 items most like a history item by their text: for items that few took.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )
    return share


def arrive_option(default: float) -> float:
    share: float = option(
        default,
        "Share that like texts lend",
        "How much of an item's score comes from the walkers on the 20 items most like it by their text.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )
    return share


def lift_option(default: float) -> float:
    power: float = option(
        default,
        "Popularity divided out",
        "0: as walking gives it; 1: by how much oftener than to anybody. A little tells what is this user's.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )
    return power


def walked(
    graph: Steps,
    catalog: Catalog,
    case: Case,
    embeddings: Embeddings,
    *,
    steps: int,
    text: float,
    fade: float,
    arrive: float,
    lift: float,
) -> "Vectors | None":
    """float [items]: log of the share of walkers on each item after `steps` steps along `graph` from the case's
    history, `text` of them from the items whose texts are most like it; `arrive` of an item's share is that of the
    items most like it by text, and `lift` x log(1 + takers) is taken off. None where nothing is known of the user."""
    import numpy

    walkers = _start(catalog, case, embeddings, text, fade)
    if walkers is None:
        return None
    total = numpy.zeros_like(walkers)
    for _ in range(steps):
        walkers = graph.step(walkers)
        total = EARLIER * total + walkers
    total /= max(float(total.sum()), FLOOR)
    if arrive and (like := alike_of(catalog, embeddings)) is not None:
        total = (1 - arrive) * total + arrive * (like @ total)
    logs: Vectors = numpy.log(total + FLOOR) - lift * numpy.log1p(graph.popularity)
    return logs


def _start(catalog: Catalog, case: Case, embeddings: Embeddings, text: float, fade: float) -> "Vectors | None":
    """float [items]: where the walkers stand at first; None where nothing is known of the user."""
    import numpy

    taken = numpy.array([catalog.rows[i] for i in case.history], dtype=numpy.int64)
    start: Vectors = numpy.zeros(len(catalog.items), dtype=numpy.float32)
    shares = faded(len(taken), fade)
    numpy.add.at(start, taken, (1 - text) * shares)
    if not text or not (len(taken) or case.description):
        return start if len(taken) else None
    items = embeddings.items(catalog)
    if not len(taken):
        start += text * alike(embeddings.query(case.description)[None, :], items).sum(axis=0)
        return start
    like = alike_of(catalog, embeddings)
    rows = alike(items[taken], items, but=taken) if like is None else like[taken]
    start += text * (rows.T @ shares)
    return start


class Walked:
    """What sources that walk share: their log shares of walkers, as candidates or as scores."""

    __slots__ = ()
    source: ClassVar[str]

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        scores = self._scores(catalog, case, embeddings)
        return [] if scores is None else best_left(catalog, scores, n=n, exclude=exclude, source=self.source)

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        scores = self._scores(catalog, case, embeddings)
        return [] if scores is None else scores.tolist()

    def _scores(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Walk(Walked):
    """log of the share of walkers on an item after one to `steps` steps from the history, a little of its popularity
    divided out. After Cooper et al. (2014), "Random walks in recommender systems".

    Texts come in at both ends: `text` lets walkers start on the items whose texts are most like a history item's, and
    `arrive` gives an item a share of what reached those most like it; both are for items that few took. Walkers start
    on newer history items more often than on older ones, and go to what others took late more often than to what they
    took early. Catalogs of more than 50,000 items do without `arrive`."""

    source: ClassVar[str] = "walk"
    summary: ClassVar[str] = "Items that people with a like history took, by random walks over who took what."

    steps: int = steps_option()
    text: float = text_option()
    fade: float = fade_option(0.8)
    arrive: float = arrive_option(0.3)
    late: float = option(
        0.4,
        "Fading of others",
        "How much the first item of another user counts beside their last one; 1: all alike.",
        minimum=0.1,
        maximum=1.0,
        step=0.1,
    )
    lift: float = lift_option(0.2)

    def _scores(self, catalog: Catalog, case: Case, embeddings: Embeddings) -> "Vectors | None":
        if not (case.history or case.description):
            return None
        return walked(
            _of(catalog).before(case, self.late),
            catalog,
            case,
            embeddings,
            steps=self.steps,
            text=self.text,
            fade=self.fade,
            arrive=self.arrive,
            lift=self.lift,
        )


_TOGETHER = Walk(steps=1, text=0.0, fade=1.0, arrive=0.0, late=1.0, lift=0.0)


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """A walk of one step from the history alone: items by how often they were taken together, active users counting
    less for each pair."""

    summary: ClassVar[str] = "Items that the same people took, by how often they were taken together."

    def retrieve(
        self, catalog: Catalog, case: Case, *, n: int, exclude: Set[str], embeddings: Embeddings
    ) -> list[Candidate]:
        found = _TOGETHER.retrieve(catalog, case, n=n, exclude=exclude, embeddings=embeddings)
        return [Candidate(c.item_id, c.score, c.rank, "cooccurrence") for c in found]

    def scores(self, catalog: Catalog, case: Case, *, embeddings: Embeddings) -> list[float]:
        return _TOGETHER.scores(catalog, case, embeddings=embeddings)
