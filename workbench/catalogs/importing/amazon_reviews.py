"""Amazon reviews (McAuley Lab): metadata and reviews as JSON lines, or ratings as CSV, of 2014, 2018 and 2023."""

import csv
import html
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, ClassVar

from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, RawInteraction, RawItem, Shape
from workbench.catalogs.importing.sources import Files, json_rows
from workbench.catalogs.importing.tally import Tally
from workbench.options import option

_PRICE = re.compile(r"\$?\s*([0-9][0-9,]*(?:\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class AmazonReviews(Plain):
    """Products with brand, categories and price; who reviewed what."""

    summary: ClassVar[str] = "Amazon review data: meta_*.json(l)(.gz), and reviews as JSON lines or ratings as CSV."
    needs_path: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "Amazon products",
        "e-commerce",
        noun="product",
        licence="research use, as the McAuley Lab says",
        source="Amazon Reviews, McAuley Lab, UC San Diego.",
    )

    metadata: str = option("meta*.json*", "Metadata file", "Its name, or a pattern.")
    reviews: str = option("", "Reviews file", "Its name, or a pattern; empty: the first other JSON lines or CSV file.")

    def shape(self, files: Files) -> Shape:
        files.need(self.metadata)
        return Shape(
            {"brand": "text", "categories": "list", "price": "number"}, "{title}[ by {brand}][, in {categories}]."
        )

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        name = files.need(self.metadata)
        for line, row in json_rows(files, name, "items", tally):
            attributes = {
                "brand": html.unescape(str(row.get("brand") or row.get("store") or "")),
                "categories": [html.unescape(part) for part in _categories(row)],
                "price": _price(row.get("price")),
            }
            item_id, title = str(row.get("parent_asin") or row.get("asin") or ""), row.get("title")
            yield RawItem(name, line, item_id, html.unescape(str(title or "")), attributes)

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        metadata = files.need(self.metadata)
        others = [self.reviews] if self.reviews else ["*.json", "*.jsonl", "*.json.gz", "*.jsonl.gz", "*.csv*"]
        names = [name for pattern in others if (name := _other(files, pattern, metadata))]
        if not names:
            return
        if ".csv" in names[0]:
            yield from _ratings(files, names[0], tally, known)
            return
        for line, row in json_rows(files, names[0], "interactions", tally):
            user = row.get("user_id") or row.get("reviewerID") or ""
            item = row.get("parent_asin") or row.get("asin") or ""
            time = row.get("timestamp") or row.get("unixReviewTime") or ""
            rating = row.get("rating", row.get("overall"))
            yield RawInteraction(names[0], line, str(user), str(item), str(time), rating)


def _other(files: Files, pattern: str, metadata: str) -> str | None:
    from fnmatch import fnmatch

    return next((n for n in files.names() if n != metadata and fnmatch(n.rsplit("/", 1)[-1], pattern)), None)


def _ratings(files: Files, name: str, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
    """2014 writes user, item; 2018 item, user; both without a header. 2023 has one, `user_id,parent_asin,…`. Which of
    the first two columns holds the item is seen by the first row that names a known one."""
    item_place: int | None = None
    for line, text in files.lines(name, "interactions", tally):
        cells = next(csv.reader([text]), [])
        if line == 1 and "user_id" in cells:
            item_place = 1 - cells.index("user_id")
        elif len(cells) < 4:
            tally.drop("interactions", "other than 4 cells", name, line, text)
        else:
            if item_place is None and (cells[0] in known) != (cells[1] in known):
                item_place = 0 if cells[0] in known else 1
            place = 1 if item_place is None else item_place
            yield RawInteraction(name, line, cells[1 - place], cells[place], cells[3], cells[2])


def _categories(row: Mapping[str, Any]) -> list[str]:
    """A list of names (2023), of lists of names (2014), or `category` (2018)."""
    found = row.get("categories") or row.get("category") or []
    parts = [found] if isinstance(found, str) else found
    flat = [name for part in parts for name in (part if isinstance(part, list) else [part])]
    return list(dict.fromkeys(str(name) for name in flat if name))


def _price(value: Any) -> float | None:
    """12.99 from 12.99 and "$12.99"; None from what names no one price."""
    match = _PRICE.fullmatch(str(value).strip())
    return float(match[1].replace(",", "")) if match else None
