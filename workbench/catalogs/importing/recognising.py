"""Which importer the files at a place are for, and what the catalog could be called."""

from collections.abc import Mapping
from pathlib import Path

from workbench.catalogs.importing.protocol import Importer
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally
from workbench.errors import CatalogError

FALLBACK = "table"


def recognise(location: Path, importers: Mapping[str, type[Importer]]) -> str:
    """The first importer that finds its files and an item in them; `table` where none does. Raises CatalogError where
    there is nothing at that place."""
    files = Files(location)
    unheard = Tally(lambda text, fraction: None, lambda: False)
    for name, kind in importers.items():
        if name == FALLBACK or not kind.needs_path:
            continue
        try:
            importer = kind()
            importer.shape(files)
            if next(importer.items(files, unheard), None) is not None:
                return name
        except CatalogError:
            continue
    return FALLBACK


def suggested_name(location: Path) -> str:
    """A catalog's name made of that of the folder or file."""
    stem = location.name.split(".")[0].lower()
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in stem).split("-")
    return "-".join(word for word in words if word)[:40]
