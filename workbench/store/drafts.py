"""Drafts in the store: saved as they are edited, never silently overwritten by a stale tab."""

from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from workbench.errors import Problem
from workbench.store import tables
from workbench.store.database import Database, now
from workbench.store.documents import Document
from workbench.store.draft import Draft, SavedDraft
from workbench.store.errors import DraftConflict, StoreError

_DRAFT = Document(Draft)


class Drafts(Database):
    """The draft part of the Store."""

    def save_draft(self, draft: Draft, expected_revision: int = 0) -> int:
        """Keep the draft and return its new revision. `expected_revision` is the one that the edit began from,
        0 for a new draft.

        Unchanged content is not written again and keeps its revision. Raises DraftConflict, and writes nothing,
        when the store holds other content of another revision, and ValidationError for a draft that could not be
        read back.
        """
        content = _DRAFT.dump(draft.model_copy(update={"updated_at": None}))
        _DRAFT.load(content)  # model_copy(update=...) does not validate; what is written here must open tomorrow
        with self.writing() as connection:
            held = _find(connection, draft.id)
            if held and held.draft.same_content(draft):
                return held.revision
            if held and held.revision != expected_revision:
                raise DraftConflict(held)
            revision = (held.revision if held else expected_revision) + 1
            values = {
                "revision": revision,
                "content": content,
                "updated_at": now(),
            }
            if held:
                connection.execute(update(tables.drafts).where(tables.drafts.c.id == draft.id).values(values))
            else:
                connection.execute(insert(tables.drafts).values(id=draft.id, **values))
            return revision

    def load_draft(self, draft_id: str) -> SavedDraft:
        """Raises StoreError when there is no such draft."""
        with self.reading() as connection:
            held = _find(connection, draft_id)
        if held is None:
            raise StoreError(Problem(f"no draft {draft_id!r}", fix="check the link, or start a new draft"))
        return held

    def latest_draft(self) -> SavedDraft | None:
        """The draft that was edited last, if there is any."""
        return next(iter(self.drafts(limit=1)), None)

    def drafts(self, *, limit: int = 100) -> tuple[SavedDraft, ...]:
        """Drafts, the one edited last first."""
        query = select(tables.drafts).order_by(tables.drafts.c.updated_at.desc()).limit(limit)
        with self.reading() as connection:
            return tuple(_saved(row) for row in connection.execute(query))


def _find(connection: Connection, draft_id: str) -> SavedDraft | None:
    row = connection.execute(select(tables.drafts).where(tables.drafts.c.id == draft_id)).one_or_none()
    return _saved(row) if row else None


def _saved(row: Row[*tuple[object, ...]]) -> SavedDraft:
    draft = _DRAFT.load(row.content).model_copy(update={"updated_at": datetime.fromisoformat(row.updated_at)})
    return SavedDraft(draft, row.revision)
