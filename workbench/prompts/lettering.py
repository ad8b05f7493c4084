"""Whether a template prints its candidates with letters, for methods that read a letter: tried out, not guessed."""

import re
from collections.abc import Iterator, Mapping

from jinja2 import nodes

from workbench.errors import Problem, TemplateError
from workbench.prompts.rendering import render
from workbench.prompts.template import MAIN, Template
from workbench.records import Attribute, CatalogFacts, Item, PromptInputs

_NAMES = ("Quokka", "Narwhal", "Pangolin")
_AFTER = 8
"""How many characters after a candidate its letter may stand: `Quokka (A)`."""
_INCLUDE = 'write {% include "_lettered.j2" %} before the question, and end with "Answer:"'


def letter_problems(template: Template, shown: int, item_attributes: Mapping[str, str] | None) -> Iterator[Problem]:
    """A template for a method that reads a letter, whose prompt prints none: `shown` made-up candidates are rendered.

    What a template needs beyond them may keep it from rendering; then nothing is known, and nothing is said.
    """
    if not shown:
        return
    items = tuple(_item(name, item_attributes or {}) for name in _NAMES[:shown])
    try:
        text = render(template, _inputs(items, template)).text
    except TemplateError:
        return
    missing = [item.title for item in items if item.title not in text]
    if len(missing) == shown:
        yield Problem("this method asks for a letter, and the prompt shows no candidates", MAIN, _fix())
    elif missing:
        what = f"this method shows {shown} candidates at a time, and the prompt has {shown - len(missing)}"
        yield Problem(what, MAIN, "loop over `candidates`", line=_line(template))
    elif not lettered(text, [item.title for item in items]):
        what = "this method asks for a letter, and the `candidates` of the prompt have none"
        yield Problem(what, MAIN, _fix(), line=_line(template))


def lettered(text: str, titles: list[str]) -> bool:
    """Whether each title has its letter (A for the first) on its way from the title before it, or just behind it."""
    end = 0
    for place, title in enumerate(titles):
        found = text.find(title, end)
        if found < 0:
            return False
        before, end = end, found + len(title)
        letter = chr(ord("A") + place)
        if not re.search(rf"(?<!\w){letter}(?!\w)", text[before : end + _AFTER]):
            return False
    return True


def _fix() -> str:
    return f"{_INCLUDE}; or choose a method that reads titles (likelihood, constrained) or writes a list (generation)"


def _line(template: Template) -> int | None:
    lines = [node.lineno for node in template.tree.find_all(nodes.Name) if node.name == "candidates"]
    return min(lines, default=None)


def _inputs(items: tuple[Item, ...], template: Template) -> PromptInputs:
    liked = Item("liked", "Ocelot", "Ocelot", items[0].attributes)
    facts = CatalogFacts("catalog", "Catalog", "any", "en", "item", len(items))
    steps = {step.name: "text" for step in template.front.steps}
    return PromptInputs(facts, "liked that", (liked,), "2024-01-01T00:00:00", items, steps=steps)


def _item(name: str, attributes: Mapping[str, str]) -> Item:
    return Item(name, name, name, {key: _value(name, kind) for key, kind in attributes.items()})


def _value(name: str, kind: str) -> Attribute:
    values: dict[str, Attribute] = {"list": (name,), "integer": 1, "number": 1.0, "boolean": True}
    return values.get(kind, name)
