"""What `catalog.yaml` says, read strictly."""

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from workbench.records import Attribute
from workbench.variant import NAME_LENGTH, Plain

RelationKind = Literal["items", "values"]
AttributeType = Literal["text", "integer", "number", "boolean", "list"]
RESERVED = ("id", "title", "text")
_PART = re.compile(r"\[([^\[\]]*)\]")
NAME = r"^[a-z0-9][a-z0-9-]*$"
_NAME = re.compile(r"\{(\w+)\}")


class Columns(Plain):
    """Which columns of the items file hold the id and the title."""

    id: str = "item_id"
    title: str = "title"


class CatalogMeta(Plain):
    """A mirror of `catalog.yaml`; see docs/formats.md."""

    name: str = Field(pattern=NAME, max_length=NAME_LENGTH)
    title: str
    domain: Literal["e-commerce", "news", "video", "music", "social"]
    language: str
    noun: str = "item"
    licence: str
    origin: Literal["real", "hand-made"]
    source: str = ""
    columns: Columns = Columns()
    attributes: dict[str, AttributeType] = Field(default_factory=dict)
    relations: dict[str, RelationKind] = Field(default_factory=dict)
    """The relations of relations.csv, and whether their targets are items of the catalog or values."""
    popularity: str = ""
    describe: str = "{title}"
    list_separator: str = ", "

    @field_validator("attributes")
    @classmethod
    def _not_reserved(cls, attributes: dict[str, AttributeType]) -> dict[str, AttributeType]:
        taken = [name for name in attributes if name in RESERVED]
        if taken:
            raise ValueError(f"an attribute can't be called {', '.join(taken)}: every item has that already")
        return attributes

    @field_validator("relations")
    @classmethod
    def _names_of_their_own(cls, relations: dict[str, RelationKind], given: ValidationInfo) -> dict[str, RelationKind]:
        taken = {*RESERVED, "related", *given.data.get("attributes", ())}
        if wrong := [name for name in relations if name in taken or not name.isidentifier()]:
            raise ValueError(f"a relation can't be called {', '.join(wrong)}: use new names of letters and underscores")
        return relations

    def unknown_names(self) -> list[tuple[str, str]]:
        """(key, name) of each name that `describe` or `popularity` uses and that is no attribute."""
        used = [("describe", name) for name in _NAME.findall(self.describe) if name != "title"]
        used += [("popularity", self.popularity)] if self.popularity else []
        return [(key, name) for key, name in dict.fromkeys(used) if name not in self.attributes]

    def sentence(self, title: str, attributes: dict[str, Attribute]) -> str:
        """The sentence that describes an item; a part in square brackets goes when an attribute in it is empty."""
        values = {"title": title, **{name: self._written(value) for name, value in attributes.items()}}

        def part(match: re.Match[str]) -> str:
            return match[1] if all(values.get(name) for name in _NAME.findall(match[1])) else ""

        return _NAME.sub(lambda m: values.get(m[1], ""), _PART.sub(part, self.describe)).strip()

    def _written(self, value: Attribute) -> str:
        if value is None:
            return ""
        if isinstance(value, tuple):
            return self.list_separator.join(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
