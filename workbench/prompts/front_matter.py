"""A template's front matter: YAML between two lines of `---`, read strictly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import yaml
from pydantic import Field, FiniteFloat, ValidationError
from pydantic_core import ErrorDetails

from workbench.errors import Problem
from workbench.prompts.nearest import nearest
from workbench.prompts.parameters import Parameter, declared_wrongly
from workbench.prompts.variables import VARIABLES
from workbench.variant import Plain

FENCE = "---"
NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Step(Plain):
    """One text that the model writes before it ranks; later parts of the template read it by its name."""

    name: str
    max_tokens: int = Field(default=80, ge=1, le=4096)


class FrontMatter(Plain):
    """What a template says about itself."""

    name: str = ""
    description: str = ""
    domain: Literal["e-commerce", "news", "video", "music", "social", "any"] = "any"
    language: str = "en"
    task: Literal["rank", "rate", "labels"] = "rank"
    """`rate` and `labels` want the label itself: it is held against the truth, beside the order that comes of it."""
    format: Literal["plain", "chat"] = "plain"
    method: Literal["likelihood", "pointwise", "letters", "pairwise", "setwise", "generation", "constrained"] = (
        "likelihood"
    )
    """The ranking method that the template is written for."""
    answer: str = "{{ item.title }}"
    """How an item is written as an answer, in Jinja."""
    labels: tuple[str, ...] = ()
    """For methods that ask for a label: best first."""
    verbaliser: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Label -> the ways to write it, whose chances are summed; a label that is left out is written as it is."""
    grades: dict[str, FiniteFloat] = Field(default_factory=dict)
    """The grade of the truth from which on each label is the right one; left out, labels that are numbers are their own
    grades."""
    steps: tuple[Step, ...] = ()
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    """Name -> the choices that a variant has (see `prompts/parameters.py`)."""
    notes: str = ""
    author: str = ""

    @property
    def scale(self) -> dict[str, float]:
        """Label -> its grade; {} where the labels have none, so that no truth can be held against them."""
        if self.grades:
            return {label: self.grades[label] for label in self.labels}
        own = {label: float(label) for label in self.labels if NUMBER.fullmatch(label)}
        return own if len(set(own.values())) == len(self.labels) else {}


@dataclass(frozen=True, slots=True)
class Split:
    """A template's two parts. `first_line` is the line of the file on which the body begins, `key_lines` where each
    key of the front matter stands."""

    front: FrontMatter
    body: str
    first_line: int
    key_lines: dict[str, int]
    problems: tuple[Problem, ...]


