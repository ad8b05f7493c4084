"""Exemplar policies: an order over the pool, from which the first that may be shown are taken."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from workbench.catalogs.catalog import Catalog
from workbench.options import option
from workbench.records import Case, Exemplar
from workbench.retrieval.embeddings import Embeddings

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

LOCKED_HELP = "Exemplars that are always shown, first and in this order."
SOURCE_HELP = (
    "solved cases: the catalog's exemplars and your own; interactions: what other users took, and took next, before "
    "the case's time; both."
)
ORDER_HELP = "Models read the last exemplar most closely. Shuffled: drawn anew for each case."
SOURCES = ("solved cases", "interactions", "both")
ORDERS = ("best last", "best first", "shuffled")
COUNT_HELP = "How many exemplars the prompt shows, locked ones among them."


class ExemplarPolicy(Protocol):
    """A frozen dataclass whose fields are its options. Gives ids in the order of preference, more than are wanted:
    the ones that the guard refuses are passed over."""

    summary: ClassVar[str]

    @property
    def count(self) -> int:
        """How many exemplars to show at most."""
        ...

    @property
    def wanted(self) -> tuple[str, ...]:
        """Ids that the analyst asked for by name: refusing one is worth telling."""
        ...

    def order(
        self, catalog: Catalog, pool: Sequence[Exemplar], case: Case, *, seed: int, embeddings: Embeddings
    ) -> list[str]:
        """Ids of `pool`, best first, the locked ones not among them."""
        ...

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        """The exemplars, best first, in the order of the prompt; `seed` is that of run and case."""
        ...


@dataclass(frozen=True, slots=True)
class NoExemplars:
    summary: ClassVar[str] = "Zero-shot: the prompt shows no solved case."
    count: ClassVar[int] = 0
    wanted: ClassVar[tuple[str, ...]] = ()

    def order(
        self, catalog: Catalog, pool: Sequence[Exemplar], case: Case, *, seed: int, embeddings: Embeddings
    ) -> list[str]:
        return []

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """The same exemplars for every case, in the order picked."""

    summary: ClassVar[str] = "The exemplars that you pick, in your order."
    ids: tuple[str, ...] = option((), "Exemplars", "Ids, in the order of the prompt.")

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.ids

    def order(
        self, catalog: Catalog, pool: Sequence[Exemplar], case: Case, *, seed: int, embeddings: Embeddings
    ) -> list[str]:
        return []

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return tuple(shown)


@dataclass(frozen=True, slots=True)
class Random:
    """A draw that depends on the seed and the case alone."""

    summary: ClassVar[str] = "Drawn at random, the same draw for the same seed and case."
    n: int = option(3, "Exemplars", COUNT_HELP, minimum=1, maximum=16)
    source: str = option("solved cases", "Taken from", SOURCE_HELP, choices=SOURCES)
    locked: tuple[str, ...] = option((), "Locked", LOCKED_HELP)

    @property
    def count(self) -> int:
        return max(self.n, len(self.locked))

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.locked

    def order(
        self, catalog: Catalog, pool: Sequence[Exemplar], case: Case, *, seed: int, embeddings: Embeddings
    ) -> list[str]:
        digest = hashlib.sha256(f"{seed}:{case.id}".encode()).digest()
        # All are shuffled, so that one that may not be shown changes nothing in the order of the others.
        ids = sorted({*(e.id for e in catalog.exemplars), *(e.id for e in pool)})
        random.Random(digest).shuffle(ids)
        allowed = {e.id for e in pool}
        return [i for i in ids if i in allowed]

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return tuple(shown)


@dataclass(frozen=True, slots=True)
class Nearest:
    """Liu et al. (2022), "What Makes Good In-Context Examples for GPT-3?": near to the test case, nearest last."""

    summary: ClassVar[str] = "Users most like this one, by sentence embeddings."
    n: int = option(3, "Exemplars", COUNT_HELP, minimum=1, maximum=16)
    nearest: str = option(
        "last", "The nearest stands", "Models read the last exemplar most closely.", choices=("last", "first")
    )
    source: str = option("solved cases", "Taken from", SOURCE_HELP, choices=SOURCES)
    locked: tuple[str, ...] = option((), "Locked", LOCKED_HELP)

    @property
    def count(self) -> int:
        return max(self.n, len(self.locked))

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.locked

    def order(
        self, catalog: Catalog, pool: Sequence[Exemplar], case: Case, *, seed: int, embeddings: Embeddings
    ) -> list[str]:
        if not pool:
            return []
        near = vectors_of(catalog, pool, embeddings) @ embeddings.query(case_text(catalog, case))
        return [e.id for _, e in sorted(zip(-near, pool, strict=True), key=lambda pair: (pair[0], pair[1].id))]

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return arranged(shown, self.locked, f"best {self.nearest}", seed)


@dataclass(frozen=True, slots=True)
class Diverse:
    """Maximal marginal relevance (Carbonell and Goldstein, 1998): near to the case, far from one another."""

    summary: ClassVar[str] = "Users like this one, but unlike one another."
    n: int = option(3, "Exemplars", COUNT_HELP, minimum=1, maximum=16)
    nearness: float = option(
        0.5, "Nearness", "1: only near to the case; 0: only far from one another.", minimum=0.0, maximum=1.0, step=0.1
    )
    arrangement: str = option("best last", "Order", ORDER_HELP, choices=ORDERS)
    source: str = option("solved cases", "Taken from", SOURCE_HELP, choices=SOURCES)
    locked: tuple[str, ...] = option((), "Locked", LOCKED_HELP)

    @property
    def count(self) -> int:
        return max(self.n, len(self.locked))

    @property
    def wanted(self) -> tuple[str, ...]:
        return self.locked

    def order(
        self, catalog: Catalog, pool: Sequence[Exemplar], case: Case, *, seed: int, embeddings: Embeddings
    ) -> list[str]:
        if not pool:
            return []
        vectors = vectors_of(catalog, pool, embeddings)
        near = (vectors @ embeddings.query(case_text(catalog, case))).tolist()
        alike = (vectors @ vectors.T).tolist()
        left, taken = list(range(len(pool))), list[int]()
        while left:
            # The largest marginal relevance; ties by id, so that the order of the pool plays no part.
            gain = {
                i: self.nearness * near[i] - (1 - self.nearness) * max((alike[i][j] for j in taken), default=0.0)
                for i in left
            }
            best = min(left, key=lambda i: (-gain[i], pool[i].id))
            taken.append(best)
            left.remove(best)
        return [pool[i].id for i in taken]

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return arranged(shown, self.locked, self.arrangement, seed)


def arranged(shown: Sequence[Exemplar], locked: Sequence[str], order: str, seed: str) -> tuple[Exemplar, ...]:
    """Locked ones first, in their order; the others, given best first, in one of ORDERS."""
    fixed = [e for e in shown if e.id in locked]
    free = [e for e in shown if e.id not in locked]
    if order == "shuffled":
        random.Random(hashlib.sha256(f"order:{seed}".encode()).digest()).shuffle(free)
    return (*fixed, *(reversed(free) if order == "best last" else free))


def vectors_of(catalog: Catalog, pool: Sequence[Exemplar], embeddings: Embeddings) -> "Vectors":
    """A row for each of the pool. Those of all solved cases are computed once, whatever a case lets be shown."""
    import numpy

    known = {exemplar.id for exemplar in catalog.exemplars}
    every = [*catalog.exemplars, *(e for e in pool if e.id not in known)]
    n = len(catalog.exemplars)
    parts = [part for part in (every[:n], every[n:]) if part]
    vectors = numpy.vstack([embeddings.of([exemplar_text(catalog, e) for e in part]) for part in parts])
    rows = {exemplar.id: row for row, exemplar in enumerate(every)}
    found: Vectors = vectors[[rows[exemplar.id] for exemplar in pool]]
    return found


def exemplar_text(catalog: Catalog, exemplar: Exemplar) -> str:
    return _text(catalog, exemplar.description, exemplar.history)


def case_text(catalog: Catalog, case: Case) -> str:
    return _text(catalog, case.description, case.history)


def _text(catalog: Catalog, description: str, history: Sequence[str]) -> str:
    return "\n".join([*([description] if description else []), *(catalog.item(i).title for i in history[-10:])])
