"""What an import would make of the first rows, before it is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.catalogs.importing.protocol import Importer
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally

ROWS = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """The first items and interactions by column, and the attributes with their types."""

    items: Sequence[Mapping[str, Any]]
    interactions: Sequence[Mapping[str, Any]]
    attributes: Mapping[str, str]


def preview(importer: Importer, location: Path) -> Preview:
    """Raises CatalogError for what would make all of it unreadable."""
    files = Files(location)
    tally = Tally(lambda text, fraction: None, lambda: False)
    shape = importer.shape(files)
    items = list(islice(importer.items(files, tally), ROWS))
    interactions = islice(importer.interactions(files, tally, {item.id for item in items}), ROWS)
    return Preview(
        [{"id": i.id, "title": i.title, **{k: str(v or "") for k, v in i.attributes.items()}} for i in items],
        [{"user": i.user, "item": i.item, "time": i.time, "rating": str(i.rating or "")} for i in interactions],
        dict(shape.attributes),
    )
