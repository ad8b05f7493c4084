"""A file's `space` as dimensions, held against what each option and each template's parameter can be."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from workbench.catalogs.catalog import Catalog
from workbench.errors import Problem
from workbench.options import Option, options_of, problems_among
from workbench.prompts import parse
from workbench.prompts.nearest import nearest
from workbench.prompts.parameters import Parameter, value_problems
from workbench.ranking import METHODS
from workbench.search.config import Options, Range, SpaceConfig, Values
from workbench.search.space import FIELDS, TABLES, Dimension, Space
from workbench.variant import Choice, TemplateSource, Variant
from workbench.variant_checks import problems_of


def space_of(
    config: SpaceConfig,
    sources: Mapping[str, TemplateSource],
    settings: Mapping[str, Any],
    catalog: Catalog,
    problems: list[Problem],
) -> Space:
    """The space, its edits left out; what is wrong with the file is added to `problems`."""
    given = {part: getattr(config, part) for part in TABLES}
    choices = {part: _choices(part, options, problems) for part, options in given.items() if options}
    fields = {name: d for name in FIELDS if (d := _field(name, getattr(config, name), settings, problems))}
    space = Space(
        templates=dict(sources), parameters={}, choices=choices, fields=fields, settings=dict(settings), methods={}
    )
    if problems:
        return space
    parameters = _parameters(config, sources, problems)
    methods = {name: _methods(space, name, catalog) for name in sources} if "method" in choices else {}
    for method in choices.get("method", {}):
        if not any(method in fitting for fitting in methods.values()):
            fix = "add a template that is written for it, or leave it out"
            problems.append(Problem(f"no template can be asked with {method!r}", "space.method", fix))
    return space.model_copy(update={"parameters": parameters, "methods": methods})


def _choices(part: str, given: Options, problems: list[Problem]) -> dict[str, dict[str, Dimension]]:
    found: dict[str, dict[str, Dimension]] = {}
    for name, values in given.items():
        where = f"space.{part}.{name}"
        if name not in TABLES[part]:
            problems.append(Problem(f"unknown {part} {name!r}", where, nearest(name, TABLES[part])))
            continue
        options = {option.name: option for option in options_of(TABLES[part][name])}
        made = {}
        for key, wanted in values.items():
            wrong = problems_among(tuple(options.values()), dict.fromkeys([key], _first(wanted)), where=where)
            if key in options:
                wrong = [
                    p for value in _ends(wanted) for p in problems_among((options[key],), {key: value}, where=where)
                ]
                made[key] = dimension_of(wanted, kind=options[key].kind, default=_json(options[key]))
            if any(isinstance(value, (list, dict)) for value in _ends(wanted)):
                wrong = [Problem(f"{key} is a list", where, "set it under `settings`: only single values are searched")]
            problems += wrong
        found[name] = made
    return found


def _json(option: Option) -> JsonValue:
    default = option.default
    return list(default) if isinstance(default, list) else default


def dimension_of(given: Values, *, kind: type, default: JsonValue) -> Dimension:
    if isinstance(given, Range):
        whole = kind is int
        step = given.step or (1.0 if whole else None)
        return Dimension(low=given.min, high=given.max, step=step, whole=whole, default=default)
    return Dimension(values=tuple(given), default=default)


def _first(given: Values) -> Any:
    return next(_ends(given), None)


def _ends(given: Values) -> Iterator[Any]:
    """What has to be allowed for all of it to be."""
    if not isinstance(given, Range):
        yield from given
        return
    for end in (given.min, given.max):
        yield int(end) if end.is_integer() and not (given.step and not given.step.is_integer()) else end


def _field(name: str, given: Values, settings: Mapping[str, Any], problems: list[Problem]) -> Dimension | None:
    """A plain setting of a variant; None where it does not differ."""
    if not isinstance(given, Range) and not given:
        return None
    default = settings.get(name, Variant.model_fields[name].default)
    kind = float if name == "diversity" else int
    for value in _ends(given):
        try:
            Variant.model_validate({"template": TemplateSource(name="", source=""), name: value})
        except ValueError:
            problems.append(Problem(f"{name} = {value!r}", f"space.{name}", f"a {kind.__name__} that a variant takes"))
    return dimension_of(given, kind=kind, default=default)


def _parameters(
    config: SpaceConfig, sources: Mapping[str, TemplateSource], problems: list[Problem]
) -> dict[str, dict[str, Dimension]]:
    """Template -> parameter -> what it may be: all that is declared, or what the file narrows it to."""
    declared = {name: parse(source).front.parameters for name, source in sources.items()}
    if config.parameters is False:
        return {}
    if config.parameters is True:
        return {name: {k: parameter_dimension(p) for k, p in found.items()} for name, found in declared.items()}
    every = sorted({key for found in declared.values() for key in found})
    for key in config.parameters:
        if key not in every:
            fix = nearest(key, every) or "the templates declare none"
            problems.append(Problem(f"no template declares the parameter {key!r}", "space.parameters", fix))
    narrowed: dict[str, dict[str, Dimension]] = {}
    for name, found in declared.items():
        wanted = {key: values for key, values in config.parameters.items() if key in found}
        for key, values in wanted.items():
            for value in _ends(values):
                where = f"space.parameters of {name}"
                problems += [Problem(p.what, where, p.fix) for p in value_problems({key: found[key]}, {key: value})]
        narrowed[name] = {
            key: dimension_of(values, kind=type(found[key].start), default=found[key].start)
            for key, values in wanted.items()
        }
    return narrowed


def parameter_dimension(parameter: Parameter) -> Dimension:
    if parameter.choices:
        return Dimension(values=parameter.choices, default=parameter.start)
    assert parameter.min is not None
    assert parameter.max is not None
    # The last value that steps reach: no other may be chosen.
    last = parameter.values[-1]
    assert isinstance(last, int)
    return Dimension(low=parameter.min, high=last, step=parameter.step, whole=True, default=parameter.start)


def _methods(space: Space, template: str, catalog: Catalog) -> tuple[str, ...]:
    """The methods of the space that the template can be asked with; where there are none, it keeps its own."""
    base = space.default(template)
    return tuple(
        name
        for name in space.choices["method"]
        if name in METHODS and not problems_of(base.model_copy(update={"method": Choice(name=name)}), catalog)
    )
