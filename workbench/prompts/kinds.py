"""What kind of thing an expression of a template is, as far as can be known without running it.

A kind is "item", "exemplar", "user", "catalog", "text", "number" or "" (not known); each `*` at its end makes a list.
"""

from collections.abc import Mapping

from jinja2 import nodes

from workbench.prompts.variables import ATTRIBUTES, VARIABLES

_SAME = {"list", "reverse", "sort", "unique", "select", "reject", "selectattr", "rejectattr", "default", "d"}
_ENTRY = {"first", "last", "min", "max"}
_LISTS = {"batch", "slice"}


def written(kind: str) -> str:
    """ "item list" of the table of variables as "item*"."""
    return f"{kind.removesuffix(' list')}*" if kind.endswith(" list") else kind


def variable_kinds() -> dict[str, str]:
    return {variable.name: written(variable.kind) for variable in VARIABLES}


def attribute_kinds(kind: str, item_attributes: Mapping[str, str] | None) -> dict[str, str] | None:
    """What can be read of a record and of which kind it is; None where that isn't known."""
    if kind not in ATTRIBUTES or (kind == "item" and item_attributes is None):
        return None
    known = {attribute.name: written(attribute.kind) for attribute in ATTRIBUTES[kind]}
    return known | dict(item_attributes or {}) if kind == "item" else known


def entry(kind: str) -> str:
    return kind[:-1] if kind.endswith("*") else ""


def kind_of(node: nodes.Node | None, scope: Mapping[str, str]) -> str:
    """The kind of an expression where each name in `scope` has the kind given there."""
    match node:
        case nodes.Name():
            return scope.get(node.name, "")
        case nodes.Getattr():
            return _attribute(kind_of(node.node, scope), node.attr)
        case nodes.Getitem(arg=nodes.Slice()):
            return kind_of(node.node, scope)
        case nodes.Getitem(arg=nodes.Const(value=str(name))):
            return _attribute(kind_of(node.node, scope), name)
        case nodes.Getitem():
            return entry(kind_of(node.node, scope))
        case nodes.Filter():
            return _filtered(node, scope)
        case nodes.CondExpr():
            return kind_of(node.expr1, scope) or kind_of(node.expr2, scope)
        case nodes.Add():
            return kind_of(node.left, scope)
    return ""


def _attribute(kind: str, name: str) -> str:
    return (attribute_kinds(kind, {}) or {}).get(name, "")


def _filtered(node: nodes.Filter, scope: Mapping[str, str]) -> str:
    inner = kind_of(node.node, scope)
    if node.name in _SAME:
        return inner
    if node.name in _ENTRY:
        return entry(inner)
    return f"{inner}*" if node.name in _LISTS and inner.endswith("*") else ""
