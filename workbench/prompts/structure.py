"""A template's structure: roles, steps, and whether it fits the way in which its method asks."""

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from workbench.errors import Problem
from workbench.prompts.marks import ROLE_CLOSE, ROLE_OPEN, STEP_CLOSE, STEP_OPEN, Role
from workbench.prompts.nearest import nearest
from workbench.prompts.parameters import PARAMS, unread
from workbench.prompts.syntax import QUERY, step_name
from workbench.prompts.template import ANSWER, MAIN, Template

_ROLES = {char: role for role, char in ROLE_OPEN.items()}
_STEP_MARKS = (STEP_OPEN, STEP_CLOSE)


def structure_problems(template: Template) -> Iterator[Problem]:
    """Roles in a plain template, none in a chat template, one inside another, text outside of them."""
    roles = [(file, node) for file, node in _literals(template) if node.data in _ROLES]
    if template.front.format == "plain":
        for file, node in roles[:1]:
            fix = "write `format: chat` in the front matter, or take the roles out"
            yield Problem(f"`{_ROLES[node.data]}` block in a plain template", file, fix, line=node.lineno)
        return
    if not roles:
        fix = "write {% user %}…{% enduser %} around the text, or `format: plain`"
        yield Problem("a chat template without a role", MAIN, fix, line=template.key_lines.get("format"))
        return
    for file, tree in template.trees.items():
        if file != ANSWER:
            yield from _outside(tree, file, text_too=file == MAIN)


def _literals(template: Template) -> Iterator[tuple[str, nodes.TemplateData]]:
    for file, tree in template.trees.items():
        if file != ANSWER:
            yield from ((file, node) for node in tree.find_all(nodes.TemplateData))


def _outside(tree: nodes.Template, file: str, *, text_too: bool) -> Iterator[Problem]:
    """Walks a file's text in order. A part that is included may be meant for the inside of a role: its text is fine."""
    inside: Role | None = None
    for node in _shown(tree.body):
        if node.data in _ROLES:
            if inside:
                fix = f"end `{inside}` first"
                yield Problem(f"`{_ROLES[node.data]}` block inside `{inside}`", file, fix, line=node.lineno)
            inside = _ROLES[node.data]
        elif node.data == ROLE_CLOSE:
            inside = None
        elif text_too and not inside and node.data.strip() and node.data not in _STEP_MARKS:
            lines_above = len(node.data) - len(node.data.lstrip())
            line = node.lineno + node.data[:lines_above].count("\n")
            fix = "put it inside {% system %}, {% user %} or {% assistant %}"
            yield Problem(f"text outside of roles: {node.data.strip()[:40]!r}", file, fix, line=line)


def _shown(body: Iterable[nodes.Node]) -> Iterator[nodes.TemplateData]:
    """Text that is written where it stands: not what a macro, a `set` block or a call keeps for later, nor a query."""
    for node in body:
        if step_name(node) == QUERY:
            continue
        if isinstance(node, nodes.TemplateData):
            yield node
        elif not isinstance(node, (nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.Expr)):
            yield from _shown(node.iter_child_nodes())


def step_problems(template: Template) -> Iterator[Problem]:
    """Steps that the front matter names and nobody wrote, and the other way."""
    named = [step.name for step in template.front.steps]
    blocks = [
        (file, node.lineno, name)
        for file, tree in template.trees.items()
        for node in tree.find_all(nodes.If)
        if (name := step_name(node)) not in (None, QUERY)
    ]
    for name in named:
        if name not in {block for _, _, block in blocks}:
            fix = f"write {{% step {name} %}}…{{% endstep %}}"
            yield Problem(f"the step `{name}` is named but not written", MAIN, fix, line=template.key_lines["steps"])
    for file, line, name in blocks:
        if name not in named:
            fix = nearest(name, named) or f"add `steps: [{{name: {name}, max_tokens: 80}}]` to the front matter"
            yield Problem(f"the step `{name}` is written but not named in the front matter", file, fix, line=line)


def parameter_problems(template: Template) -> Iterator[Problem]:
    """Parameters that are declared and that nothing reads: changing them would change nothing."""
    for name in unread(template.front.parameters, template.trees):
        fix = f"read `{PARAMS}.{name}`, or take it out"
        line = template.key_lines.get("parameters")
        yield Problem(f"the parameter `{name}` is declared but not read", MAIN, fix, line=line)


def reads(template: Template, variable: str) -> bool:
    """Whether the template or a file that it includes reads the variable."""
    return any(
        node.name == variable and node.ctx == "load"
        for tree in template.trees.values()
        for node in tree.find_all(nodes.Name)
    )


def candidate_problems(template: Template, asks_each_candidate: bool) -> Iterator[Problem]:
    """A template about one candidate for a method that doesn't set it, and the other way."""
    uses = [
        (file, node.lineno)
        for file, tree in template.trees.items()
        for node in tree.find_all(nodes.Name)
        if node.name == "candidate" and node.ctx == "load"
    ]
    stored = any(
        n.name == "candidate" and n.ctx != "load" for t in template.trees.values() for n in t.find_all(nodes.Name)
    )
    if stored:
        return
    if uses and not asks_each_candidate:
        file, line = uses[0]
        fix = "choose a method that asks about each candidate (pointwise), or read `candidates`"
        yield Problem("`candidate` is not set by this method", file, fix, line=line)
    if not uses and asks_each_candidate:
        fix = "read `candidate`, or choose a method that ranks all candidates at once"
        yield Problem("every candidate would get the same prompt: `candidate` is not read", MAIN, fix)
