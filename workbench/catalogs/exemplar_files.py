"""Exemplars read from JSONL text and written to it: whole or not at all, with every problem at once."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from workbench.catalogs import rows
from workbench.catalogs.catalog import Catalog
from workbench.errors import CatalogError, Problem, raise_all
from workbench.records import Exemplar
from workbench.variant import NAME_LENGTH


def read_exemplars(content: bytes, catalog: Catalog, *, shipped: frozenset[str], name: str) -> tuple[Exemplar, ...]:
    """The exemplars of a JSONL file called `name`, for that catalog. Raises CatalogError with every problem: broken
    lines, unknown keys and items, ids that are there twice or that the catalog itself ships or that are too long."""
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exemplars.jsonl"
        path.write_bytes(content)
        found = rows.Reader(set(catalog.titles), problems).exemplars(path)
    for exemplar in found:
        if exemplar.id in shipped:
            fix = "choose another id: what a catalog ships is not written over"
            problems.append(Problem(f"the catalog itself ships {exemplar.id!r}", "exemplars.jsonl", fix))
        if len(exemplar.id) > NAME_LENGTH:
            what, fix = f"an id of {len(exemplar.id)} characters: {exemplar.id[:40]!r}…", f"write at most {NAME_LENGTH}"
            problems.append(Problem(what, "exemplars.jsonl", fix))
    named = [Problem(p.what, p.where.replace("exemplars.jsonl", name, 1), p.fix, p.line, p.column) for p in problems]
    raise_all(CatalogError, named)
    return found


def write_exemplars(exemplars: Iterable[Exemplar]) -> str:
    """One object a line, empty fields left out, as `exemplars.jsonl` of a catalog holds them."""
    return "".join(json.dumps(plain_exemplar(e), ensure_ascii=False) + "\n" for e in exemplars)


def plain_exemplar(exemplar: Exemplar) -> dict[str, object]:
    values = {key: getattr(exemplar, key) for key in rows.EXEMPLAR_KEYS}
    return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items() if v}
