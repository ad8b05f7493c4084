"""Names that a template reads: variables, attributes, filters, tests and files, each looked up where it stands."""

from collections.abc import Iterable, Mapping

from jinja2 import nodes

from workbench.errors import Problem
from workbench.prompts.environment import REFUSED_FILTERS
from workbench.prompts.kinds import attribute_kinds, entry, kind_of, variable_kinds
from workbench.prompts.nearest import nearest
from workbench.prompts.template import MAIN, Template
from workbench.prompts.variables import no_such

_BY_ATTRIBUTE = {"map", "sort", "unique", "groupby", "sum", "min", "max", "join"}
_BY_FIRST_ARGUMENT = {"selectattr", "rejectattr", "groupby"}
_LOOP = {"loop": "", "super": "", "self": "", "caller": "", "varargs": "", "kwargs": ""}


class Names:
    """Walks a template's tree in the order in which it runs, with the names known at each place."""

    def __init__(self, template: Template, item_attributes: Mapping[str, str] | None) -> None:
        self._template = template
        self._item_attributes = None if item_attributes is None else dict.fromkeys(item_attributes, "")
        self._file = MAIN
        self._files: list[str] = []
        self._found: list[Problem] = []
        self._guarded: set[int] = set()

    def problems(self, file: str) -> list[Problem]:
        """What is wrong with the names in a file and in those that it includes."""
        self._found = []
        scope = {"item": "item"}
        if file == MAIN:
            scope = variable_kinds() | {step.name: "text" for step in self._template.front.steps}
        self._enter(file, scope)
        return self._found

    def _enter(self, file: str, scope: dict[str, str]) -> None:
        if file in self._files:
            return
        before, self._file = self._file, file
        self._files.append(file)
        self._guarded = _guarded(self._template.trees[file])
        self._walk_all(self._template.trees[file].body, scope)
        self._files.pop()
        self._file = before
        self._guarded = _guarded(self._template.trees[before])

    def _say(self, what: str, fix: str, node: nodes.Node) -> None:
        self._found.append(Problem(what, self._file, fix, line=node.lineno))

    def _walk_all(self, body: Iterable[nodes.Node], scope: dict[str, str]) -> None:
        for node in body:
            self._walk(node, scope)

    def _walk(self, node: nodes.Node, scope: dict[str, str]) -> None:
        match node:
            case nodes.For():
                self._for(node, scope)
            case nodes.Macro() | nodes.CallBlock():
                self._macro(node, scope)
            case nodes.Assign():
                self._walk(node.node, scope)
                self._bind(node.target, kind_of(node.node, scope), scope)
            case nodes.AssignBlock():
                self._walk_all(node.body, dict(scope))
                if node.filter is not None:
                    self._walk(node.filter, scope)
                self._bind(node.target, "text", scope)
            case nodes.With():
                self._walk_all(node.values, scope)
                inner = dict(scope)
                for target, value in zip(node.targets, node.values, strict=True):
                    self._bind(target, kind_of(value, scope), inner)
                self._walk_all(node.body, inner)
            case nodes.Import():
                self._reference(node.template, scope, node.with_context)
                scope[node.target] = ""
            case nodes.FromImport():
                self._reference(node.template, scope, node.with_context)
                scope.update({name if isinstance(name, str) else name[1]: "" for name in node.names})
            case nodes.Include():
                self._reference(node.template, scope, node.with_context, optional=node.ignore_missing)
            case nodes.Extends():
                self._reference(node.template, scope, True)
            case nodes.Block() | nodes.FilterBlock() | nodes.Scope():
                self._children(node, dict(scope))
            case _:
                self._expression(node, scope)
                self._children(node, scope)

    def _children(self, node: nodes.Node, scope: dict[str, str]) -> None:
        self._walk_all(node.iter_child_nodes(), scope)

    def _for(self, node: nodes.For, scope: dict[str, str]) -> None:
        self._walk(node.iter, scope)
        inner = scope | {"loop": ""}
        self._bind(node.target, entry(kind_of(node.iter, scope)), inner)
        if node.test is not None:
            self._walk(node.test, inner)
        self._walk_all(node.body, inner)
        self._walk_all(node.else_, dict(scope))

    def _macro(self, node: nodes.Macro | nodes.CallBlock, scope: dict[str, str]) -> None:
        self._walk_all(node.defaults, scope)
        if isinstance(node, nodes.Macro):
            scope[node.name] = ""
        else:
            self._walk(node.call, scope)
        inner = scope | _LOOP | {argument.name: "" for argument in node.args}
        self._walk_all(node.body, inner)

    def _bind(self, target: nodes.Node, kind: str, scope: dict[str, str]) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = kind
        elif isinstance(target, nodes.Tuple):
            for part in target.items:
                self._bind(part, "", scope)

    def _reference(
        self, file: nodes.Expr, scope: dict[str, str], with_context: bool, *, optional: bool = False
    ) -> None:
        self._walk(file, scope)
        if not isinstance(file, nodes.Const) or not isinstance(file.value, str):
            return
        includes = self._template.source.includes
        if file.value in includes:
            self._enter(file.value, dict(scope) if with_context else {})
        elif not optional:
            fix = nearest(file.value, includes) or "no such file in the templates folder"
            self._say(f"there is no file `{file.value}` to include", fix, file)

    def _expression(self, node: nodes.Node, scope: dict[str, str]) -> None:
        match node:
            case nodes.Name(ctx="load"):
                self._name(node, scope)
            case nodes.Getattr():
                self._attribute(kind_of(node.node, scope), node.attr, node)
            case nodes.Getitem(arg=nodes.Const(value=str(name))):
                self._attribute(kind_of(node.node, scope), name, node)
            case nodes.Filter():
                self._filter(node, scope)
            case nodes.Test() if node.name not in self._template.environment.tests:
                known = [name for name in self._template.environment.tests if name.isidentifier()]
                self._say(f"there is no test `{node.name}`", nearest(node.name, known), node)

    def _name(self, node: nodes.Name, scope: dict[str, str]) -> None:
        known = scope.keys() | self._template.environment.globals.keys() | {"self"}
        if node.name not in known and id(node) not in self._guarded:
            self._say(f"`{node.name}` is not defined", nearest(node.name, sorted(known)), node)

    def _attribute(self, kind: str, name: str, node: nodes.Node) -> None:
        if name.startswith("_"):
            self._say(f"`{name}` is refused in templates", "templates read only what docs/templates.md names", node)
            return
        of_record = attribute_kinds(kind, self._item_attributes)
        known = self._template.front.parameters.keys() if kind == "parameters" else of_record
        if known is not None and name not in known and id(node) not in self._guarded:
            declare = f"add `parameters: {{{name}: [a, b]}}` to the front matter" if kind == "parameters" else ""
            self._say(no_such(kind, name), nearest(name, known) or declare, node)

    def _filter(self, node: nodes.Filter, scope: dict[str, str]) -> None:
        filters = self._template.environment.filters
        if node.name in REFUSED_FILTERS:
            self._say(f"the filter `{node.name}` is refused", REFUSED_FILTERS[node.name], node)
        elif node.name not in filters:
            known = [name for name in filters if name.isidentifier()]
            self._say(f"there is no filter `{node.name}`", nearest(node.name, known), node)
        for name in _attribute_arguments(node):
            kind = kind_of(node.node, scope)
            self._attribute(kind if node.name == "attr" else entry(kind), name, node)


def _attribute_arguments(node: nodes.Filter) -> list[str]:
    """Attributes that a filter is told to read: `map(attribute='title')`, `selectattr('year', '>', 1990)`."""
    found = [k.value for k in node.kwargs if k.key == "attribute" and node.name in _BY_ATTRIBUTE]
    if node.name in _BY_FIRST_ARGUMENT | {"attr"}:
        found += node.args[:1]
    names = [part for n in found if isinstance(n, nodes.Const) for part in str(n.value).split(",")]
    return [name.split(".")[0] for name in names if not name.isdigit()]


def _guarded(tree: nodes.Template) -> set[int]:
    """Expressions that the author has asked about (`is defined`) or given a default: those may be unknown."""
    found = [test.node for test in tree.find_all(nodes.Test) if test.name in ("defined", "undefined")]
    found += [f.node for f in tree.find_all(nodes.Filter) if f.name in ("default", "d") and f.node is not None]
    asked = {repr(node) for node in found}
    same = (*tree.find_all(nodes.Name), *tree.find_all(nodes.Getattr))
    return {id(node) for node in same if repr(node) in asked}
