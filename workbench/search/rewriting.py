"""Rewrites of instructions, by a list of edits or proposed by a language model: let in where nothing is lost."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from jinja2 import nodes
from pydantic import Field

from workbench.engine.protocol import Engine, Sampling
from workbench.errors import Problem, TemplateError
from workbench.prompts import parse, render
from workbench.prompts.template import Template
from workbench.records import CatalogFacts, PromptInputs
from workbench.variant import Plain, TemplateSource

LONGEST = 4
"""A proposal is at most this many times as long as what it stands for, or as 80 characters."""
Check = Callable[[TemplateSource], Sequence[Problem]]
"""Everything that is wrong with a template, taken with the method that it is written for."""


class Edit(Plain):
    """A text and what may stand in its place, by the template's name; a template that has not the text has no entry."""

    find: str
    texts: dict[str, tuple[str, ...]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """A rewrite that was not let in, and why."""

    template: str
    text: str
    reason: str


def has(source: TemplateSource, find: str) -> bool:
    return find in source.source or any(find in text for text in source.includes.values())


def edited(source: TemplateSource, find: str, text: str) -> TemplateSource:
    """The template, and the files that it includes, with one text in place of another."""
    includes = {name: part.replace(find, text) for name, part in source.includes.items()}
    return source.model_copy(update={"source": source.source.replace(find, text), "includes": includes})


def reason_against(source: TemplateSource, find: str, text: str, check: Check) -> str:
    """Why a rewrite may not take part: it does not parse, fails the template's checks, or reads other variables than
    the text that it stands for; "" where it may."""
    changed = edited(source, find, text)
    try:
        template = parse(changed)
    except TemplateError as error:
        return str(error.problems[0])
    if problems := check(changed):
        return str(problems[0])
    before, after = read_by(parse(source)), read_by(template)
    if lost := sorted(before - after):
        return f"it no longer reads {', '.join(lost)}"
    if new := sorted(after - before):
        return f"it reads {', '.join(new)}, which the text did not"
    return ""


def read_by(template: Template) -> frozenset[str]:
    """The variables that a template reads, and what it reads of them: `user.description`."""
    return frozenset(path for tree in template.trees.values() for path in _paths(tree))


def _paths(tree: nodes.Template) -> Iterable[str]:
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        if isinstance(node, nodes.Name) and node.ctx == "load":
            yield node.name
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            yield f"{node.node.name}.{node.attr}"


def proposals(
    engine: Engine, asking: TemplateSource, text: str, facts: CatalogFacts, sampling: Sampling, *, n: int
) -> list[str]:
    """What the model writes in place of `text`, asked `n` times with seeds of their own: the first line of each answer,
    without quotes around it. `asking` is a template that reads the text as the user's description."""
    template = parse(asking)
    prompt = engine.tokenizer.finish(
        render(template, PromptInputs(facts, description=text), control_tokens=engine.tokenizer.control_tokens)
    )
    written = [engine.generate(prompt.text, replace(sampling, seed=sampling.seed + at)).text for at in range(n)]
    lines = (next((line for line in answer.splitlines() if line.strip()), "") for answer in written)
    return [line.strip().strip("\"'“”").strip() for line in lines]


def wild(text: str, instead_of: str) -> str:
    """Why a proposal is no rewrite of that text at all; "" where it may be one."""
    if not text:
        return "it is empty"
    if text == instead_of.strip():
        return "it is the text itself"
    if len(text) > LONGEST * max(len(instead_of), 80):
        return f"it is {len(text)} characters long"
    if "{%" in text or "{#" in text:
        return "it holds a block of Jinja"
    return ""
