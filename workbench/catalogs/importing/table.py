"""Any CSV, TSV, Parquet or JSON-lines file, with a mapping of its columns."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from workbench.catalogs.importing import mapping
from workbench.catalogs.importing.delimited import Delimited, parts
from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, Part, Piece, RawInteraction, RawItem, Shape
from workbench.catalogs.importing.sources import Files, csv_rows, json_rows
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.importing.times import any_time
from workbench.errors import CatalogError, Problem
from workbench.options import option

KINDS = (".csv", ".tsv", ".parquet", ".jsonl", ".json")


@dataclass(frozen=True, slots=True)
class Table(Plain):
    """One file of items, and one of interactions or none."""

    summary: ClassVar[str] = "CSV, TSV, Parquet or JSON lines (gzipped or not), with a mapping of the columns."
    needs_path: ClassVar[bool] = True
    about: ClassVar[About] = About("My catalog", "e-commerce")

    items_file: str = option("items.*", "Items file", "Its name, or a pattern; one file given by itself is it.")
    interactions_file: str = option("interactions.*", "Interactions file", "Its name, or a pattern; may be absent.")
    id: str = option("item_id", "Column of the id", "Of the items file.")
    title: str = option("title", "Column of the title", "Of the items file.")
    attributes: tuple[str, ...] = option(
        (), "Attributes", "column, column:type or name=column:type; none: all other columns, with guessed types."
    )
    user: str = option("user_id", "Column of the user", "Of the interactions file.")
    item: str = option("item_id", "Column of the item", "Of the interactions file.")
    when: str = option("time", "Column of the time", "ISO 8601, or seconds or milliseconds since 1970; may be absent.")
    rating: str = option("rating", "Column of the rating", "May be absent.")
    encoding: str = option("utf-8", "Encoding", "Of text files.")

    def shape(self, files: Files) -> Shape:
        return mapping.shape_of(self._attributes(files))

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        name = self._items_name(files)
        rows = self._rows(files, name, "items", tally)
        return mapping.as_items(rows, name, self.id, self.title, self._attributes(files))

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        name = self._interactions_name(files)
        if name is None:
            return iter(())
        rows = self._rows(files, name, "interactions", tally)
        return mapping.as_interactions(rows, name, self.user, self.item, self.when, self.rating)

    def parts(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Part]:
        name = self._interactions_name(files)
        bare = (name or "").removesuffix(".gz")
        columns = (self.user, self.item, self.when, self.rating)
        if name and bare.endswith(".parquet"):
            yield from _parquet_pieces(files, name, columns)
        elif name and bare.endswith((".csv", ".tsv", ".txt")):
            separator, encoding = _separator(bare), self.encoding
            yield from parts(files, Delimited(name, separator, *columns, 0, encoding, mapping.text_of), tally)
        else:
            yield self.interactions(files, tally, known)

    def time(self, text: str) -> str:
        return any_time(text)

    def sample(self, files: Files, name: str) -> list[Mapping[str, Any]]:
        """The first rows of a file."""
        unheard = Tally(lambda text, fraction: None, lambda: False)
        return [row for _, row in islice(self._rows(files, name, "items", unheard), mapping.SAMPLE)]

    def _interactions_name(self, files: Files) -> str | None:
        """Raises CatalogError where it lacks a column that has to be there."""
        name = files.first(self.interactions_file)
        if not name or name == self._items_name(files):
            return None
        mapping.need_columns({"user": self.user, "item": self.item}, self.sample(files, name), name)
        return name

    def _items_name(self, files: Files) -> str:
        return files.location.name if files.names() == [files.location.name] else files.need(self.items_file)

    def _attributes(self, files: Files) -> dict[str, Any]:
        name = self._items_name(files)
        sample = self.sample(files, name)
        mapping.need_columns({"id": self.id, "title": self.title}, sample, name)
        return mapping.map_attributes(self.attributes, sample, {self.id, self.title})

    def _rows(self, files: Files, name: str, kind: str, tally: Tally) -> mapping.Table:
        bare = name.removesuffix(".gz")
        if bare.endswith(".parquet"):
            return _parquet_rows(files, name)
        if bare.endswith((".jsonl", ".json")):
            return json_rows(files, name, kind, tally)
        if bare.endswith((".csv", ".tsv", ".txt")):
            return csv_rows(files, name, kind, tally, separator=_separator(bare), encoding=self.encoding)
        raise CatalogError(Problem(f"can't read {name}", "file", f"expected one of {', '.join(KINDS)}"))


def _separator(name: str) -> str:
    return "," if name.endswith(".csv") else "\t"


def _parquet_rows(files: Files, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, batch in _batches(files, name):
        yield from enumerate(batch.to_pylist(), start=line)


def _parquet_pieces(files: Files, name: str, columns: Sequence[str]) -> Iterator[Part]:
    import pyarrow

    for line, batch in _batches(files, name):
        empty = pyarrow.repeat("", len(batch))
        cells = [batch.column(c) if c in batch.schema.names else empty for c in columns]
        if any(pyarrow.types.is_nested(cell.type) for cell in cells):
            rows = enumerate(batch.to_pylist(), start=line)
            yield mapping.as_interactions(rows, name, *columns)
        else:
            user, item, time, rating = cells
            yield Piece(name, line, user, item, time, rating, mapping.text_of)


def _batches(files: Files, name: str) -> Iterator[tuple[int, Any]]:
    """Some thousand rows at a time, and the number of the first."""
    import pyarrow
    import pyarrow.parquet

    path = files.path(name)
    if path is None:
        raise CatalogError(Problem(f"{name} lies in a zip", "file", "unpack it: Parquet is read from the disk"))
    try:
        line = 1
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=20_000):
            yield line, batch
            line += len(batch)
    except (pyarrow.ArrowException, OSError) as error:
        raise CatalogError(Problem(f"not readable as Parquet: {error}", name)) from error
