"""Options as fields of frozen dataclasses: from them the page makes its widgets and the command line its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, TypeVar

from workbench.errors import Problem, VariantError

T = TypeVar("T")
Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Option:
    """What a widget needs to know of one field."""

    name: str
    label: str
    help: str
    kind: type
    default: Value
    choices: tuple[str | int, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None


def option(
    default: Any,
    label: str,
    help: str,
    *,
    choices: Sequence[str] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    step: float | None = None,
) -> Any:
    """A dataclass field that knows how to show itself. `default` gives the kind: str, int, float, bool or tuple."""
    metadata = {
        "label": label,
        "help": help,
        "choices": tuple(choices),
        "minimum": minimum,
        "maximum": maximum,
        "step": step,
    }
    return field(default=default, metadata=metadata)


def options_of(kind: type) -> tuple[Option, ...]:
    """The options of a frozen dataclass, in order; fields without a label are not options."""
    return tuple(_option(f) for f in fields(kind) if "label" in f.metadata)


def _option(f: Field[Any]) -> Option:
    assert f.default is not MISSING
    default = list(f.default) if isinstance(f.default, tuple) else f.default
    return Option(name=f.name, kind=type(default), default=default, **f.metadata)


def problems_with(kind: type, values: Mapping[str, Any], *, where: str) -> list[Problem]:
    """What is wrong with `values` as options of `kind`: unknown names, wrong types, out of range."""
    return problems_among(options_of(kind), values, where=where)


def problems_among(
    options: Sequence[Option], values: Mapping[str, Any], *, where: str, what: str = "option"
) -> list[Problem]:
    """The same for options that are no dataclass's; `what` is what one of them is called."""
    known = {o.name: o for o in options}
    found = []
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
            found.append(Problem(f"unknown {what} {name!r}", where, hint))
        elif wrong := _wrong(known[name], value):
            found.append(Problem(f"{name} = {value!r}", where, wrong))
    return found


def _wrong(o: Option, value: Any) -> str:
    number = o.kind in (int, float)
    kinds: tuple[Any, ...] = (int, float) if o.kind is float else (list, tuple) if o.kind is list else (o.kind,)
    if not isinstance(value, kinds) or (number and isinstance(value, bool)):
        return f"expected {o.kind.__name__}"
    if o.kind is list and any(not isinstance(part, str) for part in value):
        return "expected a list of texts"
    if o.choices and value not in o.choices:
        return f"expected one of {', '.join(map(str, o.choices))}"
    return _out_of_range(o, float(value)) if isinstance(value, int | float) else ""


def _out_of_range(o: Option, value: float) -> str:
    if o.minimum is not None and not value >= o.minimum:
        return f"expected at least {o.minimum:g}"
    if o.maximum is not None and not value <= o.maximum:
        return f"expected at most {o.maximum:g}"
    return ""


def build_from(table: Mapping[str, type[T]], name: str, values: Mapping[str, Any], *, where: str) -> T:
    """The object that a closed choice (`name` in `table`, with its option values) stands for.

    Raises VariantError with every problem: an unknown name, unknown options, values out of range.
    """
    if name not in table:
        raise VariantError(Problem(f"unknown {where} {name!r}", where, f"known: {', '.join(table)}"))
    problems = problems_with(table[name], values, where=f"{where} {name}")
    if problems:
        raise VariantError(*problems)
    return table[name](**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
