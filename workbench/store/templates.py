"""Template versions in the store: each save is a new immutable version."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Row, func, insert, select

from workbench.errors import Problem
from workbench.store import tables
from workbench.store.database import Database, now
from workbench.store.documents import Document
from workbench.store.errors import StoreError, check_length
from workbench.store.template_version import TemplateVersion
from workbench.variant import NAME_LENGTH, TemplateSource

_SOURCE = Document(TemplateSource)
_versions = tables.template_versions


class Templates(Database):
    """The template part of the Store."""

    def save_template(
        self, name: str, source: str, *, includes: Mapping[str, str] | None = None, note: str = ""
    ) -> TemplateVersion:
        """Keep the text as the next version of `name`; text equal to the last version's returns that version.
        Raises StoreError for a name that is too long."""
        check_length("name of a template", name, NAME_LENGTH)
        template = TemplateSource(name=name, source=source, includes=dict(includes or {}))
        with self.writing() as connection:
            last = _last(connection, name)
            if last and last.template == template:
                return last
            time = now()
            if last is None:
                connection.execute(insert(tables.templates).values(name=name, created_at=time))
            version = TemplateVersion(template, last.number + 1 if last else 1, note, datetime.fromisoformat(time))
            connection.execute(
                insert(_versions).values(
                    name=name,
                    number=version.number,
                    content=_SOURCE.dump(template),
                    note=note,
                    created_at=time,
                )
            )
            return version

    def templates(self) -> tuple[TemplateVersion, ...]:
        """The last version of every saved template, by name."""
        newest = select(_versions.c.name, func.max(_versions.c.number).label("number")).group_by(_versions.c.name)
        last = newest.subquery()
        query = (
            select(_versions)
            .join(last, (_versions.c.name == last.c.name) & (_versions.c.number == last.c.number))
            .order_by(_versions.c.name)
        )
        with self.reading() as connection:
            return tuple(_version(row) for row in connection.execute(query))

    def template_versions(self, name: str) -> tuple[TemplateVersion, ...]:
        """Every version of one template, the newest first; empty when it was never saved."""
        query = select(_versions).where(_versions.c.name == name).order_by(_versions.c.number.desc())
        with self.reading() as connection:
            return tuple(_version(row) for row in connection.execute(query))

    def template_version(self, name: str, number: int) -> TemplateVersion:
        """Raises StoreError when there is no such version."""
        query = select(_versions).where(_versions.c.name == name, _versions.c.number == number)
        with self.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise StoreError(Problem(f"no version {number} of template {name!r}", fix="look at its history"))
        return _version(row)


def _last(connection: Connection, name: str) -> TemplateVersion | None:
    query = select(_versions).where(_versions.c.name == name).order_by(_versions.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _version(row) if row else None


def _version(row: Row[*tuple[object, ...]]) -> TemplateVersion:
    template = _SOURCE.load(row.content)
    return TemplateVersion(template, row.number, row.note, datetime.fromisoformat(row.created_at))
