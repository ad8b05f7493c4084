"""An Experiment: variants tried on many cases, and what stands beside them to judge them by."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from workbench.records import Case, ModelIdentity
from workbench.variant import Plain, Variant

Role = Literal["variant", "no user", "another user", "retriever", "popularity", "bm25", "chance"]
CONTROLS: tuple[Role, ...] = ("no user", "another user")
BASELINES: tuple[Role, ...] = ("popularity", "bm25", "chance")
Cutoff = Annotated[int, Field(ge=1)]
"""Where a list is cut: pytrec_eval ends the whole process at less than one."""
ExperimentStatus = Literal["running", "stopping", "stopped", "done", "failed"]


NO_GRADES = hashlib.sha256(b"{}").hexdigest()
"""The digest of no grades at all."""
LATER = ("shuffle", "embedders")
"""Fields of a plan that older ones have not."""


class ExperimentPlan(Plain):
    """Everything that is needed to run an experiment again; its digest is its identity. The cases themselves lie
    beside it in the store, `cases_digest` names them and the grades that they are measured by."""

    name: str
    catalog: str
    catalog_fingerprint: str
    cases_digest: str
    n_cases: int
    variants: tuple[Variant, ...] = Field(min_length=1, max_length=50)
    baseline: str
    measure: str = "nDCG@10"
    cutoffs: tuple[Cutoff, ...] = Field(default=(5, 10), min_length=1)
    repeats: int = Field(default=1, ge=1, le=50)
    shuffle: bool = False
    """Each repeat after the first gives the candidates in another order, and changes nothing else."""
    controls: bool = True
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    worth: float = Field(default=0.02, gt=0)
    """The smallest difference that would matter: what "no clear difference" is told apart from "too few cases" by."""
    code_version: str
    embedders: dict[str, str] = Field(default={})
    """Name -> fingerprint of those that variants need."""

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits, fit for a URL: the same plan has the same id wherever it runs. What came later
        and is as it was before it came is left out, so that an older plan keeps its id."""
        content = self.model_dump(mode="json")
        for name in LATER:
            if content[name] == type(self).model_fields[name].default:
                del content[name]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def entries(self) -> tuple["Entry", ...]:
        """Variants first, then their controls, then what needs no model."""
        return _entries(self)

    @property
    def n_results(self) -> int:
        """How many there are once all is done: what needs no model is not repeated."""
        asked = sum(entry.role == "variant" or entry.role in CONTROLS for entry in self.entries)
        return self.n_cases * (asked * self.repeats + len(self.entries) - asked)

    @property
    def depth(self) -> int:
        """How long a list is looked at: the greatest cutoff."""
        return max(self.cutoffs)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the leaderboard. `of` is the place of the variant that it is made from, its own for a variant."""

    position: int
    label: str
    role: Role
    of: int


@dataclass(frozen=True, slots=True)
class AskedCase:
    """One case of an experiment. `digest` covers the case and which exemplars it must not be shown, as rankings depend
    on no more; `grades` is the digest of all its grades, "" in one that was kept before there was such a digest;
    `slices` is dimension -> the part that it belongs to."""

    case: Case
    digest: str
    slices: Mapping[str, str] = field(default_factory=dict)
    grades: str = ""

    @property
    def has_grades(self) -> bool:
        """Whether anything is known of the case, be it what is wrong; False in one that was kept without the digest."""
        return self.grades not in ("", NO_GRADES)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one entry on one case. `numbers` are measures and rates by name; `items` the first of its list."""

    entry: int
    case_at: int
    repeat: int
    status: Literal["done", "failed"]
    key: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A plan and how far it has come. `stale` says that it should be running and nobody is at it: its process was
    killed; running it again resumes it."""

    id: str
    plan: ExperimentPlan
    status: ExperimentStatus
    created_at: datetime
    n_done: int
    n_failed: int
    n_cells: int
    models: Mapping[str, ModelIdentity] = field(default_factory=dict)
    problem: str = ""
    progress: str = ""
    seconds_left: float | None = None
    stale: bool = False

    @property
    def active(self) -> bool:
        return self.status in ("running", "stopping") and not self.stale


def retrieval_key(variant: Variant) -> str:
    """Variants of one key have the same candidates in the same order."""
    parts = variant.model_dump_json(include={"retriever", "embedder", "n_candidates", "rules", "diversity"})
    return parts + (variant.model.model_dump_json() if "states" in parts else "")


def _entries(plan: ExperimentPlan) -> tuple[Entry, ...]:
    found: list[Entry] = []

    def add(label: str, role: Role, of: int) -> None:
        found.append(Entry(len(found), label, role, of))

    for at, variant in enumerate(plan.variants):
        add(variant.label, "variant", at)
    for at, variant in enumerate(plan.variants if plan.controls else ()):
        for role in CONTROLS:
            add(f"{variant.label}, {role}", role, at)
    first_of = {retrieval_key(v): at for at, v in reversed(list(enumerate(plan.variants)))}
    for at in sorted(first_of.values()):
        add(f"Retrieval of {plan.variants[at].label}", "retriever", at)
    base = next((at for at, v in enumerate(plan.variants) if v.label == plan.baseline), 0)
    for name, role in (("Popularity", BASELINES[0]), ("BM25", BASELINES[1]), ("Chance", BASELINES[2])):
        add(name, role, base)
    return tuple(found)
