"""Which embedder a variant's rankings depend on: part of their key and of a plan, for a name may stand for another one
tomorrow."""

from collections.abc import Mapping, Sequence

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem, VariantError
from workbench.options import build_from
from workbench.ranking import FUSIONS, METHODS
from workbench.ranking.generation import Generation
from workbench.recommender import Recommender
from workbench.retrieval import RETRIEVERS, SCORERS
from workbench.retrieval.dense import Dense
from workbench.retrieval.embedder import default_embedder
from workbench.retrieval.hybrid import Hybrid
from workbench.retrieval.related import SOURCES, Related
from workbench.retrieval.sequence import Following
from workbench.retrieval.walk import Walk
from workbench.store.experiment import ExperimentPlan
from workbench.variant import Variant
from workbench.workshop import Workshop

BY_NEARNESS = frozenset({"nearest", "diverse", "balanced", "informative"})
"""Exemplar policies that compare texts."""


def needs_embedder(variant: Variant) -> bool:
    """Whether its candidates, exemplars, fused scores or matches by meaning may come of an embedder. Raises
    VariantError."""
    retriever = build_from(RETRIEVERS, variant.retriever.name, variant.retriever.options, where="candidate source")
    fusion = build_from(FUSIONS, variant.fusion.name, variant.fusion.options, where="fusion")
    method = build_from(METHODS, variant.method.name, variant.method.options, where="ranking method")
    return (
        _compares_texts(retriever)
        or variant.diversity > 0
        or variant.exemplars.name in BY_NEARNESS
        or any(_compares_texts(SCORERS[name]) for name in fusion.used if name in SCORERS)
        or (isinstance(method, Generation) and method.by_meaning)
    )


def _compares_texts(source: object) -> bool:
    if isinstance(source, Hybrid):
        return source.weight > 0
    if isinstance(source, (Walk, Following)):
        return source.text > 0 or source.arrive > 0
    if isinstance(source, Related):
        return source.start in SOURCES and _compares_texts(SOURCES[source.start]())
    return isinstance(source, Dense)


def fingerprint_of(made: Recommender) -> str:
    """Of the embedder that its rankings depend on; "" where there is none, and none is loaded."""
    return made.embeddings.embedder.fingerprint if needs_embedder(made.variant) else ""


def embedders_of(workshop: Workshop, catalog: Catalog, variants: Sequence[Variant]) -> dict[str, str]:
    """Name -> fingerprint of every embedder that a variant needs. Raises ModelError where one can't be loaded, and
    VariantError."""
    language = catalog.facts.language
    names = sorted({v.embedder or default_embedder(language) for v in variants if needs_embedder(v)})
    return {name: workshop.embeddings(name, language).embedder.fingerprint for name in names}


def with_embedders(plan: ExperimentPlan, workshop: Workshop) -> ExperimentPlan:
    """The plan with those that its variants need. Raises ModelError."""
    found = embedders_of(workshop, workshop.catalog(plan.catalog), plan.variants)
    return plan.model_copy(update={"embedders": found})


def check_embedders(planned: Mapping[str, str], workshop: Workshop, catalog: Catalog, *, kind: str) -> None:
    """Raises VariantError where a name stands for another embedder than when the experiment or search (`kind`) was
    planned, and ModelError where one can't be loaded. What was planned before plans said so is not held against it."""
    for name, fingerprint in planned.items():
        now = workshop.embeddings(name, catalog.facts.language).embedder.fingerprint
        if now != fingerprint:
            what = f"the embedder {name!r} was changed: it was {fingerprint}, and is {now}"
            fix = f"start a new {kind}, or put the embedder back; what is done of this one stays"
            raise VariantError(Problem(what, fix=fix))
