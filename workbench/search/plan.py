"""The plan of a search: everything that is needed to run it again; its digest is its identity."""

from pydantic import Field

from workbench.search.config import Budget, Pruning
from workbench.search.space import Space
from workbench.variant import Plain


class SearchPlan(Plain):
    """`search_ids` are in the order in which they are asked, `confirm_ids` are kept apart. `refused` are rewrites that
    were not let in, each with its reason."""

    id: str
    name: str
    catalog: str
    catalog_fingerprint: str
    cases_digest: str
    search_ids: tuple[str, ...] = Field(min_length=2)
    confirm_ids: tuple[str, ...] = Field(min_length=2)
    space: Space
    budget: Budget
    pruning: Pruning
    controls: bool
    measure: str
    cutoffs: tuple[int, ...]
    worth: float
    seed: int
    refused: tuple[str, ...] = ()
    code_version: str
    embedders: dict[str, str] = Field(default={})
    """Name -> fingerprint of those that a trial may need; of an older plan it is not known."""

    @property
    def rungs(self) -> tuple[int, ...]:
        """After how many cases a trial is looked at; the last is all of them."""
        total = len(self.search_ids)
        at, found = self.pruning.first or max(8, -(-total // self.pruning.factor**2)), []
        while at < total:
            found.append(at)
            at *= self.pruning.factor
        return (*found, total)
