"""The sandbox that templates run in: Jinja's own, with our records, marks, limits and refusals."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from jinja2 import DictLoader, StrictUndefined, nodes, pass_context, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.ext import loopcontrols
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workbench.prompts import syntax
from workbench.prompts.limits import (
    BEFORE_FILTER,
    BEFORE_METHOD,
    MAX_DEPTH,
    LimitReached,
    before_operator,
    current,
    small_join,
)
from workbench.prompts.marks import CLOSE, Text, printed, without_marks
from workbench.prompts.nearest import nearest
from workbench.prompts.values import Record
from workbench.prompts.variables import no_such

REFUSED_FILTERS = {"random": "a prompt has to come out the same every time; use `first`, `last` or an index"}
"""Filters that Jinja has and templates may not use, each with what to do instead."""

FILE_PREFIX = "template:"
"""Begins the file name of compiled templates, by which a traceback's frames are known."""
_DROPPED_FILTERS = ("random", "pprint", "urlize", "xmlattr")
_DROPPED_METHODS = frozenset({"encode", "format_map", "maketrans", "translate", "to_bytes", "as_integer_ratio"})


class PromptEnvironment(ImmutableSandboxedEnvironment):
    """One template with the files that it includes. Safe to use from several threads."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(
            loader=DictLoader(dict(texts)),
            undefined=StrictUndefined,
            extensions=[syntax.PromptTags, loopcontrols],
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            optimized=False,
            auto_reload=False,
            finalize=_finalize,
        )
        del self.globals["lipsum"]
        self.filters = {
            name: _guarded(name, function) for name, function in self.filters.items() if name not in _DROPPED_FILTERS
        }
        self.filters |= {"attr": _attr, "join": _guarded("join", _join), **_WOVEN}

    def compile(
        self, source: Any, name: Any = None, filename: Any = None, raw: Any = False, defer_init: Any = False
    ) -> Any:
        """Compile with limits and marks woven in; every way to a template, includes too, comes through here."""
        tree = self.parse(source, name, filename) if isinstance(source, str) else source
        assert isinstance(tree, nodes.Template)
        return super().compile(syntax.Weaver().visit(tree), name, f"{FILE_PREFIX}{name}", raw, defer_init)

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """Join what a block wrote. The result of a called macro brings its marks along."""
        return "".join([part.raw if isinstance(part, Text) else part for part in parts])

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Record):
            return self._read(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Record):
            return self._read(obj, str(argument))
        return super().getitem(obj, argument)

    def _read(self, record: Record, name: str) -> Any:
        if name in record.fields:
            return record.read(name, current().tokens)
        if name.startswith("_"):
            return self.unsafe_undefined(record, name)
        return self.undefined(f"{no_such(record.kind, name)} — {nearest(name, record.fields)}", name=name)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        return self.undefined(f"`{attribute}` is refused in templates", name=attribute, exc=SecurityError)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return attr not in _DROPPED_METHODS and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        before_operator(operator, left, right)
        result = super().call_binop(context, operator, left, right)
        current().weigh(result)
        return result

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call from a template: strings' methods within the limits, macros and recursive loops not too deep."""
        method = getattr(obj, "__wrapped__", obj)
        if isinstance(text := getattr(method, "__self__", None), str):
            if method.__name__ == "join" and args:
                args = (list(args[0]), *args[1:])
                small_join(text, args[0])
            elif check := BEFORE_METHOD.get(method.__name__):
                check(text, *args, **kwargs)
        if isinstance(obj, (Macro, BlockReference, LoopContext)):
            return self._written(context, obj, *args, **kwargs)
        if "caller" in kwargs:
            # What a call block gives is written as it is, so it has to be text that a template wrote.
            raise TypeError("only a macro can be called with {% call %}")
        result = super().call(context, obj, *args, **kwargs)
        current().weigh(result)
        return result

    def _written(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Text:
        render = current()
        render.tick()
        if render.depth >= MAX_DEPTH:
            raise LimitReached(f"stopped: macros or loops call each other more than {MAX_DEPTH} deep")
        render.depth += 1
        try:
            result = super().call(context, obj, *args, **kwargs)
        finally:
            render.depth -= 1
        return _capture(context, result)


@pass_context
def _finalize(context: Context, value: Any) -> str:
    """A printed value: broken control tokens, its mark where it has one. Lists print their parts with commas."""
    render = current()
    render.tick()
    if isinstance(value, Record):
        value = value.shown(render.tokens)
    if isinstance(value, Text):
        return value.raw
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(_finalize(context, part) for part in value)
    if not isinstance(value, (str, int, float, Undefined)):
        raise TypeError(
            f"a {type(value).__name__} can't be printed; print its parts, or add `| list` or `| join(', ')`"
        )
    return printed(str(value), render.tokens)


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter within the limits: its arguments before, its result after."""
    check = BEFORE_FILTER.get(name)
    skip = 1 if getattr(function, "jinja_pass_arg", None) else 0

    @wraps(function)
    def limited(*args: Any, **kwargs: Any) -> Any:
        current().tick()
        if check:
            check(*args[skip:], **kwargs)
        result = function(*args, **kwargs)
        current().weigh(result)
        return result

    return limited


@pass_environment
def _attr(environment: PromptEnvironment, obj: Any, name: Any) -> Any:
    return environment.getattr(obj, str(name))


@pass_environment
def _join(environment: PromptEnvironment, value: Any, d: Any = "", attribute: str | int | None = None) -> str:
    """Jinja's `join`, its size known before it is done."""
    parts = list(value)
    if attribute is not None:
        for name in str(attribute).split("."):
            parts = [environment.getitem(part, int(name) if name.isdigit() else name) for part in parts]
    texts = [str(part) for part in parts]
    small_join(d, texts)
    return str(d).join(texts)


@pass_context
def _tick(context: Context, value: Any) -> None:
    current().tick()


@pass_context
def _open_mark(context: Context, value: Any) -> Text:
    return Text("", value.mark if isinstance(value, Record) else "")


@pass_context
def _close_mark(context: Context, value: Any) -> Text:
    return Text("", CLOSE if isinstance(value, Record) and value.mark else "")


@pass_context
def _weigh(context: Context, value: Any) -> Any:
    current().weigh(value)
    return value


@pass_context
def _capture(context: Context, raw: Any) -> Text:
    """Text that a part of the template wrote: read as clean text, printed with its marks."""
    text = str(raw)
    current().weigh(text)
    return Text(without_marks(text), text)


@pass_context
def _in_step(context: Context, name: str) -> bool:
    return current().step == name


_WOVEN: dict[str, Callable[..., Any]] = {
    syntax.TICK: _tick,
    syntax.OPEN_MARK: _open_mark,
    syntax.CLOSE_MARK: _close_mark,
    syntax.WEIGH: _weigh,
    syntax.CAPTURE: _capture,
    syntax.PRINT: _finalize,
    syntax.IN_STEP: _in_step,
}
