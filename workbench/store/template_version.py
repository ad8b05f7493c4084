"""A TemplateVersion: an immutable saved state of a template."""

from dataclasses import dataclass
from datetime import datetime

from workbench.variant import TemplateSource


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """`number` counts from 1 for each template name; `note` says what changed."""

    template: TemplateSource
    number: int
    note: str
    created_at: datetime

    @property
    def name(self) -> str:
        return self.template.name
