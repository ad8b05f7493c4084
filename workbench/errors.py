"""Errors that a user can mend: what is wrong, where, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `what` holds the value found; `where` names file, row, column or id; `fix` says what to do.
    `line` counts from 1 in the text at hand (a template, a CSV file) and is None where there is none.
    """

    what: str
    where: str = ""
    fix: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = self.where
        if self.line is not None:
            place = f"{place}, line {self.line}" if place else f"line {self.line}"
        text = f"{place}: {self.what}" if place else self.what
        return f"{text} — {self.fix}" if self.fix else text


class WorkbenchError(Exception):
    """The base of every error that a user can mend; carries all problems found, not the first one."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class CatalogError(WorkbenchError):
    """A catalog that can't be loaded."""


class TemplateError(WorkbenchError):
    """A template that can't be parsed, checked or rendered."""


class ModelError(WorkbenchError):
    """A model that can't be found, loaded or asked."""


class PromptTooLong(ModelError):
    """A prompt that does not fit the model's context window."""


class VariantError(WorkbenchError):
    """A variant that can't be built: unknown options, unmet needs."""


class BundleError(WorkbenchError):
    """A bundle that can't be read or does not rerun to what it recorded."""


class Cancelled(Exception):
    """The run was stopped by its user; not an error."""


def raise_all(error: type[WorkbenchError], problems: Sequence[Problem]) -> None:
    """Raise `error` with every problem, if there is any."""
    if problems:
        raise error(*problems)
