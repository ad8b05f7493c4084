"""`relations.csv`: what is known between an item and another item, or between it and a value."""

from collections.abc import Collection
from pathlib import Path

from workbench.catalogs import files
from workbench.catalogs.catalog import Hints, nearest
from workbench.catalogs.meta import CatalogMeta
from workbench.errors import Problem
from workbench.records import Relation

COLUMNS = ("item_id", "relation", "target")


def read_relations(
    folder: Path, meta: CatalogMeta, known: Collection[str] | None, problems: list[Problem]
) -> tuple[Relation, ...]:
    """The relations in the order of the file; () where there is no file. Without `known` item ids none is looked up."""
    path = folder / "relations.csv"
    if not path.is_file():
        if meta.relations:
            fix = "write it, or take `relations` out of catalog.yaml"
            problems.append(Problem(f"relations are named, and there is no {path.name}", folder.name, fix))
        return ()
    near = Hints(known or ())
    found: dict[Relation, None] = {}
    for row in files.read_csv(path, COLUMNS, (), problems):
        item, name, target = (row.cells[column].strip() for column in COLUMNS)

        def wrong(column: str, what: str, fix: str = "", line: int = row.line) -> None:
            problems.append(Problem(what, f"{path.name}, column {column}", fix, line=line))

        if name not in meta.relations:
            fix = nearest(name, list(meta.relations)) or "name it under `relations` in catalog.yaml"
            wrong("relation", f"no relation {name!r} in catalog.yaml", fix)
        if not target:
            wrong("target", "it is empty")
        ends = {"item_id": item, **({"target": target} if meta.relations.get(name) == "items" else {})}
        for column, end in ends.items():
            if known is not None and end not in known:
                wrong(column, f"no item {end!r} in this catalog", near.nearest(end))
        relation = Relation(item, name, target)
        if relation in found:
            wrong("target", f"{item!r} {name} {target!r} is there twice")
        found[relation] = None
    return tuple(found)
