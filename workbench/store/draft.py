"""A Draft: what the analyst is working on, exactly as it stands on the page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from workbench.variant import Plain, Variant

LABELS = ("A", "B", "C", "D")


class Typed(Plain):
    """A case typed in by hand; `history_text` is one item a line, as typed, known to the catalog or not."""

    description: str = ""
    history_text: str = ""


class Draft(Plain):
    """The variants side by side, the case they are tried on and the comparison on show.

    The case is one of the catalog's own (`case_id`), or the typed one with `use_typed`; each is kept while the other
    is on show.
    """

    id: str = Field(min_length=1, max_length=64)
    name: str = "Untitled"
    catalog: str
    case_id: str = ""
    typed: Typed | None = None
    use_typed: bool = False
    variants: tuple[Variant, ...] = Field(min_length=1, max_length=len(LABELS))
    baseline: Literal["A", "B", "C", "D"] = "A"
    comparison_id: str | None = None
    updated_at: datetime | None = None
    """When the store last saved it (UTC); the store sets it, a value given is not written."""

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> Self:
        labels = [variant.label for variant in self.variants]
        if len(set(labels)) < len(labels) or not set(labels) <= set(LABELS):
            raise ValueError(f"variants are labelled {', '.join(labels)}; expected distinct letters out of A to D")
        if self.baseline not in labels:
            raise ValueError(f"the baseline {self.baseline} is none of the variants {', '.join(labels)}")
        return self

    def same_content(self, other: "Draft") -> bool:
        """Equal but for the time of saving."""
        return self.model_copy(update={"updated_at": None}) == other.model_copy(update={"updated_at": None})


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft as the store holds it; `revision` counts the writes from 1."""

    draft: Draft
    revision: int
