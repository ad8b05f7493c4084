"""The cases of a catalog, searched."""

from collections.abc import Collection

from workbench.catalogs.catalog import Catalog
from workbench.records import Case


def find_cases(catalog: Catalog, *, text: str = "", segments: Collection[str] = ()) -> tuple[Case, ...]:
    """Those that hold the text in id, user, description, note or a title of the history, whatever its case, and are of
    one of the segments; nothing asked is no filter."""
    wanted = text.casefold().strip()
    return tuple(
        case
        for case in catalog.cases
        if (not segments or case.segment in segments) and (not wanted or wanted in _text(case, catalog))
    )


def _text(case: Case, catalog: Catalog) -> str:
    titles = (catalog.titles[item_id] for item_id in case.history)
    return "\n".join((case.id, case.user, case.description, case.note, *titles)).casefold()
