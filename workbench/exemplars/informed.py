"""Exemplar policies that look at more than nearness: balanced over segments, and asked of the frozen model itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError
from workbench.exemplars.policies import (
    COUNT_HELP,
    LOCKED_HELP,
    ORDER_HELP,
    ORDERS,
    SOURCE_HELP,
    SOURCES,
    Nearest,
    arranged,
    case_text,
    exemplar_text,
)
from workbench.options import option
from workbench.records import Case, Exemplar
from workbench.retrieval.embeddings import Embeddings


@dataclass(frozen=True, slots=True)
class Balanced:
    """Round after round, each segment gives its nearest that is left; the segment of the nearest one of all begins."""

    summary: ClassVar[str] = "Users like this one, as many from each segment: an exemplar's first tag is its segment."
    n: int = option(3, "Exemplars", COUNT_HELP, minimum=1, maximum=16)
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
        near = Nearest().order(catalog, pool, case, seed=seed, embeddings=embeddings)
        by_id = {exemplar.id: exemplar for exemplar in pool}
        segments: dict[str, list[str]] = {}
        for exemplar_id in near:
            segments.setdefault(segment_of(by_id[exemplar_id]), []).append(exemplar_id)
        longest = max(map(len, segments.values()), default=0)
        return [ids[at] for at in range(longest) for ids in segments.values() if at < len(ids)]

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return arranged(shown, self.locked, self.arrangement, seed)


def segment_of(exemplar: Exemplar) -> str:
    """An exemplar's first tag; "" where it has none."""
    return exemplar.tags[0] if exemplar.tags else ""


@dataclass(frozen=True, slots=True)
class Informative:
    """The exemplars after which the frozen model finds the case itself least surprising: the gain in log-likelihood of
    the case's own text, log P(case | exemplar) - log P(case), answer excluded, so that nothing of the truth is asked.
    After Peng et al. (2024), "Revisiting Demonstration Selection Strategies in In-Context Learning"."""

    summary: ClassVar[str] = (
        "Of the users nearest to this one, those after which the model itself finds this case least surprising. One "
        "small pass for each that is looked at."
    )
    n: int = option(3, "Exemplars", COUNT_HELP, minimum=1, maximum=16)
    looked_at: int = option(12, "Looked at", "The nearest so many are asked of the model.", minimum=2, maximum=64)
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
        if embeddings.likelihood is None:
            fix = "choose another policy, or a model that can score text"
            raise VariantError(Problem("no model is at hand to ask", "exemplar policy informative", fix))
        near = Nearest().order(catalog, pool, case, seed=seed, embeddings=embeddings)
        asked, rest = near[: self.looked_at], near[self.looked_at :]
        if not asked:
            return rest
        by_id = {exemplar.id: exemplar for exemplar in pool}
        text = case_text(catalog, case)
        prompts = [_solved(catalog, by_id[exemplar_id]) for exemplar_id in asked]
        # Without an exemplar the case costs the same for all: it takes no part in the order.
        gains = embeddings.likelihood([(prompt, text) for prompt in prompts])
        place = {exemplar_id: (-gain, exemplar_id) for exemplar_id, gain in zip(asked, gains, strict=True)}
        return sorted(asked, key=lambda i: place[i]) + rest

    def arrange(self, shown: Sequence[Exemplar], *, seed: str = "") -> tuple[Exemplar, ...]:
        return arranged(shown, self.locked, self.arrangement, seed)


def _solved(catalog: Catalog, exemplar: Exemplar) -> str:
    """An exemplar as text, with its answer, and a blank line before the next one begins."""
    answer = "\n".join(catalog.item(i).title for i in exemplar.answer)
    return f"{exemplar_text(catalog, exemplar)}\n-> {answer}\n\n"
