"""A search as the page's form describes it: a config like that of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.search.config import SearchConfig, search_of
from workbench.variant import Variant

SHARED = ("retriever", "embedder", "n_candidates", "rules", "diversity", "model", "k", "seed")
"""What a trial takes from the variant that the form starts from; the rest is the form's."""
WEIGHT = {"min": 0.0, "max": 2.0, "step": 0.1}


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What the form says. An empty choice leaves a part as each template has it."""

    name: str
    catalog: str
    templates: tuple[str, ...]
    start: Variant
    search_cases: int
    confirm_cases: int
    minutes: float
    passes: int
    """0 for as many as there are minutes for."""
    measure: str = "nDCG@10"
    parameters: bool = True
    methods: tuple[str, ...] = ()
    normalisations: tuple[str, ...] = ()
    policies: tuple[str, ...] = ("none",)
    counts: tuple[int, ...] = (1, 2, 4)
    sources: tuple[str, ...] = ()
    orders: tuple[int, ...] = (1,)
    find: str = ""
    replace: str = ""
    proposals: int = 0
    rewriter: str = ""
    seed: int = 0

    def config(self) -> SearchConfig:
        """Raises VariantError with everything that is wrong."""
        values: dict[str, Any] = {
            "name": self.name,
            "catalog": self.catalog,
            "cases": {"limit": self.search_cases, "seed": self.seed},
            "confirm": {"limit": self.confirm_cases},
            "templates": self.templates,
            "settings": self.start.model_dump(mode="json", include=set(SHARED)),
            "space": self._space(),
            "budget": {"minutes": self.minutes, "passes": self.passes or None},
            "measure": self.measure,
            "seed": self.seed,
        }
        if self.find:
            lines = [line.strip() for line in self.replace.splitlines() if line.strip()]
            values["edits"] = [{"find": self.find, "replace": lines, "proposals": self.proposals}]
        if self.proposals and self.rewriter:
            values["rewriter"] = {"model": self.rewriter}
        return search_of(values, "search")

    def _space(self) -> dict[str, Any]:
        space: dict[str, Any] = {"parameters": self.parameters, "orders": self.orders}
        methods: Mapping[str, Any] = {name: {} for name in self.methods}
        if self.normalisations:
            methods = {**methods, "likelihood": {"normalisation": self.normalisations}}
        if methods:
            space["method"] = methods
        if self.policies:
            space["exemplars"] = {name: {} if name == "none" else {"n": self.counts} for name in self.policies}
        if self.sources:
            weights = {name: {**WEIGHT, "min": 0.1 if name == "model" else 0.0} for name in ("model", *self.sources)}
            space["fusion"] = {"none": {}, "sum": weights}
        return space
