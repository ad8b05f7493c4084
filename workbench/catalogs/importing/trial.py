"""The beginning of an import, run for real into a folder that goes again: what would come out, and what is wrong."""

import tempfile
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from workbench.catalogs.catalog import Catalog
from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import About, Importer, RawInteraction, RawItem, Shape, Solved
from workbench.catalogs.importing.running import import_catalog
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Summary, Tally
from workbench.catalogs.loading import load_catalog

ITEMS, INTERACTIONS = 1_000, 2_000
"""Rows that a trial reads."""
LOOKED_AT = 20_000
"""Interactions among which those of the items read are looked for."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`catalog` is what the rows read would become. `whole` says that all items were read."""

    catalog: Catalog
    summary: Summary
    whole: bool


def run_trial(importer: Importer, location: Path) -> Trial:
    """Raises CatalogError for what would make all of it unreadable."""
    beginning = _Beginning(importer)
    with tempfile.TemporaryDirectory() as folder:
        summary = import_catalog(beginning, location, Path(folder), "trial", importer.about)
        return Trial(load_catalog(Path(folder) / "trial"), summary, beginning.whole)


class _Beginning(Plain):
    """Implements `Importer`: the first rows of another one."""

    summary: ClassVar[str] = "The first rows of another importer."
    about: ClassVar[About] = About("Trial", "e-commerce")
    needs_path: ClassVar[bool] = True

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self.whole = True

    def shape(self, files: Files) -> Shape:
        return self._importer.shape(files)

    def items(self, files: Files, tally: Tally) -> Iterator[RawItem]:
        rows = self._importer.items(files, tally)
        yield from islice(rows, ITEMS)
        self.whole = next(rows, None) is None

    def interactions(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[RawInteraction]:
        rows = islice(self._importer.interactions(files, tally, known), LOOKED_AT)
        # What names an item that was not read is no fault of its row.
        return islice((row for row in rows if self.whole or row.item in known), INTERACTIONS)

    def time(self, text: str) -> str:
        return self._importer.time(text)

    def cases(self, files: Files, tally: Tally, known: Set[str]) -> Iterator[Solved]:
        return iter(()) if not self.whole else islice(self._importer.cases(files, tally, known), INTERACTIONS)
