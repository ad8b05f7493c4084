"""What a catalog's folder holds, told from its files without reading the items: for lists of many catalogs."""

import csv
from dataclasses import dataclass
from pathlib import Path

from workbench.catalogs.loading import read_meta
from workbench.catalogs.meta import CatalogMeta
from workbench.errors import Problem

Stamp = tuple[tuple[str, int, int], ...]
"""Name, size and time of each file of a folder: equal stamps are equal contents."""


@dataclass(frozen=True, slots=True)
class Overview:
    """`name` is the folder's. `meta` is None where catalog.yaml can't be read, and `problems` then says why. Counts are
    of rows as they stand in the files, unchecked; `bytes` is the size on disk."""

    name: str
    folder: Path
    meta: CatalogMeta | None
    items: int
    cases: int
    exemplars: int
    interactions: int
    bytes: int
    problems: tuple[Problem, ...] = ()


def overview(folder: Path) -> Overview:
    problems: list[Problem] = []
    meta = read_meta(folder / "catalog.yaml", problems)
    return Overview(
        name=folder.name,
        folder=folder,
        meta=meta,
        items=_rows(folder, "items"),
        cases=_lines(folder / "cases.jsonl"),
        exemplars=_lines(folder / "exemplars.jsonl"),
        interactions=_rows(folder, "interactions"),
        bytes=sum(size for _, size, _ in stamp_of(folder)),
        problems=tuple(problems),
    )


def stamp_of(folder: Path) -> Stamp:
    files = ((file, file.stat()) for file in sorted(folder.iterdir()) if file.is_file())
    return tuple((file.name, stat.st_size, stat.st_mtime_ns) for file, stat in files)


def _rows(folder: Path, name: str) -> int:
    parquet, table = folder / f"{name}.parquet", folder / f"{name}.csv"
    if parquet.is_file():
        return _parquet_rows(parquet)
    if not table.is_file():
        return 0
    with table.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.reader(file)
        try:
            return max(0, sum(1 for cells in reader if cells) - 1)
        except csv.Error:
            return 0  # reading it whole says what is wrong


def _parquet_rows(path: Path) -> int:
    import pyarrow
    import pyarrow.parquet

    try:
        return int(pyarrow.parquet.read_metadata(path).num_rows)
    except (pyarrow.ArrowException, OSError):
        return 0


def _lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())
