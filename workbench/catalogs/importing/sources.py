"""The files of an import: a folder, a zip or one file, plain or gzipped, read line by line."""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import IO, Any

from workbench.catalogs.importing.tally import Tally
from workbench.errors import CatalogError, Problem

FIRST_LINES, BLOCK_LINES, BLOCK_BYTES = 1_000, 50_000, 4_000_000
"""What is read at once: so many lines at first, then as many as make so many bytes."""


class Files:
    """The files at a place, by their names. `fraction` is how much of the file at work has been read."""

    def __init__(self, location: Path) -> None:
        if not location.exists():
            raise CatalogError(Problem(f"there is no {location}", "path", "give a folder, a zip or a file"))
        self.location = location
        self._zip = zipfile.ZipFile(location) if zipfile.is_zipfile(location) else None
        self._raw: IO[bytes] | None = None
        self._size = 1

    @property
    def fraction(self) -> float:
        return min(1.0, self._raw.tell() / self._size) if self._raw and not self._raw.closed else 0.0

    def names(self) -> list[str]:
        if self._zip:
            return [i.filename for i in self._zip.infolist() if not i.is_dir()]
        if self.location.is_file():
            return [self.location.name]
        found = [*self.location.glob("*"), *self.location.glob("*/*")]
        return sorted(p.relative_to(self.location).as_posix() for p in found if p.is_file())

    def first(self, *patterns: str) -> str | None:
        """The first file whose name is like one of the patterns, those in front preferred."""
        names = self.names()
        return next((n for p in patterns for n in names if fnmatch(n.rsplit("/", 1)[-1].lower(), p.lower())), None)

    def need(self, *patterns: str) -> str:
        found = self.first(*patterns)
        if found is None:
            names = ", ".join(self.names()[:12]) or "no files"
            raise CatalogError(Problem(f"no file like {' or '.join(patterns)}", str(self.location), f"found: {names}"))
        return found

    def path(self, name: str) -> Path | None:
        """Where the file lies, None inside of a zip. One that is named beside a single file counts."""
        if self._zip:
            return None
        folder = self.location if self.location.is_dir() else self.location.parent
        return folder / name

    def open(self, name: str) -> IO[bytes]:
        if self._zip:
            try:
                self._size = self._zip.getinfo(name).file_size or 1
            except KeyError:
                raise CatalogError(Problem(f"no file {name!r}", str(self.location))) from None
            self._raw = self._zip.open(name)
        else:
            path = self.path(name)
            assert path is not None
            try:
                self._raw, self._size = path.open("rb"), path.stat().st_size or 1
            except OSError as error:
                raise CatalogError(Problem(f"not readable: {error.strerror}", str(path))) from error
        return io.BufferedReader(gzip.GzipFile(fileobj=self._raw)) if name.endswith(".gz") else self._raw

    def lines(self, name: str, kind: str, tally: Tally, *, encoding: str = "utf-8") -> Iterator[tuple[int, str]]:
        """Lines with their numbers, without their ends; one that is not in the encoding is dropped."""
        for first, raws in self.blocks(name, kind, tally):
            yield from decoded(first, raws, name, kind, tally, encoding=encoding)

    def blocks(self, name: str, kind: str, tally: Tally) -> Iterator[tuple[int, list[bytes]]]:
        """Some thousand lines at a time with the number of the first, as many as are a few MB. A file that breaks off
        ends there, and is told."""
        number, wanted = 0, FIRST_LINES
        broken: Exception | None = None
        with self.open(name) as file:
            while broken is None:
                raws: list[bytes] = []
                try:
                    raws.extend(islice(file, wanted))
                except (EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
                    broken = error  # the lines before that were read
                if raws:
                    yield number + 1, raws
                number += len(raws)
                if broken:
                    tally.drop(kind, f"the file breaks off: {broken}", name, number)
                elif len(raws) < wanted:
                    return
                else:
                    wanted = max(1, min(BLOCK_LINES, wanted * BLOCK_BYTES // sum(map(len, raws))))


def decoded(
    first: int, raws: Sequence[bytes], name: str, kind: str, tally: Tally, *, encoding: str = "utf-8"
) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without their ends; one that is not in the encoding is dropped."""
    for number, raw in enumerate(raws, start=first):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            tally.drop(kind, f"not {encoding}", name, number, raw)
            continue
        yield number, (text.removeprefix("\ufeff") if number == 1 else text).rstrip("\r\n")


def split_rows(
    files: Files, name: str, separator: str, columns: int, kind: str, tally: Tally, *, encoding: str = "utf-8"
) -> Iterator[tuple[int, list[str]]]:
    """Rows of a file without quotes; one with another number of cells is dropped, a blank line skipped."""
    return split_lines(files.lines(name, kind, tally, encoding=encoding), name, separator, columns, kind, tally)


def split_lines(
    lines: Iterator[tuple[int, str]], name: str, separator: str, columns: int, kind: str, tally: Tally
) -> Iterator[tuple[int, list[str]]]:
    for line, text in lines:
        cells = text.split(separator)
        if len(cells) == columns:
            yield line, cells
        elif text.strip():
            tally.drop(kind, f"other than {columns} cells", name, line, text)


def csv_rows(
    files: Files, name: str, kind: str, tally: Tally, *, separator: str = ",", encoding: str = "utf-8"
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a file with a header and quotes, by column."""
    return csv_lines(files.lines(name, kind, tally, encoding=encoding), name, separator, kind, tally)


def csv_lines(
    lines: Iterator[tuple[int, str]],
    name: str,
    separator: str,
    kind: str,
    tally: Tally,
    header: Sequence[str] | None = None,
) -> Iterator[tuple[int, dict[str, str]]]:
    """`header` is that of the file where the lines begin after it."""
    line = 0  # where the row at work begins: a quoted cell may hold line breaks, and lines may be dropped between rows

    def texts() -> Iterator[str]:
        nonlocal line
        for number, text in lines:
            line = line or number
            yield f"{text}\n"

    reader = csv.reader(texts(), delimiter=separator, strict=True)
    while True:
        line = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tally.drop(kind, f"broken quotes ({error})", name, line)
            continue
        if header is None:
            header = cells
        elif len(cells) == len(header):
            yield line, dict(zip(header, cells, strict=True))
        elif cells:
            tally.drop(kind, f"other than {len(header)} cells", name, line, separator.join(cells))


def json_rows(files: Files, name: str, kind: str, tally: Tally) -> Iterator[tuple[int, dict[str, Any]]]:
    """One object a line. Lines written as Python literals, as the 2014 Amazon metadata has them, are read as well."""
    import ast

    for line, text in files.lines(name, kind, tally):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            try:
                value = ast.literal_eval(text) if text.startswith("{'") else None
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                value = None
        if isinstance(value, dict):
            yield line, value
        else:
            tally.drop(kind, "not a JSON object", name, line, text)
