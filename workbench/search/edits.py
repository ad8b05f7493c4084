"""The edits of a plan: those of the file, which have to fit, and a model's proposals, let in where they do."""

from collections.abc import Iterator

from workbench.catalogs.catalog import Catalog
from workbench.engine.protocol import Sampling
from workbench.errors import Problem, VariantError, raise_all
from workbench.prompts import check, parse, read_template
from workbench.ranking import METHODS
from workbench.search.config import EditConfig, SearchConfig
from workbench.search.rewriting import Edit, has, proposals, reason_against, wild
from workbench.search.space import Space
from workbench.variant import TemplateSource
from workbench.workshop import Workshop

ASKING = "_rewrite"
"""The template that asks a model for a rewrite; it lies beside the others."""


def edits_of(
    config: SearchConfig, space: Space, catalog: Catalog, workshop: Workshop
) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The edits, and which proposals were refused and why. Raises VariantError for an edit of the file that a template
    can't take, and ModelError where the model that is to write can't be asked."""
    problems = list(_problems(config, space))
    raise_all(VariantError, problems)
    found, refused = [], []
    for edit in config.edits:
        proposed = _proposed(config, edit, catalog, workshop)
        texts: dict[str, tuple[str, ...]] = {}
        for name, source in space.templates.items():
            if has(source, edit.find):
                fitting = list(edit.replace)
                for text in proposed:
                    if reason := wild(text, edit.find) or reason_against(source, edit.find, text, checked):
                        refused.append(f"{name}: {text!r}: {reason}")
                    elif text not in fitting:
                        fitting.append(text)
                texts[name] = tuple(fitting)
        found.append(Edit(find=edit.find, texts={name: some for name, some in texts.items() if some}))
    return tuple(found), tuple(dict.fromkeys(refused))


def checked(source: TemplateSource) -> list[Problem]:
    """What is wrong with a template, taken with the method that its front matter names."""
    method = METHODS[parse(source).front.method]
    return check(source, asks_each_candidate=method.asks_each_candidate, asks_by_letter=method.asks_by_letter)


def _problems(config: SearchConfig, space: Space) -> Iterator[Problem]:
    for at, edit in enumerate(config.edits, start=1):
        where = f"edits, {at}"
        having = [name for name, source in space.templates.items() if has(source, edit.find)]
        if not having:
            yield Problem(f"no template has the text {edit.find[:60]!r}", where, "copy it from one of the templates")
        if not edit.replace and not edit.proposals:
            yield Problem("nothing stands in its place", where, "write `replace: [...]`, or `proposals: 3`")
        if edit.proposals and config.rewriter is None:
            yield Problem("no model is named to write proposals", where, "write `rewriter: {model: ID}`")
        for name in having:
            for text in edit.replace:
                if reason := reason_against(space.templates[name], edit.find, text, checked):
                    yield Problem(f"{text[:60]!r} does not fit {name}: {reason}", where, "mend or leave it out")


def _proposed(config: SearchConfig, edit: EditConfig, catalog: Catalog, workshop: Workshop) -> list[str]:
    if not edit.proposals or config.rewriter is None:
        return []
    writer = config.rewriter
    sampling = Sampling(max_tokens=writer.max_tokens, temperature=writer.temperature, top_p=0.95, seed=config.seed)
    asking = read_template(ASKING, workshop.paths.templates)
    engine = workshop.engine(writer.model)
    return proposals(engine, asking, edit.find, catalog.facts, sampling, n=edit.proposals)
