"""Catalogs: their files in, checked and whole."""

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.loading import find_catalogs, load_catalog, load_qrels
from workbench.catalogs.typed import typed_case

__all__ = ["Catalog", "find_catalogs", "load_catalog", "load_qrels", "typed_case"]
