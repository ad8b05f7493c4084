"""What is wrong with a variant, or seldom wise, found before anything is spent."""

from collections.abc import Mapping

from workbench.catalogs.catalog import Catalog
from workbench.engine.remote_address import is_remote
from workbench.errors import Problem, TemplateError, VariantError
from workbench.exemplars import EXEMPLAR_POLICIES
from workbench.options import problems_with
from workbench.prompts import check, parse, reads
from workbench.prompts.parameters import value_problems
from workbench.ranking import FUSIONS, METHODS
from workbench.retrieval import RETRIEVERS
from workbench.retrieval.rules import read_rules
from workbench.variant import Choice, Variant


def problems_of(variant: Variant, catalog: Catalog) -> list[Problem]:
    """Everything that would stop the variant from running, found without a model. Places name the variant's part."""
    problems: list[Problem] = []
    for part, table, choice in (
        ("ranking method", METHODS, variant.method),
        ("candidate source", RETRIEVERS, variant.retriever),
        ("exemplar policy", EXEMPLAR_POLICIES, variant.exemplars),
        ("fusion", FUSIONS, variant.fusion),
    ):
        problems += _problems_of_choice(part, table, choice)
    problems += _problems_of_rules(variant, catalog)
    problems += _problems_of_parameters(variant)
    method = METHODS.get(variant.method.name)
    if method and method.needs_tokens and is_remote(variant.model.id):
        what = "this method chooses among tokens, which a model on a server does not let us"
        problems.append(Problem(what, "ranking method", "choose a model of this computer, or the method generation"))
    asks_each = method.asks_each_candidate if method else None
    attributes = {name: str(kind) for name, kind in catalog.meta.attributes.items()}
    if catalog.meta.relations:
        attributes |= dict.fromkeys((*catalog.meta.relations, "related"), "relation")
    by_letter = method.asks_by_letter if method else 0
    found = check(variant.template, asks_each_candidate=asks_each, asks_by_letter=by_letter, item_attributes=attributes)
    problems = [*found, *problems]
    if asks_each and not found and len(parse(variant.template).front.labels) < 2:
        fix = "add `labels: [Yes, No]` to the front matter, best label first"
        problems.append(Problem("this method asks for a label and the template names fewer than two", "template", fix))
    return problems


def hints_of(variant: Variant) -> list[str]:
    """What may be meant and is seldom wise: a method that goes on otherwise than the template was written for."""
    method = METHODS.get(variant.method.name)
    try:
        template = parse(variant.template)
    except TemplateError:
        return []
    written_for = METHODS[template.front.method]
    if not method or method.goes_on == written_for.goes_on:
        return []
    name = variant.method.name
    found = [
        f"The template is written for {template.front.method}, where {written_for.goes_on} comes next; {name} has "
        f"{method.goes_on} there: see that the end of the prompt asks for it."
    ]
    if method.writes_text and not method.needs_tokens and not reads(template, "candidates"):
        found.append(f"The prompt does not list the candidates: {name} can write only what the model remembers.")
    return found


def _problems_of_choice(part: str, table: Mapping[str, type], choice: Choice) -> list[Problem]:
    if choice.name not in table:
        return [Problem(f"unknown {part} {choice.name!r}", part, f"known: {', '.join(table)}")]
    return problems_with(table[choice.name], choice.options, where=f"{part} {choice.name}")


def _problems_of_parameters(variant: Variant) -> list[Problem]:
    try:
        return value_problems(parse(variant.template).front.parameters, variant.parameters)
    except TemplateError:
        return []  # told by the check of the template


def _problems_of_rules(variant: Variant, catalog: Catalog) -> list[Problem]:
    try:
        read_rules(variant.rules, catalog)
    except VariantError as error:
        return list(error.problems)
    return []
