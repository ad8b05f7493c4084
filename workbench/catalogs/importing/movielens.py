"""MovieLens (GroupLens): the layouts of ml-100k, ml-1m and ml-latest."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import ClassVar

from workbench.catalogs.importing.delimited import Delimited, parts, raw_rows
from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, Part, RawInteraction, RawItem, Shape
from workbench.catalogs.importing.sources import Files, csv_rows, split_rows
from workbench.catalogs.importing.tally import Tally
from workbench.options import option

GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
"""The flags of u.item, in their order."""
_YEAR = re.compile(r"(.*?)\s*\((\d{4})\)\s*")
_ARTICLE = re.compile(r"(.+?), (The|A|An|La|Le|Les|L'|Il|El|Los|Las|Der|Die|Das)((?: \(.*\))?)")


@dataclass(frozen=True, slots=True)
class MovieLens(Plain):
    """Films with genres; the year leaves the title and becomes an attribute."""

    summary: ClassVar[str] = "MovieLens ratings: ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m, ml-latest."
    needs_path: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "MovieLens",
        "video",
        noun="film",
        licence="GroupLens research licence: non-commercial, acknowledge the source",
        source="MovieLens, GroupLens; F. Maxwell Harper and Joseph A. Konstan (2015), doi 10.1145/2827872.",
    )

    articles: bool = option(True, "Articles in front", '"Matrix, The" becomes "The Matrix", as people write it.')

    def shape(self, files: Files) -> Shape:
        files.need("movies.csv", "movies.dat", "u.item")
        return Shape({"year": "integer", "genres": "list"}, "{title}[ ({year})][: {genres}].")

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        name = files.need("movies.csv", "movies.dat", "u.item")
        for line, item_id, title, genres in self._films(files, name, tally):
            year = _YEAR.fullmatch(title)
            title = year[1] if year and year[1] else title
            if self.articles and (found := _ARTICLE.fullmatch(title)):
                title = f"{found[2]}{'' if found[2].endswith(chr(39)) else ' '}{found[1]}{found[3]}"
            kept = [genre for genre in genres if genre and genre not in ("unknown", "(no genres listed)")]
            yield RawItem(name, line, item_id, title, {"year": year[2] if year else None, "genres": kept})

    def _films(self, files: Files, name: str, tally: Tally) -> Iterator[tuple[int, str, str, list[str]]]:
        if name.endswith(".csv"):
            for line, row in csv_rows(files, name, "items", tally):
                yield line, row.get("movieId", ""), row.get("title", ""), row.get("genres", "").split("|")
        elif name.endswith(".dat"):
            for line, (item_id, title, genres) in split_rows(files, name, "::", 3, "items", tally, encoding="latin-1"):
                yield line, item_id, title, genres.split("|")
        else:
            for line, cells in split_rows(files, name, "|", 5 + len(GENRES), "items", tally, encoding="latin-1"):
                flags = zip(GENRES, cells[5:], strict=True)
                yield line, cells[0], cells[1], [genre for genre, flag in flags if flag == "1"]

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        ratings = self._ratings(files)
        return raw_rows(files, ratings, tally) if ratings else iter(())

    def parts(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Part]:
        ratings = self._ratings(files)
        return parts(files, ratings, tally) if ratings else iter(())

    @staticmethod
    def _ratings(files: Files) -> Delimited | None:
        name = files.first("ratings.csv", "ratings.dat", "u.data")
        if not name:
            return None
        if name.endswith(".csv"):
            return Delimited(name, ",", "userId", "movieId", "timestamp", "rating")
        return Delimited(name, "::" if name.endswith(".dat") else "\t", 0, 1, 3, 2, width=4)
