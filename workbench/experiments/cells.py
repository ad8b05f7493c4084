"""One cell of an experiment: a variant on a case, and the lists that are made of its candidates without a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.catalogs.catalog import Catalog
from workbench.evaluation.beyond import Beyond
from workbench.evaluation.calibrated import Calibration
from workbench.evaluation.chance import chance
from workbench.evaluation.comparison import of_popularity
from workbench.evaluation.labels import label_numbers
from workbench.evaluation.measures import measures, retrieval_ceiling
from workbench.evaluation.positions import found_by_place
from workbench.evaluation.rates import rates
from workbench.experiments.planning import digest
from workbench.prompts.front_matter import FrontMatter
from workbench.records import Candidate, Case, ModelIdentity, Ranking
from workbench.retrieval import SCORERS, Embeddings
from workbench.store.experiment import Entry, Result, Role
from workbench.variant import Variant


def dependencies(
    variant: Variant,
    identity: ModelIdentity,
    *,
    catalog_fingerprint: str,
    code_version: str,
    scope: str = "",
    embedder: str = "",
) -> list[object]:
    """What every ranking by a variant depends on beside the case; `scope` names what it counts for alone, "" for
    everything, `embedder` is the fingerprint of the one it needs, "" for none."""
    weights = (identity.weights_sha256, identity.dtype, identity.device, scope, *([embedder] if embedder else []))
    return [code_version, catalog_fingerprint, variant.digest, weights]


def ranking_key(depends: Sequence[object], case_digest: str, order: str = "") -> str:
    """Under which a ranking is kept; `order` is the seed of a shuffle of the candidates."""
    return digest([*depends, case_digest, *([order] if order else [])])


@dataclass(frozen=True, slots=True)
class Judge:
    """What makes numbers of lists. `cutoffs` are where measures look; the greatest is where all else does."""

    catalog: Catalog
    embeddings: Embeddings
    beyond: Beyond
    calibration: Calibration
    cutoffs: tuple[int, ...]

    def of_ranking(
        self,
        entry: Entry,
        case: Case,
        case_at: int,
        repeat: int,
        ranking: Ranking,
        front: FrontMatter,
        grades: Mapping[str, int],
        key: str,
    ) -> Result:
        """`case` is the one that was asked, whatever a control said in its place: its history is the user's."""
        numbers = self._of_list(ranking.item_ids, ranking.candidates, case, grades)
        numbers |= {name: rate for name, rate in rates(ranking).items() if rate is not None}
        numbers |= found_by_place(ranking, grades, k=min(self.cutoffs))
        numbers |= label_numbers(ranking, front, grades)
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
        numbers = self._of_list(ids, candidates, case, grades)
        return Result(entry.position, case_at, 0, "done", numbers=numbers, items=tuple(ids[: self.beyond.k]))

    def _of_list(
        self, ids: Sequence[str], candidates: Sequence[Candidate], case: Case, grades: Mapping[str, int]
    ) -> dict[str, float]:
        ceiling = retrieval_ceiling([c.item_id for c in candidates], grades).share
        found = {} if ceiling is None else {"ceiling": ceiling}
        found |= measures(ids, grades, cutoffs=self.cutoffs)
        return found | self.beyond.numbers(ids) | self.calibration.numbers(case.history, ids)

    def _ordered(self, role: Role, candidates: Sequence[Candidate], case: Case) -> list[str]:
        """Ties keep the retriever's order."""
        if role == "popularity":
            return list(of_popularity(candidates, self.catalog.popularity_for(case)).item_ids)
        if role == "retriever":
            return [c.item_id for c in candidates]
        scores = SCORERS["bm25"].scores(self.catalog, case, embeddings=self.embeddings)
        worth = {c.item_id: scores[self.catalog.rows[c.item_id]] if scores else 0.0 for c in candidates}
        return [c.item_id for c in sorted(candidates, key=lambda c: (-worth[c.item_id], c.rank))]
