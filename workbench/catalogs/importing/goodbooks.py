"""Goodbooks-10k: books.csv and ratings.csv, which holds no times."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.importing.delimited import Delimited, parts, raw_rows
from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, Part, RawInteraction, RawItem, Shape
from workbench.catalogs.importing.sources import Files, csv_rows
from workbench.catalogs.importing.tally import Tally

NO_TIME = "time"
"""A column that the file does not have."""


@dataclass(frozen=True, slots=True)
class Goodbooks(Plain):
    """Books with authors, year and language. Rows of ratings stand in the order of their time, which is not told."""

    summary: ClassVar[str] = "Goodbooks-10k: books.csv and ratings*.csv."
    needs_path: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "Goodbooks",
        "e-commerce",
        noun="book",
        licence="CC-BY-SA-4.0",
        source="goodbooks-10k by Zygmunt Zając.",
    )

    def shape(self, files: Files) -> Shape:
        files.need("books.csv")
        return Shape(
            {"authors": "list", "year": "integer", "language": "text", "average_rating": "number"},
            "{title}[ by {authors}][ ({year})].",
        )

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        name = files.need("books.csv")
        for line, row in csv_rows(files, name, "items", tally):
            attributes = {
                "authors": row.get("authors", "").split(", "),
                "year": row.get("original_publication_year", "").removesuffix(".0"),
                "language": row.get("language_code"),
                "average_rating": row.get("average_rating"),
            }
            yield RawItem(name, line, row.get("book_id", ""), row.get("title", ""), attributes)

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        ratings = self._ratings(files)
        return raw_rows(files, ratings, tally) if ratings else iter(())

    def parts(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Part]:
        ratings = self._ratings(files)
        return parts(files, ratings, tally) if ratings else iter(())

    @staticmethod
    def _ratings(files: Files) -> Delimited | None:
        name = files.first("ratings.csv", "ratings*.csv")
        return Delimited(name, ",", "user_id", "book_id", NO_TIME, "rating") if name else None
