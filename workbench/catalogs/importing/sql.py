"""Any SQL database that SQLAlchemy can open: one query for the items, one for the interactions."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from workbench.catalogs.importing import mapping
from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, RawInteraction, RawItem, Shape
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally
from workbench.catalogs.importing.times import any_time
from workbench.errors import CatalogError, Problem
from workbench.options import option
from workbench.store.queries import read_rows


@dataclass(frozen=True, slots=True)
class Sql(Plain):
    """The queries name their columns: `item_id`, `title` and any attributes; `user_id`, `item_id`, `time`, `rating`."""

    summary: ClassVar[str] = "A database, by its SQLAlchemy URL and two queries. Nothing is written to it."
    needs_path: ClassVar[bool] = False
    about: ClassVar[About] = About("My catalog", "e-commerce")

    url: str = option(
        "", "Database URL", "As in postgresql+psycopg://user:password@host/name or sqlite:////data/shop.db."
    )
    items_query: str = option("", "Query of the items", "Gives item_id, title, and a column for each attribute.")
    interactions_query: str = option("", "Query of the interactions", "Gives user_id, item_id, time and rating.")
    attributes: tuple[str, ...] = option(
        (), "Attributes", "column, column:type or name=column:type; none: all other columns, with guessed types."
    )

    def shape(self, files: Files) -> Shape:
        return mapping.shape_of(self._attributes())

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        rows = read_rows(self.url, self.items_query)
        return mapping.as_items(rows, "items query", "item_id", "title", self._attributes())

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        if not self.interactions_query:
            return iter(())
        rows = read_rows(self.url, self.interactions_query)
        return mapping.as_interactions(rows, "interactions query", "user_id", "item_id", "time", "rating")

    def time(self, text: str) -> str:
        return any_time(text)

    def _attributes(self) -> dict[str, Any]:
        if not self.url or not self.items_query:
            raise CatalogError(Problem("a URL and a query of the items are needed", "sql"))
        sample = [row for _, row in islice(read_rows(self.url, self.items_query), mapping.SAMPLE)]
        mapping.need_columns({"id": "item_id", "title": "title"}, sample, "items query")
        return mapping.map_attributes(self.attributes, sample, {"item_id", "title"})
