"""The memo: numbers that are costly to compute and may be computed again, kept between runs."""

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence

from sqlalchemy import delete, func, insert, select

from workbench.store import tables
from workbench.store.database import Database

_memo = tables.memo
_BATCH = 500
"""Keys to a query; SQLite of old takes at most 999 parameters."""


class Memo(MutableMapping[str, Sequence[float]]):
    """Key -> numbers, kept in the store bit by bit as they were. Prefer `get_many` and `put_many` to loops."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, keys: Sequence[str]) -> dict[str, list[float]]:
        """The numbers of those keys that are there."""
        found: dict[str, list[float]] = {}
        with self._database.reading() as connection:
            for start in range(0, len(keys), _BATCH):
                rows = connection.execute(select(_memo).where(_memo.c.key.in_(keys[start : start + _BATCH])))
                found.update((row.key, json.loads(row.numbers)) for row in rows)
        return found

    def put_many(self, entries: Mapping[str, Sequence[float]]) -> None:
        """Set many entries in one transaction."""
        if not entries:
            return
        keys = list(entries)
        rows = [{"key": key, "numbers": json.dumps(list(numbers))} for key, numbers in entries.items()]
        with self._database.writing() as connection:
            for start in range(0, len(keys), _BATCH):
                connection.execute(delete(_memo).where(_memo.c.key.in_(keys[start : start + _BATCH])))
            connection.execute(insert(_memo), rows)

    def update(self, entries: Mapping[str, Sequence[float]]) -> None:  # type: ignore[override]
        """`put_many` under the name that a mapping has for it: the inherited one writes a transaction for each key."""
        self.put_many(entries)

    def __getitem__(self, key: str) -> list[float]:
        return self.get_many([key])[key]

    def __setitem__(self, key: str, numbers: Sequence[float]) -> None:
        self.put_many({key: numbers})

    def __delitem__(self, key: str) -> None:
        with self._database.writing() as connection:
            if connection.execute(delete(_memo).where(_memo.c.key == key)).rowcount == 0:
                raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        with self._database.reading() as connection:
            return iter(connection.execute(select(_memo.c.key).order_by(_memo.c.key)).scalars().all())

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(_memo)).scalar_one()
