"""MovieLens ml-latest-small as a catalog: films with their genres, and what users rated four stars or more."""

import csv
import hashlib
from pathlib import Path

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.meta import CatalogMeta
from workbench.records import Interaction, Item

LIKED = 4.0
"""Least rating that counts as taken."""


def load(folder: Path) -> Catalog:
    """Users' films in the order in which they rated them; as in Games, of the times only the order is kept."""
    files = [folder / name for name in ("movies.csv", "ratings.csv")]
    films, ratings = ([*csv.DictReader(file.read_text(encoding="utf-8").splitlines())] for file in files)
    items = tuple(
        Item(row["movieId"], row["title"], f"{row['title']} ({row['genres'].replace('|', ', ')})") for row in films
    )
    liked = sorted((row for row in ratings if float(row["rating"]) >= LIKED), key=lambda row: int(row["timestamp"]))
    interactions = tuple(Interaction(row["userId"], row["movieId"], "") for row in liked)
    meta = CatalogMeta(
        name="movielens",
        title="MovieLens",
        domain="video",
        language="en",
        noun="film",
        licence="research use",
        origin="real",
    )
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return Catalog(meta, items, (), (), interactions, digest, folder)
