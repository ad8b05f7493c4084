"""The settings of a Variant as command-line arguments, with the Variant's own names and defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import typer
from pydantic import JsonValue

from workbench.errors import Problem, VariantError
from workbench.options import Option, build_from, options_of
from workbench.variant import Choice, ParameterValue, TemplateSource, Variant

T = TypeVar("T")
DEFAULT = Variant(template=TemplateSource(name="", source=""))

_WHAT, _CASE, _HOW = "What to rank with", "Whom to rank for", "How to rank"
Template = Annotated[
    str | None, typer.Option("--template", "-t", help="A template's name or file.", rich_help_panel=_WHAT)
]
Catalog = Annotated[
    str | None, typer.Option("--catalog", "-c", help="A catalog's name or folder.", rich_help_panel=_WHAT)
]
Bundle = Annotated[
    str | None,
    typer.Option("--bundle", help="Rerun an exported bundle (folder or zip) and compare.", rich_help_panel=_WHAT),
]
CaseId = Annotated[
    str | None, typer.Option("--case", help="The id of one of the catalog's cases.", rich_help_panel=_CASE)
]
Description = Annotated[
    str, typer.Option("--description", help="What users say about themselves.", rich_help_panel=_CASE)
]
History = Annotated[
    list[str] | None,
    typer.Option("--history", metavar="ITEM", help="An item id; repeat it, oldest first.", rich_help_panel=_CASE),
]
Exemplars = Annotated[str, typer.Option("--exemplars", help="The exemplar policy.", rich_help_panel=_HOW)]
Retriever = Annotated[str, typer.Option("--retriever", help="Where candidates come from.", rich_help_panel=_HOW)]
Embedder = Annotated[
    str,
    typer.Option(
        "--embedder", help="Name, Hugging Face id or folder.", rich_help_panel=_HOW, show_default="by language"
    ),
]
NCandidates = Annotated[
    int, typer.Option("--n-candidates", "-n", min=1, max=1000, help="How many candidates.", rich_help_panel=_HOW)
]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--rule", metavar="RULE", help="What candidates must be: 'year >= 1990'; repeat it.", rich_help_panel=_HOW
    ),
]
Diversity = Annotated[
    float, typer.Option("--diversity", min=0, max=1, help="How much candidates are to differ.", rich_help_panel=_HOW)
]
Model = Annotated[
    str,
    typer.Option("--model", "-m", help="Name, Hugging Face id, folder, or http://HOST/v1#MODEL.", rich_help_panel=_HOW),
]
Revision = Annotated[
    str | None, typer.Option("--revision", help="The model's revision on the hub.", rich_help_panel=_HOW)
]
Dtype = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"],
    typer.Option("--dtype", help="Number type.", rich_help_panel=_HOW),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"], typer.Option("--device", help="Where the model runs.", rich_help_panel=_HOW)
]
Method = Annotated[
    str | None,
    typer.Option("--method", help="The ranking method.", rich_help_panel=_HOW, show_default="the template's own"),
]
Fusion = Annotated[str, typer.Option("--fusion", help="What is added to the method's scores.", rich_help_panel=_HOW)]
Orders = Annotated[
    int,
    typer.Option(
        "--orders",
        min=1,
        max=50,
        help="Orders of candidates and exemplars to rank and average.",
        rich_help_panel=_HOW,
    ),
]
K = Annotated[int, typer.Option("--k", "-k", min=1, max=1000, help="How long a list.", rich_help_panel=_HOW)]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**31 - 1, help="For all that is random.", rich_help_panel=_HOW)
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        "-o",
        metavar="KEY=VALUE",
        help="An option of the method, or after retriever., exemplars. or fusion. one of theirs. Repeatable.",
        rich_help_panel=_HOW,
    ),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        "-p",
        metavar="NAME=VALUE",
        help="A parameter that the template declares. Repeatable.",
        rich_help_panel=_HOW,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Names:
    """The closed choices by name, before their options are read."""

    method: str
    retriever: str
    exemplars: str
    fusion: str


def read_choices(names: Names, settings: Sequence[str]) -> dict[str, Choice]:
    """`KEY=VALUE` settings sorted to the choices that they belong to, each value of the type of its option.

    Raises VariantError for a setting without `=`, of an unknown part, or whose value can't be read; names and options
    that are unknown are left for the one who builds the variant.
    """
    options: dict[str, dict[str, JsonValue]] = {"method": {}, "retriever": {}, "exemplars": {}, "fusion": {}}
    problems = []
    for setting in settings:
        key, equals, text = setting.partition("=")
        part, _, name = key.rpartition(".")
        part = part or "method"
        if not equals or not name or part not in options:
            fix = "write KEY=VALUE, or retriever.KEY=VALUE, exemplars.KEY=VALUE, fusion.KEY=VALUE"
            problems.append(Problem(f"can't read the option {setting!r}", "--option", fix))
            continue
        known = _known_options(part, getattr(names, part))
        try:
            options[part][name] = _value(text, known.get(name))
        except ValueError:
            problems.append(Problem(f"{key} = {text!r}", "--option", f"expected {known[name].kind.__name__}"))
    if problems:
        raise VariantError(*problems)
    return {part: Choice(name=getattr(names, part), options=given) for part, given in options.items()}


def read_parameters(template: TemplateSource, settings: Sequence[str]) -> dict[str, ParameterValue]:
    """`NAME=VALUE` settings as values of the template's parameters. Raises VariantError for one without `=`."""
    from workbench.prompts import parse

    declared = parse(template).front.parameters
    values: dict[str, ParameterValue] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise VariantError(Problem(f"can't read the parameter {setting!r}", "--param", "write NAME=VALUE"))
        numbers = name in declared and isinstance(declared[name].start, int)
        values[name] = int(text) if numbers and text.strip().lstrip("-").isdigit() else text
    return values


def read_options(kind: type[T], settings: Sequence[str], *, where: str) -> T:
    """An options dataclass from `KEY=VALUE` settings. Raises VariantError with everything that is wrong."""
    known = {o.name: o for o in options_of(kind)}
    values: dict[str, JsonValue] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise VariantError(Problem(f"can't read the option {setting!r}", "--option", "write KEY=VALUE"))
        try:
            values[key] = _value(text, known.get(key))
        except ValueError:
            raise VariantError(
                Problem(f"{key} = {text!r}", "--option", f"expected {known[key].kind.__name__}")
            ) from None
    return build_from({where: kind}, where, values, where=where)


def _known_options(part: str, name: str) -> dict[str, Option]:
    from workbench.exemplars import EXEMPLAR_POLICIES
    from workbench.ranking import FUSIONS, METHODS
    from workbench.retrieval import RETRIEVERS

    tables: Mapping[str, Mapping[str, Any]] = {
        "method": METHODS,
        "retriever": RETRIEVERS,
        "exemplars": EXEMPLAR_POLICIES,
        "fusion": FUSIONS,
    }
    kind = tables[part].get(name)
    return {option.name: option for option in options_of(kind)} if kind else {}


def _value(text: str, option: Option | None) -> JsonValue:
    if option is None or option.kind is str:
        return text
    if option.kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError(text)
        return _BOOLEANS[text.lower()]
    if option.kind is list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return int(text) if option.kind is int else float(text)
