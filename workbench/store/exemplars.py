"""An analyst's own exemplars in the store: by catalog and id, beside those that a catalog ships."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select

from workbench.records import Exemplar
from workbench.store import tables
from workbench.store.database import Database, now
from workbench.store.documents import Document
from workbench.store.errors import check_length
from workbench.variant import NAME_LENGTH

_EXEMPLAR = Document(Exemplar)
_exemplars = tables.exemplars


class Exemplars(Database):
    """The exemplar part of the Store."""

    def save_exemplars(self, catalog: str, exemplars: Iterable[Exemplar]) -> None:
        """Keep them, all or none; one of an id that is there takes its place. Raises StoreError for an
        id, or a catalog's name, that is too long."""
        exemplars = tuple(exemplars)
        for exemplar in exemplars:
            check_length("id of an exemplar", exemplar.id, NAME_LENGTH)
        check_length("name of a catalog", catalog, NAME_LENGTH)
        rows = [{"catalog": catalog, "id": e.id, "content": _EXEMPLAR.dump(e), "updated_at": now()} for e in exemplars]
        if not rows:
            return
        with self.writing() as connection:
            for row in rows:
                this = (_exemplars.c.catalog == catalog) & (_exemplars.c.id == row["id"])
                connection.execute(delete(_exemplars).where(this))
            connection.execute(insert(_exemplars), rows)

    def delete_exemplars(self, catalog: str, ids: Sequence[str]) -> None:
        """Those that are not there are no error: another tab may have deleted them."""
        with self.writing() as connection:
            these = (_exemplars.c.catalog == catalog) & _exemplars.c.id.in_(ids)
            connection.execute(delete(_exemplars).where(these))

    def move_exemplars(self, catalog: str, to: str) -> None:
        """They belong to a catalog of another name from now on, and replace what stands there under their ids."""
        moved = self.own_exemplars(catalog)
        self.save_exemplars(to, moved)
        self.delete_exemplars(catalog, [exemplar.id for exemplar in moved])

    def own_exemplars(self, catalog: str) -> tuple[Exemplar, ...]:
        """In the order of their ids."""
        query = select(_exemplars.c.content).where(_exemplars.c.catalog == catalog).order_by(_exemplars.c.id)
        with self.reading() as connection:
            return tuple(_EXEMPLAR.load(row.content) for row in connection.execute(query))
