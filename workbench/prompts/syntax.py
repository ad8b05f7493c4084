"""What our templates add to Jinja: blocks for roles and steps, and checks and marks woven into the syntax tree."""

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from workbench.prompts.marks import ROLE_CLOSE, ROLE_OPEN, STEP_CLOSE, STEP_OPEN, without_marks

TICK, OPEN_MARK, CLOSE_MARK, WEIGH = "$tick", "$open", "$close", "$weigh"
CAPTURE, PRINT, IN_STEP = "$capture", "$print", "$in_step"
"""Filters that no template can name: `$` begins no name in Jinja."""

QUERY = "$query"
"""The name of the query's block among the steps, which no step can have."""

_ROLE_TAGS = {str(role): mark for role, mark in ROLE_OPEN.items()}


class PromptTags(Extension):
    """`{% system %}`, `{% user %}`, `{% assistant %}`, `{% step name %}` and `{% query %}`, each with its end tag."""

    tags = {*_ROLE_TAGS, "step", "query"}  # noqa: RUF012 — Jinja declares it so

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        tag = next(parser.stream)
        if tag.value in ("step", "query"):
            return self._step(parser, str(tag.value), tag.lineno)
        body = parser.parse_statements((f"name:end{tag.value}",), drop_needle=True)
        return [_literal(_ROLE_TAGS[tag.value], tag.lineno), *body, _literal(ROLE_CLOSE, tag.lineno)]

    def _step(self, parser: Parser, tag: str, line: int) -> nodes.Node:
        """A query is a step that no model writes to: its text is what retrieval is asked for."""
        name = QUERY if tag == "query" else parser.stream.expect("name").value
        body = parser.parse_statements((f"name:end{tag}",), drop_needle=True)
        test = _filtered(nodes.Const(name, lineno=line), IN_STEP, line)
        body = [_literal(STEP_OPEN, line), *body, _literal(STEP_CLOSE, line)]
        return nodes.If(test, body, [], [], lineno=line)


def step_name(node: nodes.Node) -> str | None:
    """The name when `node` is a step's block; QUERY when it is the query's."""
    if isinstance(node, nodes.If) and isinstance(node.test, nodes.Filter) and node.test.name == IN_STEP:
        assert isinstance(node.test.node, nodes.Const)
        return str(node.test.node.value)
    return None


def _literal(text: str, line: int) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(text, lineno=line)], lineno=line)


def _filtered(node: nodes.Node | None, name: str, line: int) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=line)


def _tick(line: int) -> nodes.Node:
    return nodes.ExprStmt(_filtered(nodes.Const(None, lineno=line), TICK, line), lineno=line)


def _mark(name: str, variable: str, line: int) -> nodes.Output:
    target = nodes.Name(variable, "load", lineno=line)
    return nodes.Output([_filtered(target, name, line)], lineno=line)


class Weaver(NodeTransformer):
    """Weaves into a parsed template: a check in every loop and macro; marks around the body of every loop whose
    variable may be a record; a weighing of every list and joined text; and captured text kept with its marks."""

    def __init__(self) -> None:
        self._loops: list[str | None] = []

    def visit_For(self, node: nodes.For) -> nodes.For:
        line = node.lineno
        variable = node.target.name if isinstance(node.target, nodes.Name) else None
        self._loops.append(variable)
        self.generic_visit(node)
        self._loops.pop()
        body = node.body
        if variable:
            body = [_mark(OPEN_MARK, variable, line), *body, _mark(CLOSE_MARK, variable, line)]
        node.body = [_tick(line), *body]
        return node

    def _leave(self, node: nodes.Node) -> list[nodes.Node]:
        variable = self._loops[-1] if self._loops else None
        return [_mark(CLOSE_MARK, variable, node.lineno), node] if variable else [node]

    visit_Break = visit_Continue = _leave

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:
        self.generic_visit(node)
        node.body = [_tick(node.lineno), *node.body]
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Const:
        if isinstance(node.value, str):
            node.value = without_marks(node.value)
        return node

    def _weighed(self, node: nodes.Expr) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, WEIGH, node.lineno)

    visit_Concat = visit_List = visit_Dict = _weighed

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        if node.ctx != "load":
            return node
        return self._weighed(node)

    def visit_Assign(self, node: nodes.Assign) -> nodes.Assign:
        self.generic_visit(node)
        if isinstance(node.target, nodes.NSRef):
            node.node = _filtered(node.node, WEIGH, node.lineno)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.AssignBlock:
        self.generic_visit(node)
        node.filter = _capturing(node.filter, node.lineno)
        return node

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.FilterBlock:
        self.generic_visit(node)
        node.filter = _filtered(_capturing(node.filter, node.lineno), PRINT, node.lineno)
        return node


def _capturing(filters: nodes.Filter | None, line: int) -> nodes.Filter:
    """The chain of filters with one more at its beginning, where the block's own text comes in."""
    innermost = _filtered(None, CAPTURE, line)
    if filters is None:
        return innermost
    at = filters
    while isinstance(at.node, nodes.Filter):
        at = at.node
    at.node = innermost
    return filters