def split(source: str) -> Split:
    """Read the front matter. Nothing is raised: `problems` holds everything that is wrong."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        return Split(FrontMatter(), text, 1, {}, ())
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if end is None:
        problem = _wrong("the front matter is not closed", f"end it with a line of {FENCE}", line=1)
        return Split(FrontMatter(), "", len(lines) + 1, {}, (problem,))
    # The first line stays empty in place of the fence, so that YAML counts the lines of the file.
    front, key_lines, problems = _read("\n".join(["", *lines[1:end]]))
    return Split(front, "\n".join(lines[end + 1 :]), end + 2, key_lines, tuple(problems))


def _wrong(what: str, fix: str, *, line: int, column: int | None = None) -> Problem:
    return Problem(f"front matter: {what}", "", fix, line=line, column=column)


def _read(text: str) -> tuple[FrontMatter, dict[str, int], list[Problem]]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            return FrontMatter(), {}, [_wrong("anchors are not supported", "write the value out", line=1)]
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        # BaseLoader keeps every scalar as text: `labels: [Yes, No]` is two words, not two booleans.
        values = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return FrontMatter(), {}, [_yaml_problem(error)]
    if root is None:
        return FrontMatter(), {}, []
    if not isinstance(root, yaml.MappingNode) or not isinstance(values, dict):
        return FrontMatter(), {}, [_wrong("expected lines of `key: value`", "", line=root.start_mark.line + 1)]
    return _validated(root, values)


def _yaml_problem(error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).split("\n")[0] or "not readable"
    fix = "put quotes around a value that holds `: `, `#`, `{` or `[`"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, None)
    return _wrong(f"not valid YAML: {what}", fix, line=line, column=column)


def _validated(root: yaml.MappingNode, values: object) -> tuple[FrontMatter, dict[str, int], list[Problem]]:
    names = [str(key.value) for key, _ in root.value]
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in root.value}
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [_wrong(f"`{name}` is there twice", "keep one", line=lines[name]) for name in twice]
    try:
        front = FrontMatter.model_validate(values)
    except ValidationError as error:
        problems += [_problem(detail, lines) for detail in error.errors()]
        return FrontMatter(), lines, problems
    return front, lines, problems + list(_beyond_types(front, lines))


def _problem(detail: ErrorDetails, lines: dict[str, int]) -> Problem:
    path = [str(part) for part in detail["loc"]]
    line = lines.get(path[0], 1) if path else 1
    name = ".".join(path)
    if detail["type"] == "extra_forbidden":
        inner = Parameter.model_fields if path[0] == "parameters" else Step.model_fields
        known = list(inner if len(path) > 1 else FrontMatter.model_fields)
        return _wrong(f"unknown key `{name}`", nearest(path[-1], known), line=line)
    if detail["type"] == "literal_error":
        known = [part.strip(" '") for part in str(detail["ctx"]["expected"]).replace(" or ", ",").split(",")]
        return _wrong(f"{name}: {detail['input']!r}", nearest(str(detail["input"]), known), line=line)
    return _wrong(f"{name}: {detail['input']!r}", _expected(detail), line=line)


def _expected(detail: ErrorDetails) -> str:
    shapes = {"tuple_type": "write a list: [A, B]", "dict_type": "write a mapping: {A: 1, B: 0}"}
    return shapes.get(detail["type"], detail["msg"])


def _beyond_types(front: FrontMatter, lines: dict[str, int]) -> Iterator[Problem]:
    taken = {variable.name for variable in VARIABLES} | {"item", "loop", "self"}
    names = [step.name for step in front.steps]
    for name in names:
        if not name.isidentifier() or name in taken or names.count(name) > 1:
            fix = f"use a new name of letters and underscores; taken: {', '.join(sorted(taken))}"
            yield _wrong(f"a step can't be called {name!r}", fix, line=lines["steps"])
    if len(front.labels) == 1 or len(set(front.labels)) < len(front.labels):
        fix = "write at least two different ones, best first"
        yield _wrong(f"labels: {', '.join(front.labels)}", fix, line=lines["labels"])
    for what, fix in declared_wrongly(front.parameters):
        yield _wrong(f"parameters: {what}", fix, line=lines["parameters"])
    yield from _wrong_verbaliser(front, lines)
    yield from _wrong_grades(front, lines)


def _wrong_verbaliser(front: FrontMatter, lines: dict[str, int]) -> Iterator[Problem]:
    labels = ", ".join(front.labels) or "there are no labels"
    for label, ways in front.verbaliser.items():
        if label not in front.labels:
            yield _wrong(f"verbaliser: {label!r} is no label", f"known: {labels}", line=lines["verbaliser"])
        elif not ways or not all(way.strip() for way in ways):
            fix = f"write the ways to say it: `{label}: [{label}, …]`"
            yield _wrong(f"verbaliser: {label} has a way to write it that is empty", fix, line=lines["verbaliser"])
    written = [way.strip() for label in front.labels for way in dict.fromkeys(front.verbaliser.get(label, (label,)))]
    for way in sorted({way for way in written if written.count(way) > 1}):
        fix = "give it to the one label that it means"
        yield _wrong(f"verbaliser: {way!r} is written for two labels", fix, line=lines.get("verbaliser", 1))


def _wrong_grades(front: FrontMatter, lines: dict[str, int]) -> Iterator[Problem]:
    if front.task == "labels" and not front.labels:
        yield _wrong("task: labels", "name the labels, best first: `labels: [like, dislike]`", line=lines["task"])
    if front.grades and (set(front.grades) != set(front.labels) or len(set(front.grades.values())) < len(front.grades)):
        fix = f"give each label a grade of its own: {', '.join(front.labels) or 'there are no labels'}"
        yield _wrong(f"grades: {', '.join(front.grades)}", fix, line=lines["grades"])
