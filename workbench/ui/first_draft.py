"""What a first start shows: the movie catalog, a case and two templates, one click from a comparison."""

from workbench.errors import WorkbenchError
from workbench.prompts import list_templates, parse
from workbench.store.draft import Draft
from workbench.store.ids import new_id
from workbench.variant import Choice, TemplateSource, Variant
from workbench.workshop import Workshop

CATALOG, CASE = "movies", "f17"
"""A short history with most of its relevant films within reach of retrieval, so that there is something to see."""
TEMPLATES = ("zero-shot-history", "few-shot")
EXEMPLARS = (Choice(name="none"), Choice(name="nearest", options={"n": 2}))


def first_draft(workshop: Workshop) -> Draft:
    """Two variants of one case of the movie catalog, or of the first catalog there is."""
    folders = workshop.catalog_folders()
    catalog = CATALOG if CATALOG in folders else next(iter(folders))
    try:
        cases = workshop.catalog(catalog).cases
    except WorkbenchError:
        cases = ()  # the page loads it again and says what is wrong
    case = next((c for c in cases if c.id == CASE), cases[0] if cases else None)
    shipped = list_templates(workshop.paths.templates)
    chosen = [shipped[name] for name in TEMPLATES if name in shipped] or list(shipped.values())[:2]
    variants = tuple(
        start_variant(label, template).model_copy(update={"exemplars": exemplars})
        for label, template, exemplars in zip("AB", chosen, EXEMPLARS, strict=False)
    )
    return Draft(
        id=new_id(), name="First comparison", catalog=catalog, case_id=case.id if case else "", variants=variants
    )


def start_variant(label: str, template: TemplateSource) -> Variant:
    """A variant of a template with the method that its front matter names."""
    return Variant(label=label, template=template, method=Choice(name=parse(template).front.method))
