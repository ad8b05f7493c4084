"""Importers: the data of others becomes a catalog."""

from workbench.catalogs.importing.amazon_games import AmazonGames
from workbench.catalogs.importing.amazon_reviews import AmazonReviews
from workbench.catalogs.importing.goodbooks import Goodbooks
from workbench.catalogs.importing.mind import Mind
from workbench.catalogs.importing.movielens import MovieLens
from workbench.catalogs.importing.protocol import About, Importer
from workbench.catalogs.importing.running import import_catalog
from workbench.catalogs.importing.sql import Sql
from workbench.catalogs.importing.table import Table
from workbench.catalogs.importing.tally import Summary

IMPORTERS: dict[str, type[Importer]] = {
    "movielens": MovieLens,
    "amazon-reviews": AmazonReviews,
    "mind": Mind,
    "goodbooks": Goodbooks,
    "amazon-games": AmazonGames,
    "table": Table,
    "sql": Sql,
}

__all__ = ["IMPORTERS", "About", "Importer", "Summary", "import_catalog"]
