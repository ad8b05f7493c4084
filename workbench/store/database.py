"""The database: opened, migrated, and its two kinds of transaction."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy import Engine as SqlEngine
from sqlalchemy.exc import ArgumentError, DatabaseError

from workbench.errors import Problem
from workbench.store.errors import StoreError

log = logging.getLogger(__name__)

BUSY_SECONDS = 15
"""How long a writer waits for another one, in this or another process, before it gives up."""


WRITERS_LOCK = 0x776F726B
"""Which advisory lock of PostgreSQL a writer holds; SQLite has one of its own."""


class Database:
    """One database behind an SQLAlchemy URL; safe to share between threads. Each write is its own transaction."""

    def __init__(self, url: str) -> None:
        """Open the database, make it if it is not there and migrate it to today's schema. Raises StoreError."""
        self._engine = _engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        try:
            with self.writing() as connection:
                migrate(connection)
        except (DatabaseError, StoreError) as error:
            self._engine.dispose()
            raise error if isinstance(error, StoreError) else _unusable(url, error) from error

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database from its first read to its last."""
        options = {"isolation_level": "REPEATABLE READ"} if self._is_postgresql else {}
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole or not at all; nobody else writes beside it."""
        with self._engine.connect().execution_options(writing=True) as connection, connection.begin():
            if self._is_postgresql:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
            yield connection

    @property
    def _is_postgresql(self) -> bool:
        return self._engine.dialect.name == "postgresql"

    @property
    def engine(self) -> SqlEngine:
        return self._engine


def _engine(url: str) -> SqlEngine:
    try:
        return create_engine(url)
    except (ArgumentError, ImportError) as error:
        fix = "write sqlite:///FILE, or postgresql+psycopg://USER@HOST/DATABASE with the package psycopg installed"
        raise StoreError(Problem(f"no database can be opened by this address: {error}", url, fix)) from error


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Bring the schema to the revision `to`, all in the connection's transaction. Raises StoreError for a database
    that a newer workbench has written."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    folder = resources.files("workbench.store") / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise StoreError(
            Problem(
                f"the schema of {connection.engine.url.render_as_string()} is unknown: {error}",
                fix="a newer workbench has written it; update this one, or move the file away to start afresh",
            )
        ) from error


def now() -> str:
    """The time in UTC as ISO 8601 of fixed width, so that it sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _unusable(url: str, error: DatabaseError) -> StoreError:
    return StoreError(
        Problem(
            f"the database can't be used: {error.orig}",
            url,
            "check that the folder can be written to and that the file is a workbench database",
        )
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction control begins late and reads outside of transactions; _begin_sqlite does better.
    # With a write-ahead log, "normal" loses nothing when the process is killed; full waits for the disk each time.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns to writing fails at once when another has written; an immediate one waits.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
