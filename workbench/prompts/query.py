"""The query of a template: text that it renders before there are candidates, and that retrieval is asked for."""

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from workbench.errors import Problem
from workbench.prompts.failures import told
from workbench.prompts.limits import LimitReached, Limits, Render, rendering
from workbench.prompts.marks import STEP_CLOSE, STEP_OPEN, Marks, Text, without_marks
from workbench.prompts.syntax import QUERY, step_name
from workbench.prompts.template import ANSWER, MAIN, Template
from workbench.prompts.values import variables
from workbench.records import PromptInputs

LATER = ("candidates", "candidate", "exemplars")
"""Variables that are chosen after the query was asked."""
_BEFORE = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport)


def has_query(template: Template) -> bool:
    return any(step_name(node) == QUERY for node in template.tree.body)


def render_query(template: Template, inputs: PromptInputs) -> str:
    """The text of the `{% query %}` block; "" where there is none, or where it renders to nothing.

    Rendering stops where the block ends, so that nothing behind it runs without the candidates that it may need.
    Raises TemplateError with the line.
    """
    if not has_query(template):
        return ""
    later = {*LATER, *(step.name for step in template.front.steps)}
    values = {name: value for name, value in variables(inputs, Marks(), template.front).items() if name not in later}
    try:
        with rendering(Render(Limits(), (), QUERY)):
            raw = "".join(_until_end(template, values))
    except Exception as error:
        # A template is a program that its author wrote: whatever it raises is told with its line.
        raise told(error, template) from None
    return without_marks(raw.partition(STEP_OPEN)[2]).strip()


def _until_end(template: Template, values: dict[str, object]) -> Iterator[str]:
    length = 0
    for part in template.environment.get_template(MAIN).generate(values):
        chunk = part.raw if isinstance(part, Text) else part
        if STEP_CLOSE in chunk:
            yield chunk.partition(STEP_CLOSE)[0]
            return
        length += len(chunk)
        if length > Limits().characters:
            raise LimitReached(f"stopped: the query is longer than {Limits().characters:,} characters")
        yield chunk


def query_problems(template: Template) -> Iterator[Problem]:
    """A query that doesn't come first, a second one, one inside of something else, and names not known so early."""
    body = template.tree.body
    places = [at for at, node in enumerate(body) if step_name(node) == QUERY]
    outer = {id(body[at]) for at in places}
    for file, tree in template.trees.items():
        for node in tree.find_all(nodes.If):
            if file != ANSWER and step_name(node) == QUERY and not (file == MAIN and id(node) in outer):
                fix = "write it first in the template itself, outside of roles, loops, conditions and files"
                yield Problem("`query` block inside of something else", file, fix, line=node.lineno)
    for at in places[1:]:
        yield Problem("a second `query` block", MAIN, "write one", line=body[at].lineno)
    if places:
        yield from _first(body[: places[0]])
        yield from _known(template, body[: places[0] + 1])


def _first(before: Iterable[nodes.Node]) -> Iterator[Problem]:
    for node in before:
        blank = isinstance(node, nodes.Output) and all(
            isinstance(part, nodes.TemplateData) and not part.data.strip() for part in node.nodes
        )
        if not blank and not isinstance(node, _BEFORE):
            fix = "move it behind the query; only {% set %}, macros and imports go before"
            yield Problem("this stands before the `query` block", MAIN, fix, line=node.lineno)
            return


def _known(template: Template, body: Iterable[nodes.Node]) -> Iterator[Problem]:
    later = {*LATER, *(step.name for step in template.front.steps)}
    for node in body:
        for name in (node, *node.find_all(nodes.Name)):
            if isinstance(name, nodes.Name) and name.ctx == "load" and name.name in later:
                fix = "read user, history, catalog, time or k"
                yield Problem(f"`{name.name}` is not known when the query is asked", MAIN, fix, line=name.lineno)
