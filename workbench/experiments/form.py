"""An experiment as the page's form describes it: what a file says, with the form's names in what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError, WorkbenchError, raise_all
from workbench.experiments.embedders import with_embedders
from workbench.experiments.planning import choose_cases, filtered, plan_experiment
from workbench.store.experiment import AskedCase, ExperimentPlan
from workbench.variant import Variant
from workbench.workshop import Workshop

NAMES = {
    "name": "Name",
    "cases": "Cases",
    "cases.ids": "Only these cases",
    "cases.segments": "Segments",
    "baseline": "Baseline",
    "measure": "Measure",
    "cutoffs": "Lists are cut at",
    "repeats": "Times each",
    "worth": "Smallest difference that matters",
    "seed": "Seed",
}
"""Key of an experiment's file -> what the form calls it."""


@dataclass(frozen=True, slots=True)
class ExperimentForm:
    """What the form says, as it was typed: `ids` has one id a line, or several with commas between; `cutoffs` are
    numbers or texts that ought to be some. One seed draws the cases and all else."""

    name: str
    catalog: str
    variants: Sequence[Variant]
    baseline: str
    limit: int
    measure: str = "nDCG@10"
    cutoffs: Sequence[int | str] = (5, 10)
    segments: Sequence[str] = ()
    ids: str = ""
    repeats: int = 1
    shuffle: bool = False
    controls: bool = True
    seed: int = 0
    worth: float = 0.02

    def n_cases(self, catalog: Catalog) -> int:
        """How many cases would be asked. Raises VariantError for ids that the catalog has not."""
        try:
            return len(filtered(catalog, **self._filter(catalog)))
        except VariantError as error:
            raise _in_words_of_the_form(error) from error

    def n_rankings(self, n_cases: int) -> int:
        """How many rankings a model is asked for over so many cases."""
        return n_cases * len(self.variants) * (3 if self.controls else 1) * self.repeats

    def planned(self, workshop: Workshop) -> tuple[ExperimentPlan, tuple[AskedCase, ...]]:
        """The plan and its cases. Raises WorkbenchError with what is wrong, under the names of the form's fields."""
        try:
            return self._planned(workshop)
        except WorkbenchError as error:
            raise _in_words_of_the_form(error) from error

    def _planned(self, workshop: Workshop) -> tuple[ExperimentPlan, tuple[AskedCase, ...]]:
        catalog = workshop.catalog(self.catalog)
        problems: list[Problem] = []
        try:
            cutoffs = read_cutoffs(self.cutoffs)
        except VariantError as error:
            problems += error.problems
        try:
            cases = choose_cases(catalog, workshop.qrels(self.catalog), **self._filter(catalog))
        except VariantError as error:
            problems += error.problems
        raise_all(VariantError, problems)
        plan = plan_experiment(
            self.name,
            catalog,
            cases,
            self.variants,
            catalog=self.catalog,
            baseline=self.baseline,
            measure=self.measure,
            cutoffs=cutoffs,
            repeats=self.repeats,
            shuffle=self.shuffle,
            controls=self.controls,
            seed=self.seed,
            worth=self.worth,
        )
        return with_embedders(plan, workshop), cases

    def _filter(self, catalog: Catalog) -> dict[str, Any]:
        ids = read_ids(self.ids, {case.id for case in catalog.cases})
        return {"limit": self.limit, "segments": tuple(self.segments), "ids": ids, "seed": self.seed}


def read_ids(text: str, known: Sequence[str] | set[str] = ()) -> tuple[str, ...]:
    """One id a line, or several with commas between; a line that is a known id is that id, whatever commas it has."""
    found: list[str] = []
    for line in map(str.strip, text.splitlines()):
        found += [line] if line in known else [part.strip() for part in line.split(",")]
    return tuple(part for part in found if part)


def read_cutoffs(given: Sequence[int | str]) -> tuple[int, ...]:
    """In their order, the least first. Raises VariantError with all that are no numbers of at least 1."""
    wrong = [text for text in given if not _is_cutoff(text)]
    fix = "write whole numbers of at least 1, such as 10"
    problems = [Problem(f"{text!r} is no length of a list", "cutoffs", fix) for text in wrong]
    raise_all(VariantError, problems if given else [Problem("nothing is chosen", "cutoffs", fix)])
    return tuple(sorted({int(text) for text in given}))


def good_cutoffs(given: Sequence[int | str]) -> tuple[int, ...]:
    """Those that are some; the usual ones where none is."""
    return tuple(sorted({int(text) for text in given if _is_cutoff(text)})) or (5, 10)


def _is_cutoff(text: int | str) -> bool:
    return str(text).strip().isdecimal() and int(text) > 0


def _in_words_of_the_form(error: WorkbenchError) -> WorkbenchError:
    return type(error)(*(replace(p, where=NAMES.get(p.where, p.where)) for p in error.problems))
