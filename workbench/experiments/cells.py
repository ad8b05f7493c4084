"""One cell of an experiment: a variant on a case, and the lists that are made of its candidates without a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.catalogs.catalog import Catalog
from workbench.evaluation.beyond import Beyond
from workbench.evaluation.chance import chance
from workbench.evaluation.comparison import of_popularity
from workbench.evaluation.measures import measures, retrieval_ceiling
from workbench.evaluation.rates import rates
from workbench.experiments.planning import digest
from workbench.records import Candidate, Case, ModelIdentity, Ranking
from workbench.retrieval import SCORERS, Embeddings
from workbench.store.experiment import Entry, Result, Role
from workbench.variant import Variant


def ranking_key(
    variant: Variant,
    identity: ModelIdentity,
    case_digest: str,
    *,
    catalog_fingerprint: str,
    code_version: str,
    scope: str = "",
) -> str:
    """What a ranking depends on; `scope` names what it counts for alone, "" for everything."""
    weights = (identity.weights_sha256, identity.dtype, identity.device, scope)
    return digest([code_version, catalog_fingerprint, variant.digest, case_digest, weights])


@dataclass(frozen=True, slots=True)
class Judge:
    """What makes numbers of lists. `cutoffs` are where measures look."""

    catalog: Catalog
    embeddings: Embeddings
    beyond: Beyond
    cutoffs: tuple[int, ...]

    def of_ranking(
        self, entry: Entry, case_at: int, repeat: int, ranking: Ranking, grades: Mapping[str, int], key: str
    ) -> Result:
        numbers = self._of_list(ranking.item_ids, ranking.candidates, grades)
        numbers |= {name: rate for name, rate in rates(ranking).items() if rate is not None}
        if ranking.mean_spread is not None:
            numbers["spread"] = ranking.mean_spread
        items = ranking.item_ids[: self.beyond.k]
        return Result(entry.position, case_at, repeat, "done", key, numbers, items)

    def of_candidates(
        self, entry: Entry, case_at: int, candidates: Sequence[Candidate], case: Case, grades: Mapping[str, int]
    ) -> Result:
        """A baseline's result: the candidates in the retriever's order, by popularity, by BM25, or by chance."""
        if entry.role == "chance":
            numbers = chance([c.item_id for c in candidates], grades, cutoffs=self.cutoffs)
            return Result(entry.position, case_at, 0, "done", numbers=numbers)
        ids = self._ordered(entry.role, candidates, case)
        numbers = self._of_list(ids, candidates, grades)
        return Result(entry.position, case_at, 0, "done", numbers=numbers, items=tuple(ids[: self.beyond.k]))

    def _of_list(
        self, ids: Sequence[str], candidates: Sequence[Candidate], grades: Mapping[str, int]
    ) -> dict[str, float]:
        ceiling = retrieval_ceiling([c.item_id for c in candidates], grades).share
        found = {} if ceiling is None else {"ceiling": ceiling}
        return {**measures(ids, grades, cutoffs=self.cutoffs), **found, **self.beyond.numbers(ids)}

    def _ordered(self, role: Role, candidates: Sequence[Candidate], case: Case) -> list[str]:
        """Ties keep the retriever's order."""
        if role == "popularity":
            return list(of_popularity(candidates, self.catalog.popularity_for(case)).item_ids)
        if role == "retriever":
            return [c.item_id for c in candidates]
        scores = SCORERS["bm25"].scores(self.catalog, case, embeddings=self.embeddings)
        worth = {c.item_id: scores[self.catalog.rows[c.item_id]] if scores else 0.0 for c in candidates}
        return [c.item_id for c in sorted(candidates, key=lambda c: (-worth[c.item_id], c.rank))]
