"""What can go wrong with the store that a user can mend."""

from typing import TYPE_CHECKING

from workbench.errors import Problem, WorkbenchError

if TYPE_CHECKING:
    from workbench.store.draft import SavedDraft


class StoreError(WorkbenchError):
    """The store can't be opened, or does not hold what was asked for."""


def check_length(what: str, text: str, most: int) -> None:
    """Raises StoreError for a text that its column has no room for: SQLite would keep it, PostgreSQL would not."""
    if len(text) > most:
        raise StoreError(Problem(f"{len(text)} characters: {text[:40]!r}…", what, f"write at most {most}"))


class DraftConflict(WorkbenchError):
    """The draft was saved elsewhere meanwhile; nothing was written. `newer` is what the store holds now."""

    def __init__(self, newer: "SavedDraft") -> None:
        self.newer = newer
        super().__init__(
            Problem(
                f"draft {newer.draft.name!r} was changed in another tab (revision {newer.revision})",
                fix="take the newer draft, or save this one again over it",
            )
        )
