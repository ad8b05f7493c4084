"""What an experiment goes on with is what it was planned over: results before and after a change are not one."""

from collections.abc import Sequence

from workbench.errors import CatalogError, Problem
from workbench.experiments.embedders import check_embedders
from workbench.experiments.planning import check_grades
from workbench.store.experiment import AskedCase, ExperimentPlan
from workbench.workshop import Workshop


def check_unchanged(plan: ExperimentPlan, cases: Sequence[AskedCase], workshop: Workshop) -> None:
    """Raises CatalogError where the catalog or its grades, and VariantError where an embedder was changed since."""
    catalog = workshop.catalog(plan.catalog)
    if catalog.fingerprint != plan.catalog_fingerprint:
        what = f"the catalog {plan.catalog!r} is no longer the one that the experiment was planned for"
        raise CatalogError(Problem(what, fix="start a new experiment; what is done of this one stays"))
    check_grades(cases, workshop.qrels(plan.catalog), f"catalog {plan.catalog}")
    check_embedders(plan.embedders, workshop, catalog, kind="experiment")
