"""A plan made of a search's file: every value checked before anything is spent, all problems at once."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from workbench.catalogs.catalog import Catalog
from workbench.code_version import code_version
from workbench.errors import Problem, VariantError, WorkbenchError, raise_all
from workbench.evaluation.measures import names_of as measures_of
from workbench.experiments.config import FindTemplate, told
from workbench.experiments.embedders import embedders_of
from workbench.experiments.planning import choose_cases, digest, digest_of
from workbench.prompts import list_templates
from workbench.search.config import SearchConfig, names_of
from workbench.search.dimensions import space_of
from workbench.search.edits import edits_of
from workbench.search.plan import SearchPlan
from workbench.search.space import TABLES, Space, each_choice
from workbench.search.splitting import split
from workbench.store.experiment import AskedCase
from workbench.variant import TemplateSource, Variant
from workbench.variant_checks import problems_of
from workbench.workshop import Workshop

Known = Callable[[str], SearchPlan | None]
"""The plan of that id, where there is one."""
Sides = tuple[tuple[AskedCase, ...], tuple[AskedCase, ...]]


def plan_search(
    config: SearchConfig, workshop: Workshop, find_template: FindTemplate, *, folder: Path, known: Known
) -> SearchPlan:
    """Raises WorkbenchError with everything that is wrong: templates, settings, space, cases. A rewriter is asked for
    its proposals here, once: a plan that is known already is given as it is, but for its budget."""
    catalog = workshop.catalog(config.catalog)
    searched, apart = cases_of(config, workshop, catalog)
    problems = list(_measure_problems(config))
    sources = _templates(config, workshop, find_template, folder, problems)
    raise_all(VariantError, problems)
    settings = _settings(config, problems)
    raise_all(VariantError, problems)
    space = space_of(config.space, sources, settings, catalog, problems)
    raise_all(VariantError, [*problems, *([] if problems else _default_problems(space, catalog))])
    sides = [digest_of(side) for side in (searched, apart)]
    # The budget is left out: a greater one goes on with the same search.
    asked = config.model_dump(mode="json", exclude={"budget"})
    embedders = embedders_of(workshop, catalog, list(each_choice(space)))
    content = [asked, space.model_dump(mode="json"), catalog.fingerprint, sides, code_version(), embedders]
    identity = digest(content)[:16]
    if found := known(identity):
        return found.model_copy(update={"budget": config.budget})
    edits, refused = edits_of(config, space, catalog, workshop)
    return SearchPlan(
        id=identity,
        name=config.name,
        catalog=config.catalog,
        catalog_fingerprint=catalog.fingerprint,
        cases_digest=digest(sides),
        search_ids=tuple(a.case.id for a in searched),
        confirm_ids=tuple(a.case.id for a in apart),
        space=space.model_copy(update={"edits": edits}),
        budget=config.budget,
        pruning=config.pruning,
        controls=config.confirm.controls,
        measure=config.measure,
        cutoffs=config.cutoffs,
        worth=config.worth,
        seed=config.seed,
        refused=refused,
        code_version=code_version(),
        embedders=embedders,
    )


def cases_of(config: SearchConfig, workshop: Workshop, catalog: Catalog) -> Sides:
    """The cases with a known answer that the filter leaves, to search on and kept apart. The filter's limit counts
    those to search on, and takes none from the others."""
    qrels = workshop.qrels(config.catalog)
    found = choose_cases(catalog, qrels, **config.cases.model_dump(exclude={"limit", "seed"}))
    judged = [a for a in found if any(grade > 0 for grade in qrels.get(a.case.id, {}).values())]
    searched, apart = split(judged, share=config.confirm.share, seed=config.cases.seed)
    searched, apart = searched[: config.cases.limit], apart[: config.confirm.limit]
    if len(searched) < 2 or len(apart) < 2:
        what = f"{len(judged)} cases with a known answer leave {len(searched)} to search on, {len(apart)} to confirm on"
        raise VariantError(Problem(what, "cases", "both need two: widen the filter, or change `confirm.share`"))
    return searched, apart


def _measure_problems(config: SearchConfig) -> Iterator[Problem]:
    known = measures_of(config.cutoffs)
    if config.measure not in known:
        yield Problem(f"unknown measure {config.measure!r}", "measure", f"known: {', '.join(known)}")


def _templates(
    config: SearchConfig, workshop: Workshop, find_template: FindTemplate, folder: Path, problems: list[Problem]
) -> dict[str, TemplateSource]:
    found = {}
    for name in names_of(config.templates, list(list_templates(workshop.paths.templates))):
        beside = folder / name
        try:
            source = find_template(str(beside) if beside.is_file() else name)
            found[source.name] = source
        except WorkbenchError as error:
            problems.extend(Problem(p.what, f"templates, {name}", p.fix) for p in error.problems)
    return found


def _settings(config: SearchConfig, problems: list[Problem]) -> dict[str, object]:
    """The shared settings, a choice's bare name written out."""
    known = [name for name in Variant.model_fields if name not in ("label", "template")]
    if unknown := sorted(set(config.settings) - set(known)):
        fix = f"known: {', '.join(known)}"
        problems.append(Problem(f"unknown setting {', '.join(map(repr, unknown))}", "settings", fix))
        return {}
    named = {k: {"name": v} if k in TABLES and isinstance(v, str) else v for k, v in config.settings.items()}
    try:
        Variant.model_validate({**named, "template": TemplateSource(name="", source="")})
    except ValidationError as error:
        problems.extend(told(error, "settings"))
    return dict(named)


def _default_problems(space: Space, catalog: Catalog) -> list[Problem]:
    """What keeps a template from being tried as it ships."""
    return [
        Problem(p.what, f"template {name}, {p.where}", p.fix, p.line, p.column)
        for name in space.templates
        for p in problems_of(space.default(name), catalog)
    ]
