"""The files of a catalog as rows: read strictly, each row with the line that an editor shows for it."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench.errors import Problem

MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column, and its line in the file (counted from 1)."""

    line: int
    cells: dict[str, Any]


def read_text(path: Path, problems: list[Problem]) -> str:
    """The text of a file, or "" with a problem: missing, too large, empty, or not UTF-8."""
    name = path.name
    if not path.is_file():
        problems.append(Problem("the file is missing", name, f"add {name}; docs/formats.md says what is in it"))
        return ""
    size = path.stat().st_size
    if size > MAX_BYTES:
        what = f"{size / 1e6:,.0f} MB, more than the {MAX_BYTES / 1e6:,.0f} MB that a text file may have"
        problems.append(Problem(what, name, "write large item files as Parquet, or split the catalog"))
        return ""
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.append(Problem(f"not readable: {error.strerror}", name, "check who may read the file"))
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{content[error.start]:02x} at offset {error.start} is not UTF-8"
        problems.append(Problem(what, name, "save the file as UTF-8", line=line))
        return ""
    if not text.strip():
        problems.append(Problem("the file is empty", name, "write at least one row, or take the file away"))
        return ""
    return text


def read_csv(path: Path, required: Sequence[str], optional: Sequence[str], problems: list[Problem]) -> list[Row]:
    """Rows of a CSV file with exactly the columns expected; wrong rows are reported and left out."""
    text = read_text(path, problems)
    if not text:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader)
        if wrong := list(_wrong_columns(path.name, header, required, optional)):
            problems.extend(wrong)
            return []
    except csv.Error as error:
        problems.append(_broken(path.name, error, 1))
        return []
    return list(_rows(path.name, reader, header, problems))


def _broken(name: str, error: csv.Error, line: int) -> Problem:
    return Problem(f"broken CSV: {error}", name, "check the quotes from this line on", line=line)


def _wrong_columns(name: str, header: list[str], required: Sequence[str], optional: Sequence[str]) -> Iterator[Problem]:
    for column in sorted({c for c in header if header.count(c) > 1}):
        yield Problem(f"column {column!r} is there twice", name, line=1)
    for column in required:
        if column not in header:
            yield Problem(f"column {column!r} is missing", name, f"found: {', '.join(header)}", line=1)
    for column in header:
        if column not in required and column not in optional:
            expected = [*required, *optional]
            near = get_close_matches(column, expected, n=1)
            fix = f"did you mean {near[0]!r}?" if near else f"expected: {', '.join(expected)}"
            yield Problem(f"unknown column {column!r}", name, fix, line=1)


def _rows(name: str, reader: Any, header: list[str], problems: list[Problem]) -> Iterator[Row]:
    # A quoted field may hold line breaks, so a row begins after the last line of the row before it.
    line = reader.line_num + 1
    try:
        for cells in reader:
            if not cells:
                pass  # a blank line
            elif len(cells) != len(header):
                fix = "quote a cell that holds a comma"
                problems.append(Problem(f"{len(cells)} cells, expected {len(header)}", name, fix, line=line))
            else:
                yield Row(line, dict(zip(header, cells, strict=True)))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(_broken(name, error, line))


def plain_csv(path: Path, required: Sequence[str], optional: Sequence[str]) -> Any:
    """A CSV file as an Arrow table of texts; None where it is not so plain that every reader reads it alike: a quote
    anywhere, other columns than expected, rows of other lengths, not UTF-8."""
    import pyarrow
    import pyarrow.csv

    content = path.read_bytes()
    header = content[: content.find(b"\n")].decode("utf-8-sig", errors="replace").strip().split(",")
    if b'"' in content or any(_wrong_columns(path.name, header, required, optional)):
        return None
    text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header, pyarrow.string()), strings_can_be_null=False)
    try:
        return pyarrow.csv.read_csv(pyarrow.py_buffer(content), convert_options=text)
    except pyarrow.ArrowException:
        return None


def read_parquet(path: Path, required: Sequence[str], problems: list[Problem]) -> list[Row]:
    """Rows of a Parquet file; `line` counts them from 1."""
    table = parquet_table(path, required, (), problems)
    return [] if table is None else [Row(number, row) for number, row in enumerate(table.to_pylist(), start=1)]


def parquet_table(path: Path, required: Sequence[str], optional: Sequence[str], problems: list[Problem]) -> Any:
    """An Arrow table with exactly the columns expected, or None with problems."""
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        problems.append(Problem(f"not readable as Parquet: {error}", path.name))
        return None
    if wrong := list(_wrong_columns(path.name, table.column_names, required, optional)):
        problems.extend(Problem(p.what, p.where, p.fix) for p in wrong)
        return None
    return table


def read_jsonl(path: Path, problems: list[Problem]) -> list[Row]:
    """One JSON object a line; blank lines are skipped, broken ones reported."""
    rows = []
    # Not splitlines(): a JSON text may hold other line separators, such as U+2028, as they are.
    for line, text in enumerate(read_text(path, problems).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
            json.dumps(value, ensure_ascii=False).encode()  # half a character, "\ud800", could be kept nowhere
        except (ValueError, RecursionError) as error:
            # json.JSONDecodeError, and what is raised at half characters and at numbers and nestings without end.
            what, column = getattr(error, "msg", error), getattr(error, "colno", None)
            fix = "one whole JSON object a line"
            problems.append(Problem(f"not JSON: {what}", path.name, fix, line=line, column=column))
            continue
        if isinstance(value, dict):
            rows.append(Row(line, value))
        else:
            problems.append(Problem(f"found {type(value).__name__}, expected an object", path.name, line=line))
    return rows
