"""The variables that a template can read: one table for the editor, its completion, the docs and the checks."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "item", "item list", "exemplar list", "catalog", "parameters", "number", "text"]


@dataclass(frozen=True, slots=True)
class VariableAttribute:
    """One thing that can be read of a variable, or of each entry of a list. `kind` is a `Kind` or "list"."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Variable:
    """One name that a template can read; `example` is Jinja that works as it stands."""

    name: str
    kind: Kind
    meaning: str
    example: str
    attributes: tuple[VariableAttribute, ...] = ()


ITEM_ATTRIBUTES = (
    VariableAttribute("id", "text", "the id in the catalog"),
    VariableAttribute("title", "text", "the title"),
    VariableAttribute("text", "text", "the sentence that describes the item (`describe` in catalog.yaml)"),
)
"""What every item has; the columns named in catalog.yaml (`m.year`, `m.genres` as a list) come on top."""

USER_ATTRIBUTES = (VariableAttribute("description", "text", "what the users say about themselves; may be empty"),)

EXEMPLAR_ATTRIBUTES = (
    VariableAttribute("description", "text", "what that user says; may be empty"),
    VariableAttribute("history", "item list", "what that user took, oldest first; may be empty"),
    VariableAttribute("candidates", "item list", "what could have been recommended; may be empty"),
    VariableAttribute("answer", "item list", "the right answer, best first"),
    VariableAttribute("reason", "text", "why, in one sentence; may be empty"),
)

CATALOG_ATTRIBUTES = (
    VariableAttribute("name", "text", "the catalog's name"),
    VariableAttribute("title", "text", "the catalog's title"),
    VariableAttribute("domain", "text", "e-commerce, news, video, music or social"),
    VariableAttribute("language", "text", "the language of its texts, as in BCP 47"),
    VariableAttribute("noun", "text", "what one item is called: film, article, 商品"),
    VariableAttribute("size", "number", "how many items it holds"),
)

VARIABLES: tuple[Variable, ...] = (
    Variable("user", "user", "who asks", "{{ user.description }}", USER_ATTRIBUTES),
    Variable(
        "history",
        "item list",
        "what the user took, oldest first; may be empty",
        "{% for m in history[-5:] %}{{ m.title }}\n{% endfor %}",
        ITEM_ATTRIBUTES,
    ),
    Variable(
        "candidates",
        "item list",
        "the items to rank, in the retriever's order",
        "{% for m in candidates %}{{ loop.index }}. {{ m.title }}\n{% endfor %}",
        ITEM_ATTRIBUTES,
    ),
    Variable(
        "candidate",
        "item",
        "the one item that is asked about; set only by methods that ask about each candidate (pointwise)",
        "{{ candidate.text }}",
        ITEM_ATTRIBUTES,
    ),
    Variable(
        "exemplars",
        "exemplar list",
        "solved cases, in the order chosen; may be empty",
        "{% for e in exemplars %}{{ e.history | map(attribute='title') | join(', ') }}\n{% endfor %}",
        EXEMPLAR_ATTRIBUTES,
    ),
    Variable("catalog", "catalog", "facts of the catalog", "{{ catalog.noun }}", CATALOG_ATTRIBUTES),
    Variable(
        "params",
        "parameters",
        "the template's own `parameters`, each by its name, as the variant sets them",
        "{{ params.tone | default('warm') }}",
    ),
    Variable("k", "number", "how many items are wanted", "{{ k }}"),
    Variable("time", "text", "when the question is asked, ISO 8601; may be empty", "{{ time }}"),
)

ATTRIBUTES: dict[str, tuple[VariableAttribute, ...]] = {
    "user": USER_ATTRIBUTES,
    "item": ITEM_ATTRIBUTES,
    "exemplar": EXEMPLAR_ATTRIBUTES,
    "catalog": CATALOG_ATTRIBUTES,
}
"""Kind of record -> what can be read of it."""


def no_such(kind: str, name: str) -> str:
    """What is wrong where a record of that kind is asked for something that it has not."""
    if kind == "parameters":
        return f"the template declares no parameter `{name}`"
    return f"{'the' if kind in ('user', 'catalog') else 'an'} {kind} has no `{name}`"
