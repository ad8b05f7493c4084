"""Parameters of a template: choices that its front matter declares, read as `params.name`, set by a variant."""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes
from pydantic import Field, model_validator

from workbench.errors import Problem
from workbench.options import Option, problems_among
from workbench.variant import ParameterValue, Plain

PARAMS = "params"
"""The variable under which a template reads them."""


class Parameter(Plain):
    """Either `choices` or whole numbers from `min` to `max`. Choices that are all whole numbers are numbers."""

    choices: tuple[ParameterValue, ...] = ()
    min: int | None = None
    max: int | None = None
    step: int = Field(default=1, ge=1)
    default: ParameterValue | None = None
    """Left out, the first choice, or `min`."""
    help: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_texts(cls, given: Any) -> Any:
        """A bare list is one of choices; what the front matter holds as text is a number where all of it is."""
        values = dict(given) if isinstance(given, dict) else {"choices": given}
        choices = values.get("choices")
        numbers = "choices" not in values
        if isinstance(choices, (list, tuple)):
            found = [_number(choice) for choice in choices]
            numbers = bool(found) and all(isinstance(n, int) for n in found)
            values["choices"] = found if numbers else list(choices)
        if numbers and "default" in values:
            values["default"] = _number(values["default"])
        return values

    @property
    def start(self) -> ParameterValue:
        """The value of a variant that sets none."""
        if self.default is not None:
            return self.default
        return self.choices[0] if self.choices else self.min or 0

    @property
    def values(self) -> tuple[ParameterValue, ...]:
        """Everything that it can be, in order."""
        if self.choices:
            return self.choices
        assert self.min is not None
        assert self.max is not None
        return tuple(range(self.min, self.max + 1, self.step))

    def option(self, name: str) -> Option:
        """What a widget needs to know of it."""
        return Option(
            name=name,
            label=name.replace("_", " ").capitalize(),
            help=self.help,
            kind=type(self.start),
            default=self.start,
            choices=self.choices,
            minimum=self.min,
            maximum=self.max,
            step=self.step,
        )


def _number(value: Any) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError):
        return value


def options_among(declared: Mapping[str, Parameter]) -> tuple[Option, ...]:
    return tuple(parameter.option(name) for name, parameter in declared.items())


def value_problems(declared: Mapping[str, Parameter], values: Mapping[str, ParameterValue]) -> list[Problem]:
    """What is wrong with a variant's values: a name that the template does not declare, a value that is none of its
    choices or out of its range."""
    if values and not declared:
        fix = "take it out of the settings, or declare it under `parameters:` in the front matter"
        what = f"unknown parameter {', '.join(map(repr, values))}: the template declares none"
        return [Problem(what, "parameters", fix)]
    found = problems_among(options_among(declared), values, where="parameters", what="parameter")
    wrong = {problem.what for problem in found}
    off = [
        Problem(f"{name} = {value!r}", "parameters", f"expected one of {', '.join(map(str, declared[name].values))}")
        for name, value in values.items()
        if name in declared and value not in declared[name].values
    ]
    return found + [problem for problem in off if problem.what not in wrong]


def declared_wrongly(declared: Mapping[str, Parameter]) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) for each parameter whose declaration can't be meant."""
    for name, parameter in declared.items():
        if not name.isidentifier() or name.startswith("_"):
            yield f"a parameter can't be called {name!r}", "use letters, digits and underscores"
        ranged = parameter.min is not None or parameter.max is not None
        if bool(parameter.choices) == ranged:
            yield f"{name} has neither choices nor a range, or both", f"write `{name}: [a, b]` or `{{min: 1, max: 9}}`"
        elif ranged and (parameter.min is None or parameter.max is None or parameter.min >= parameter.max):
            yield f"{name}: from {parameter.min} to {parameter.max}", "write `min` and a greater `max`"
        elif parameter.choices and len(set(parameter.choices)) < max(2, len(parameter.choices)):
            yield f"{name}: {', '.join(map(str, parameter.choices))}", "write at least two different choices"
        elif parameter.start not in parameter.values:
            fix = f"write one of {', '.join(map(str, parameter.values))}"
            yield f"{name}: the default {parameter.start!r} is none of its values", fix


def unread(declared: Mapping[str, Parameter], trees: Mapping[str, nodes.Template]) -> list[str]:
    """Parameters that no file reads; none where one is read by a name that is not known before it runs."""
    read, whole = set(), 0
    for tree in trees.values():
        whole += sum(n.name == PARAMS and n.ctx == "load" for n in tree.find_all(nodes.Name))
        named = [(n.node, n.attr) for n in tree.find_all(nodes.Getattr)]
        named += [(n.node, n.arg.value) for n in tree.find_all(nodes.Getitem) if isinstance(n.arg, nodes.Const)]
        for node, name in named:
            if isinstance(node, nodes.Name) and node.name == PARAMS:
                read.add(name)
                whole -= 1
    return [] if whole else [name for name in declared if name not in read]
