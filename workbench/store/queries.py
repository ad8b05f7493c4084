"""Rows of somebody else's database, read in bounded memory; whatever a query might change is rolled back."""

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.errors import CatalogError, Problem

BATCH = 5000


def read_rows(url: str, query: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows by column, numbered from 1. Raises CatalogError; what it says never holds the password."""
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        address = sqlalchemy.make_url(url)
        engine = sqlalchemy.create_engine(address)
    except (SQLAlchemyError, ImportError) as error:
        first = str(error).splitlines()[0].replace(url, "the URL")
        raise CatalogError(
            Problem(f"can't open the database: {first}", "sql", "check the URL and its driver")
        ) from None
    where = address.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            if address.get_backend_name() == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            elif address.get_backend_name() == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            rows = connection.execution_options(stream_results=True, max_row_buffer=BATCH).execute(
                sqlalchemy.text(query)
            )
            for number, row in enumerate(rows.mappings(), start=1):
                yield number, dict(row)
            transaction.rollback()
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        secret = address.password
        raise CatalogError(
            Problem(cause.replace(secret, "***") if secret else cause, where, "check the query")
        ) from None
    finally:
        engine.dispose()
