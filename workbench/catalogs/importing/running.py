"""One import: rows are checked, written to Parquet as they come, and the folder is put in its place at the end."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workbench.catalogs.importing.protocol import About, Importer, Piece, RawInteraction, Shape
from workbench.catalogs.importing.screening import Screen
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import EVERY, Summary, Tally
from workbench.catalogs.meta import CatalogMeta
from workbench.catalogs.placing import placed
from workbench.catalogs.rows import CONVERT
from workbench.errors import CatalogError, Problem, raise_all

BATCH = 50_000
"""Rows in memory at once."""
ITEMS_SHARE, INTERACTIONS_SHARE = 0.3, 0.65
"""Of the progress bar."""


def import_catalog(
    importer: Importer,
    location: Path,
    parent: Path,
    name: str,
    about: About,
    *,
    replace: bool = False,
    on_progress: Callable[[str, float], None] = lambda text, fraction: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Summary:
    """Make the catalog `parent/name`. Raises CatalogError for what makes all of it unreadable, and Cancelled; a row
    that is wrong is dropped, counted and told in the summary. Whatever happens, no half catalog is left."""
    started = time.monotonic()
    files = Files(location)
    tally = Tally(on_progress, cancel)
    shape = importer.shape(files)
    meta = _meta(name, about, shape)
    with placed(parent, name, replace=replace) as folder:
        (folder / "catalog.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False), "utf-8")
        known = _write_items(folder, importer, files, shape, tally)
        if not known:
            raise CatalogError(Problem("no item could be kept", str(location)), *tally.problems)
        _write_interactions(folder, importer, files, known, tally)
        _write_cases(folder, importer, files, known, tally)
        seconds = round(time.monotonic() - started, 2)
        kept = dict(tally.kept)
        summary = Summary(name, str(parent / name), kept, tally.dropped, tuple(tally.problems), seconds)
        (folder / "import.json").write_text(json.dumps(asdict(summary), ensure_ascii=False, indent=1), "utf-8")
    on_progress("done", 1.0)
    return summary


def _meta(name: str, about: About, shape: Shape) -> dict[str, Any]:
    said = {"name": name, **asdict(about), "origin": "real"}
    meta = {**said, "attributes": dict(shape.attributes), "describe": shape.describe}
    try:
        CatalogMeta.model_validate(meta)
    except ValidationError as error:
        problems = [Problem(f"found {e['input']!r}", str(e["loc"][0]), str(e["msg"])) for e in error.errors()]
        raise_all(CatalogError, problems)
    return meta


def _write_items(folder: Path, importer: Importer, files: Files, shape: Shape, tally: Tally) -> set[str]:
    import pyarrow

    types: dict[str, Any] = {
        "text": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "list": pyarrow.list_(pyarrow.string()),
    }
    columns = {"item_id": types["text"], "title": types["text"]}
    schema = pyarrow.schema({**columns, **{name: types[kind] for name, kind in shape.attributes.items()}})
    known: set[str] = set()
    with _Writer(folder / "items.parquet", schema) as writer:
        for n, raw in enumerate(importer.items(files, tally)):
            if n % EVERY == 0:
                tally.at("items", ITEMS_SHARE * files.fraction)
            item_id, title = raw.id.strip(), " ".join(raw.title.split())
            if not item_id or not title or item_id in known:
                reason = (
                    "the id is empty" if not item_id else "the title is empty" if not title else "the id is there twice"
                )
                tally.drop("items", reason, raw.where, raw.line, item_id or title)
                continue
            values = []
            for name, kind in shape.attributes.items():
                values.append(_cell(raw.attributes.get(name), kind, name, raw.where, raw.line, tally))
            known.add(item_id)
            writer.row((item_id, title, *values))
            tally.kept["items"] += 1
    return known


def _cell(value: Any, kind: Any, name: str, where: str, line: int, tally: Tally) -> Any:
    """The value in its type; one that is not of it is left empty, and counted."""
    empty: list[str] | None = [] if kind == "list" else None
    if isinstance(value, str):
        value = value.strip()
    if value is None or value in ("", []):
        return empty
    try:
        found = CONVERT[kind](value)
        if kind == "integer" and not -(2**63) <= found < 2**63:  # type: ignore[operator]
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        tally.drop("cells", f"{name} is not of type {kind}, left empty", where, line, value)
        return empty
    return list(found) if isinstance(found, tuple) else found


def _write_interactions(folder: Path, importer: Importer, files: Files, known: set[str], tally: Tally) -> None:
    import pyarrow

    text = pyarrow.string()
    schema = pyarrow.schema({"user_id": text, "item_id": text, "time": text, "rating": pyarrow.float64()})
    path = folder / "interactions.parquet"
    screen = Screen(importer.time, known, tally)
    tally.kept["interactions"] = 0

    def told() -> None:
        tally.at("interactions", ITEMS_SHARE + INTERACTIONS_SHARE * files.fraction)

    def counted(raws: Iterator[RawInteraction]) -> Iterator[RawInteraction]:
        for n, raw in enumerate(raws, start=1):
            if n % EVERY == 0:
                told()
            yield raw

    with _Writer(path, schema) as writer:
        for part in importer.parts(files, tally, known):
            told()
            if isinstance(part, Piece):
                columns = screen.columns(part)
                writer.columns(columns)
                tally.kept["interactions"] += len(columns[0])
                continue
            for row in screen.rows(counted(part)):
                writer.row(row)
                tally.kept["interactions"] += 1
    if not tally.kept["interactions"]:
        path.unlink()


def _write_cases(folder: Path, importer: Importer, files: Files, known: set[str], tally: Tally) -> None:
    from workbench.catalogs.case_files import write_cases

    cases, truth, seen = [], {}, set()
    for solved in importer.cases(files, tally, known):
        case = solved.case
        unknown = [i for i in (*case.history, *case.candidates, *solved.grades) if i not in known]
        if unknown or case.id in seen:
            reason = "an item of it is not among those kept" if unknown else "the id is there twice"
            tally.drop("cases", reason, solved.where, solved.line, unknown[0] if unknown else case.id)
            continue
        seen.add(case.id)
        cases.append(case)
        truth[case.id] = solved.grades
    if cases:
        write_cases(folder, cases, truth, ())
        tally.kept["cases"] = len(cases)


class _Writer:
    """Takes rows or columns in their order, and writes rows some thousand at a time."""

    def __init__(self, path: Path, schema: Any) -> None:
        import pyarrow.parquet

        self._schema, self._rows = schema, list[tuple[Any, ...]]()
        self._file: Any = pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
        self._file.close()

    def row(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) == BATCH:
            self._flush()

    def columns(self, arrays: Sequence[Any]) -> None:
        import pyarrow

        self._flush()
        if len(arrays[0]):
            self._file.write_batch(pyarrow.record_batch(arrays, schema=self._schema))

    def _flush(self) -> None:
        import pyarrow

        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pyarrow.array(c, type=field.type) for c, field in zip(columns, self._schema, strict=True)]
            self._file.write_batch(pyarrow.record_batch(arrays, schema=self._schema))
            self._rows.clear()
