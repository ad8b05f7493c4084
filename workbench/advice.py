"""What follows from the language of a case: which templates speak it, and whether the model knows it."""

from collections.abc import Mapping

from workbench.catalogs.catalog import Catalog
from workbench.engine.knowing import token_cost, token_warning_of
from workbench.engine.protocol import Tokenizer
from workbench.errors import TemplateError
from workbench.languages import detect, name_of
from workbench.prompts import parse
from workbench.records import Case
from workbench.variant import TemplateSource, Variant

MOST_NAMED = 4


def language_of(case: Case, catalog: Catalog) -> str:
    """The language of what the user says; where that can't be told, the catalog's."""
    return detect(case.description) or catalog.facts.language.split("-")[0]


def template_advice(variant: Variant, language: str, templates: Mapping[str, TemplateSource]) -> str:
    """Which templates are in the language, where the variant's is in another one; "" where there is nothing to say."""
    own = _language(variant.template)
    if own in ("", language):
        return ""
    fitting = sorted(name for name, template in templates.items() if _language(template) == language)
    if not fitting:
        return ""
    names = ", ".join(fitting[:MOST_NAMED])
    return f"the user writes {name_of(language)} and the template {name_of(own)}: {names} would fit"


def advice(
    variant: Variant, case: Case, catalog: Catalog, templates: Mapping[str, TemplateSource], tokenizer: Tokenizer
) -> list[str]:
    """What a preview can say without the model's weights."""
    language = language_of(case, catalog)
    said = (template_advice(variant, language, templates), token_warning_of(token_cost(tokenizer, language)))
    return [text for text in said if text]


def _language(template: TemplateSource) -> str:
    try:
        return parse(template).front.language.split("-")[0]
    except TemplateError:
        return ""
