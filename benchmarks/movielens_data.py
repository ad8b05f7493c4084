"""MovieLens ml-latest-small as a catalog: films with their genres, and what users rated four stars or more."""

import csv
import time
from pathlib import Path

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.records import Interaction, Item

LIKED = 4.0
"""Least rating that counts as taken."""


def load(folder: Path) -> Catalog:
    """Each user's films in the order in which they rated them."""
    films, ratings = (_rows(folder / name) for name in ("movies.csv", "ratings.csv"))
    items = tuple(Item(r["movieId"], r["title"], f"{r['title']}, {r['genres'].replace('|', ', ')}") for r in films)
    liked = [(int(r["timestamp"]), r["userId"], r["movieId"]) for r in ratings if float(r["rating"]) >= LIKED]
    interactions = tuple(Interaction(user, film, _iso(at)) for at, user, film in sorted(liked))
    meta = CatalogMeta(
        name="ml",
        title="MovieLens",
        domain="video",
        language="en",
        noun="film",
        licence="research use",
        origin="real",
    )
    return Catalog(meta, items, (), (), interactions, f"ml-latest-small:{len(interactions)}", folder)


def _iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
