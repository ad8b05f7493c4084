"""A folder becomes a Catalog, whole or not at all, with every problem of every file reported at once."""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workbench.catalogs import files, rows
from workbench.catalogs.catalog import Catalog, Hints, nearest
from workbench.catalogs.columns import as_columns
from workbench.catalogs.interactions import read_interactions
from workbench.catalogs.meta import CatalogMeta
from workbench.catalogs.placing import undisturbed
from workbench.catalogs.relations import read_relations
from workbench.errors import CatalogError, Problem
from workbench.records import Exemplar, Item, Qrels

QREL_COLUMNS = ("case_id", "item_id", "grade")
LISTED = 50
"""More problems than this are counted, not listed."""
_GRADE = re.compile(r"[0-9]{1,3}")


def find_catalogs(folders: Sequence[Path]) -> dict[str, Path]:
    """Name -> folder of every catalog below the given folders; the first of a name wins. Reads no items."""
    found: dict[str, Path] = {}
    for parent in folders:
        with undisturbed(parent):
            files = sorted(parent.glob("[!.]*/catalog.yaml"))
        for file in files:
            found.setdefault(file.parent.name, file.parent)
    return dict(sorted(found.items()))


def load_catalog(folder: Path) -> Catalog:
    """Read and check everything but the truth. Raises CatalogError with every problem."""
    problems: list[Problem] = []
    meta = read_meta(folder / "catalog.yaml", problems)
    if meta is None:
        raise CatalogError(*_listed(problems))
    before = len(problems)
    source = _item_rows(folder, meta, problems)
    whole = len(problems) == before
    items = rows.items(source, meta, problems)
    # Where rows of items could not be read, whatever names them would be reported as well, and wrongly.
    known = {item.id for item in items} if whole else None
    read = rows.Reader(known, problems)
    interactions = read_interactions(folder, known, read, problems)
    relations = read_relations(folder, meta, known, problems)
    cases = read.cases(folder / "cases.jsonl")
    exemplars = read.exemplars(folder / "exemplars.jsonl")
    if problems:
        raise CatalogError(*_listed(problems))
    said: list[Any] = [meta.name, meta.title, meta.domain, meta.language, meta.noun, meta.popularity]
    said += [[[r.item, r.name, r.target] for r in relations]] if relations else []
    fingerprint = _fingerprint([said, items, exemplars, interactions])
    return Catalog(meta, items, cases, exemplars, interactions, fingerprint, folder, relations)


def load_qrels(folder: Path, catalog: Catalog) -> Qrels:
    """Case id -> item id -> grade; {} where the catalog holds no truth. Raises CatalogError with every problem."""
    path = folder / "qrels.csv"
    if not path.is_file():
        return {}
    problems: list[Problem] = []
    cases = {case.id: case for case in catalog.cases}
    near_cases, near_items = Hints(cases), Hints(catalog.titles)
    truth: dict[str, dict[str, int]] = {}
    for row in files.read_csv(path, QREL_COLUMNS, (), problems):
        case_id, item_id, grade = (row.cells[column].strip() for column in QREL_COLUMNS)

        def wrong(column: str, what: str, fix: str = "", line: int = row.line) -> None:
            problems.append(Problem(what, f"{path.name}, column {column}", fix, line=line))

        if case_id not in cases:
            wrong("case_id", f"no case {case_id!r} in this catalog", near_cases.nearest(case_id))
        elif item_id in cases[case_id].history:
            wrong("item_id", f"{item_id!r} is in the history of case {case_id!r}", "what was taken can't be the answer")
        if item_id not in catalog.titles:
            wrong("item_id", f"no item {item_id!r} in this catalog", near_items.nearest(item_id))
        if not _GRADE.fullmatch(grade):
            wrong("grade", f"found {grade!r}", "expected a whole number from 0 to 999")
        elif item_id in truth.get(case_id, {}):
            wrong("item_id", f"{item_id!r} is graded twice for case {case_id!r}")
        else:
            truth.setdefault(case_id, {})[item_id] = int(grade)
    if problems:
        raise CatalogError(*_listed(problems))
    return truth


def read_meta(path: Path, problems: list[Problem]) -> CatalogMeta | None:
    """What catalog.yaml says; None with problems where it is wrong."""
    text = files.read_text(path, problems)
    if not text:
        return None
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date that is none. RecursionError: brackets without end.
        mark = getattr(error, "problem_mark", None)
        what = f"not YAML: {getattr(error, 'problem', None) or error}"
        problems.append(Problem(what, path.name, line=mark.line + 1 if mark else None))
        return None
    try:
        meta = CatalogMeta.model_validate(content)
    except ValidationError as error:
        document = yaml.compose(text)
        problems.extend(_meta_problem(path.name, detail, _line(document, detail["loc"])) for detail in error.errors())
        return None
    for key, name in meta.unknown_names():
        hint, line = nearest(name, [*meta.attributes]), _line(yaml.compose(text), (key,))
        problems.append(Problem(f"{name!r} is no attribute", f"{path.name}, {key}", hint, line=line))
    if meta.name != path.parent.name:
        what, line = f"name {meta.name!r} in a folder called {path.parent.name!r}", _line(yaml.compose(text), ("name",))
        problems.append(Problem(what, path.name, "make them one", line=line))
    return meta


def _meta_problem(file: str, detail: Any, line: int | None) -> Problem:
    key = ".".join(str(part) for part in detail["loc"]) or "the file"
    if detail["type"] == "extra_forbidden":
        return Problem(f"unknown key {key!r}", file, nearest(key, list(CatalogMeta.model_fields)), line=line)
    if detail["type"] == "missing":
        return Problem(f"key {key!r} is missing", file)
    return Problem(f"{key}: found {detail['input']!r}", file, str(detail["msg"]), line=line)


def _line(node: yaml.Node | None, location: Sequence[int | str]) -> int | None:
    """The line of a key, given by the keys on the way to it; None where the file has no such key."""
    line = None
    for key in location:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
        line = next((name.start_mark.line + 1 for name, _ in pairs if name.value == key), None)
    return line


def _item_rows(folder: Path, meta: CatalogMeta, problems: list[Problem]) -> tuple[str, list[files.Row]]:
    columns = [meta.columns.id, meta.columns.title, *meta.attributes]
    table, parquet = folder / "items.csv", folder / "items.parquet"
    if parquet.is_file():
        if table.is_file():
            problems.append(Problem("items.csv and items.parquet are both there", folder.name, "keep one"))
        return parquet.name, files.read_parquet(parquet, columns, problems)
    return table.name, files.read_csv(table, columns, (), problems)


def _fingerprint(content: list[Any]) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, Item):
            return [value.id, value.title, value.text, dict(value.attributes)]
        said = [getattr(value, name) for name in value.__slots__]
        return said[:-1] if isinstance(value, Exemplar) and not value.time else said

    *others, interactions = content
    text = json.dumps(others, default=plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.removesuffix("]").encode() + b",[")
    # Interactions are many: they are written some thousand at a time, to the same bytes.
    for number, some in enumerate(as_columns(interactions).json_rows()):
        digest.update(b"," * (number > 0) + some.encode())
    digest.update(b"]]")
    return digest.hexdigest()


def _listed(problems: list[Problem]) -> list[Problem]:
    more = len(problems) - LISTED
    return problems if more <= 0 else [*problems[:LISTED], Problem(f"and {more:,} more problems")]
