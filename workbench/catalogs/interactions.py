"""Interactions from CSV or Parquet: by whole columns where all is right, row by row where something has to be told."""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workbench.catalogs import files
from workbench.catalogs.columns import Column, Interactions
from workbench.catalogs.rows import Reader
from workbench.catalogs.timeline import plain_times
from workbench.errors import Problem
from workbench.records import Interaction

REQUIRED, OPTIONAL = ("user_id", "item_id", "time"), ("rating",)
BY_COLUMNS = 1_000_000
"""CSV files of fewer bytes are read row by row at once."""


def read_interactions(
    folder: Path, known: set[str] | None, read: Reader, problems: list[Problem]
) -> Sequence[Interaction]:
    """What `interactions.csv` or `interactions.parquet` holds; () where there is neither. `known` are the items that
    exist, None leaves that unchecked. What is found is the same by columns as row by row."""
    text, parquet = folder / "interactions.csv", folder / "interactions.parquet"
    if parquet.is_file():
        if text.is_file():
            problems.append(
                Problem("interactions.csv and interactions.parquet are both there", folder.name, "keep one")
            )
        table = files.parquet_table(parquet, REQUIRED, OPTIONAL, problems)
        if table is None:
            return ()
        found = _by_columns(table, known)
        return read.interactions(parquet.name, _rows(table)) if found is None else found
    if not text.is_file():
        return ()
    found = _by_columns(files.plain_csv(text, REQUIRED, OPTIONAL), known) if _is_large(text) else None
    if found is not None:
        return found
    return read.interactions(text.name, files.read_csv(text, REQUIRED, OPTIONAL, problems))


def _is_large(path: Path) -> bool:
    return BY_COLUMNS <= path.stat().st_size <= files.MAX_BYTES


def _by_columns(table: Any, known: set[str] | None) -> Interactions | None:
    """None where a cell is wrong, or there is no table. Each distinct value is checked once, and kept once."""

    def user(value: Any) -> str:
        return _checked(_plain(value), bool)

    def item(value: Any) -> str:
        return _checked(_plain(value), lambda text: known is None or text in known)

    def time(value: Any) -> str:
        return _checked(_plain(value), lambda text: not text or bool(datetime.fromisoformat(text)))

    if table is None:
        return None
    try:
        users, items = _shared(table["user_id"], user), _shared(table["item_id"], item)
        return Interactions(users, items, _times(table["time"], time), _ratings(table))
    except (ValueError, TypeError):
        return None


def _times(column: Any, check: Callable[[Any], Any]) -> Column:
    """Times differ from row to row: where all are written alike, they are checked at once."""
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    texts = not encoded.indices.null_count and bool(values) and isinstance(values[0], str)
    if texts and plain_times(values) is not None:
        return Column(tuple(values), encoded.indices.to_numpy())
    return _shared(column, check)


def _ratings(table: Any) -> Column:
    import numpy

    if "rating" in table.column_names:
        return _shared(table["rating"], _rating)
    return Column((None,), numpy.zeros(len(table), numpy.int64))


def _shared(column: Any, check: Callable[[Any], Any]) -> Column:
    """Each distinct value checked once; two that are one after the check, such as "a" and " a", become one."""
    import numpy

    encoded = column.combine_chunks().dictionary_encode()
    values = [check(value) for value in encoded.dictionary.to_pylist()]
    codes = encoded.indices
    if codes.null_count:
        values.append(check(None))
        codes = codes.fill_null(len(values) - 1)
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    place_of = numpy.fromiter((places[value] for value in values), dtype=numpy.int64, count=len(values))
    return Column(tuple(places), place_of[codes.to_numpy(zero_copy_only=False)])


def _checked(text: str, right: Callable[[str], bool]) -> str:
    if not right(text):
        raise ValueError(text)
    return text


def _rating(value: Any) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError(value)
    return number


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime | date) else str(value).strip()


def _rows(table: Any) -> list[files.Row]:
    return [
        files.Row(line, {column: _plain(value) for column, value in row.items()})
        for line, row in enumerate(table.to_pylist(), start=1)
    ]
