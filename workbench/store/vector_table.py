"""Vectors in PostgreSQL, by pgvector: half-precision, with an HNSW index."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, MetaData, Table, bindparam, create_engine, delete, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from workbench.errors import Problem
from workbench.store.errors import StoreError

WIDEST = 4000
"""Dimensions that pgvector's HNSW can index in half precision."""
MOST_FOUND = 1000
"""pgvector's own limit on how many rows one step of a search looks at."""
ROWS = 2000


class VectorTable:
    """Ids and vectors of one catalog by one embedder. Safe to share between threads. Several computers may share the
    table; what it holds is brought to what is asked for by whoever opens it last."""

    def __init__(self, url: str, name: str, width: int) -> None:
        """Raises StoreError, which never tells the URL: it may hold a password."""
        if width > WIDEST:
            raise StoreError(Problem(f"vectors of {width} dimensions", "vector database", f"at most {WIDEST:,}"))
        try:
            from pgvector.sqlalchemy import HALFVEC

            self._engine = create_engine(url)
            self._table = Table(
                name,
                MetaData(),
                Column("id", BigInteger, primary_key=True, autoincrement=False),
                Column("vector", HALFVEC(width), nullable=False),
            )
            with self._engine.begin() as connection:
                connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
                self._table.create(connection, checkfirst=True)
        except (SQLAlchemyError, ImportError) as error:
            raise _unusable(error) from error

    def close(self) -> None:
        self._engine.dispose()

    def ids(self) -> list[int]:
        with self._engine.connect() as connection:
            return [int(i) for i in connection.scalars(select(self._table.c.id))]

    def change(self, gone: Sequence[int], new: Iterable[tuple[int, Any]]) -> None:
        """Take rows out and put rows in, all or none. The index is made after the first rows, which is quicker."""
        try:
            with self._engine.begin() as connection:
                for start in range(0, len(gone), ROWS):
                    ids = gone[start : start + ROWS]
                    connection.execute(delete(self._table).where(self._table.c.id.in_(ids)))
                put = insert(self._table).on_conflict_do_nothing()
                rows: list[dict[str, Any]] = []
                for row_id, vector in new:
                    rows.append({"id": row_id, "vector": vector})
                    if len(rows) == ROWS:
                        connection.execute(put, rows)
                        rows = []
                if rows:
                    connection.execute(put, rows)
                connection.execute(text(_index(self._table.name)))
        except SQLAlchemyError as error:
            raise _unusable(error) from error

    def nearest(self, vector: Any, n: int, without: Sequence[int]) -> list[int]:
        """Ids of at most n rows by inner product, the largest first, none of `without`."""
        left_out = bindparam("without", list(without), type_=ARRAY(BigInteger))
        table = self._table.c
        wanted = select(table.id).order_by(table.vector.max_inner_product(vector)).limit(n)
        if without:
            wanted = wanted.where(table.id != func.all(left_out))
        try:
            with self._engine.begin() as connection:
                connection.execute(text(f"SET LOCAL hnsw.ef_search = {min(MOST_FOUND, max(200, 2 * n))}"))
                # Where rows are left out, it goes on until n are found.
                connection.execute(text("SET LOCAL hnsw.iterative_scan = strict_order"))
                return [int(i) for i in connection.scalars(wanted)]
        except SQLAlchemyError as error:
            raise _unusable(error) from error


def _index(table: str) -> str:
    return f'CREATE INDEX IF NOT EXISTS "{table}_near" ON "{table}" USING hnsw (vector halfvec_ip_ops)'


def _unusable(error: Exception) -> StoreError:
    cause = (
        str(getattr(error, "orig", None) or type(error).__name__)
        if isinstance(error, DatabaseError)
        else (type(error).__name__)
    )
    fix = (
        "look at WORKBENCH_VECTORS: postgresql+psycopg://USER@HOST/DATABASE, of a server that has pgvector 0.8 or later"
    )
    return StoreError(Problem(f"can't use the vector database: {cause.splitlines()[0]}", "vector database", fix))
