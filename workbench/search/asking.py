"""A variant asked a case: its value, with the ranking from the store where any search or experiment has made it."""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from workbench.catalogs.catalog import Catalog
from workbench.engine.protocol import Cancel
from workbench.engine.remote_address import is_remote
from workbench.errors import Cancelled, ModelError, Problem, PromptTooLong, WorkbenchError
from workbench.evaluation.measures import measures
from workbench.experiments.cells import dependencies, ranking_key
from workbench.experiments.embedders import fingerprint_of
from workbench.jobs import problems_of_failure
from workbench.ranking.fusion import MODEL, Part
from workbench.recommender import Recommender
from workbench.records import Ranking
from workbench.search.choosing import without_fusion
from workbench.search.plan import SearchPlan
from workbench.store.experiment import AskedCase
from workbench.store.store import Store
from workbench.variant import Variant
from workbench.workshop import Workshop

KEPT = 64
"""Recommenders at hand."""
OF_A_PROMPT = ("prompt", "engine")
"""Where a ModelError says that it is, if it comes of what one case made of the prompt: nothing to read, or to score."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The measure's value, 0 where the case failed. `seconds` and `passes` are what the model took when it was asked,
    `spent` of those passes now. `problem` is why it failed, `unforeseen` where that is none of our own errors."""

    value: float
    seconds: float = 0.0
    passes: int = 0
    spent: int = 0
    problem: str = ""
    unforeseen: bool = False


@dataclass
class Asker:
    """Asks cell by cell; what the model was asked is kept as it is made, under the key that experiments use too."""

    plan: SearchPlan
    store: Store
    workshop: Workshop
    catalog: Catalog
    qrels: Mapping[str, Mapping[str, int]]
    _recommenders: dict[str, Recommender] = field(default_factory=dict)
    _parts: dict[Hashable, Part] = field(default_factory=dict)
    _embedders: dict[str, str] = field(default_factory=dict)

    def answer(self, variant: Variant, asked: AskedCase, *, cancel: Cancel, keep: bool = False) -> Answer:
        """A case that fails is an answer with its problem. With `keep` a ranking is kept for which the model was asked
        nothing, too: making it again takes less than reading it, and there may be very many. Raises Cancelled, and
        ModelError for what other cases would fail of, too: a model that can't be asked, a file that can't be read."""
        started = time.perf_counter()
        try:
            ranking, spent = self._ranking(variant, asked, cancel, keep=keep)
        except Cancelled:
            raise
        except Exception as error:
            return _failed(error, variant, asked)
        found = measures(ranking.item_ids, self.qrels.get(asked.case.id, {}), cutoffs=self.plan.cutoffs)
        seconds = max(ranking.usage.seconds, time.perf_counter() - started)
        return Answer(found.get(self.plan.measure, 0.0), seconds, ranking.usage.passes, spent)

    def _ranking(self, variant: Variant, asked: AskedCase, cancel: Cancel, *, keep: bool) -> tuple[Ranking, int]:
        """The ranking, and the passes that were spent on it now. A fusion goes by what the model said without it, so
        that other weights ask the model nothing."""
        recommender = self._recommender(variant)
        key = self._key(recommender, asked)
        if held := self.store.ranking_of(key):
            return held, 0
        started = time.perf_counter()
        if MODEL in recommender.fusion.used:
            base, spent = self._ranking(without_fusion(variant), asked, cancel, keep=True)
            ranking = recommender.fuse_anew(base, asked.case)
        else:
            guard = self.workshop.guard(self.plan.catalog, asked.case)
            ranking = recommender.recommend(asked.case, cancel=cancel, blocked=guard)
            spent = ranking.usage.passes
        seconds = time.perf_counter() - started
        if ranking.usage.seconds > seconds:
            seconds += ranking.usage.seconds
        if keep or not recommender.fusion.used:
            self.store.keep_ranking(key, ranking, seconds=seconds)
        return ranking, spent

    def _recommender(self, variant: Variant) -> Recommender:
        if variant.digest not in self._recommenders:
            if len(self._recommenders) >= KEPT:
                self._recommenders.clear()
            made = self.workshop.recommender(variant, self.catalog)
            self._recommenders[variant.digest] = replace(made, parts=self._parts)
        return self._recommenders[variant.digest]

    def _embedder(self, recommender: Recommender) -> str:
        """Its fingerprint, found once for each variant."""
        digest = recommender.variant.digest
        if digest not in self._embedders:
            self._embedders[digest] = fingerprint_of(recommender)
        return self._embedders[digest]

    def _key(self, recommender: Recommender, asked: AskedCase) -> str:
        depends = dependencies(
            recommender.variant,
            recommender.engine.identity,
            catalog_fingerprint=self.plan.catalog_fingerprint,
            code_version=self.plan.code_version,
            scope=self.plan.id if is_remote(recommender.variant.model.id) else "",
            embedder=self._embedder(recommender),
        )
        return ranking_key(depends, asked.digest)


def _failed(error: Exception, variant: Variant, asked: AskedCase) -> Answer:
    """The answer of a case that failed. Raises ModelError where every other case would fail as well."""
    first = problems_of_failure(error, variant.label)[0]
    of_all = isinstance(error, ModelError) and not isinstance(error, PromptTooLong) and first.where not in OF_A_PROMPT
    if of_all or isinstance(error, (OSError, MemoryError)):
        where = ", ".join(filter(None, (first.where, f"case {asked.case.id}")))
        raise ModelError(Problem(first.what, where, first.fix)) from error
    return Answer(0.0, problem=str(first), unforeseen=not isinstance(error, WorkbenchError))
