"""Check a template before any run: everything that can be known to be wrong, each with its line."""

import re
from collections.abc import Iterator, Mapping

from workbench.errors import Problem, TemplateError
from workbench.prompts.failures import told
from workbench.prompts.lettering import letter_problems
from workbench.prompts.names import Names
from workbench.prompts.query import query_problems
from workbench.prompts.structure import (
    candidate_problems,
    parameter_problems,
    step_problems,
    structure_problems,
)
from workbench.prompts.template import ANSWER, MAIN, Template, in_order, parse
from workbench.variant import TemplateSource


def check(
    template: Template | TemplateSource,
    *,
    asks_each_candidate: bool | None = None,
    asks_by_letter: int = 0,
    item_attributes: Mapping[str, str] | None = None,
) -> list[Problem]:
    """All problems that can be found without rendering, in order of lines; empty when there is none.

    A `TemplateSource` is parsed first, and what keeps it from being parsed is in the answer too. `item_attributes`
    are the catalog's own, name -> type as in catalog.yaml; without them an item's attributes are not checked.
    `asks_each_candidate` is the method's; left out, it follows from the front matter's method.
    `asks_by_letter` is the method's too: how many candidates a prompt has to show with letters.
    """
    if isinstance(template, TemplateSource):
        try:
            template = parse(template)
        except TemplateError as error:
            return list(error.problems)
    asks = template.front.method == "pointwise" if asks_each_candidate is None else asks_each_candidate
    try:
        found = in_order((_placed(p, template) for p in _found(template, asks, item_attributes)), template.source.name)
        if not found:
            template.environment.get_template(MAIN)
            found = [_placed(p, template) for p in letter_problems(template, asks_by_letter, item_attributes)]
    except Exception as error:
        # Too long a chain of operators overruns the walk, and Python refuses some code that Jinja's grammar allows.
        return list(told(error, template).problems)
    return found


def _found(template: Template, asks: bool, item_attributes: Mapping[str, str] | None) -> Iterator[Problem]:
    names = Names(template, item_attributes)
    yield from names.problems(MAIN)
    yield from names.problems(ANSWER)
    yield from structure_problems(template)
    yield from step_problems(template)
    yield from parameter_problems(template)
    yield from query_problems(template)
    yield from candidate_problems(template, asks)


def _placed(problem: Problem, template: Template) -> Problem:
    """The problem with its file's name and, where the text in backticks stands on its line, the column."""
    if problem.where == ANSWER:
        line = template.key_lines.get("answer")
        return Problem(f"answer: {problem.what}", template.source.name, problem.fix, line=line)
    text = template.source.source if problem.where == MAIN else template.source.includes.get(problem.where, "")
    where = template.source.name if problem.where == MAIN else problem.where
    return Problem(problem.what, where, problem.fix, line=problem.line, column=_column(problem, text))


def _column(problem: Problem, text: str) -> int | None:
    lines = re.split("\r\n|\r|\n", text)
    named = re.search(r"`([^`]+)`", problem.what)
    if named is None or problem.line is None or not 0 < problem.line <= len(lines):
        return None
    word = re.search(rf"(?<!\w){re.escape(named[1])}(?!\w)", lines[problem.line - 1])
    return word.start() + 1 if word else None
