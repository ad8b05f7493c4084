"""Files of interactions with one row a line: read by columns where a block of lines is plain, else row by row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from workbench.catalogs.importing.protocol import Part, Piece, RawInteraction
from workbench.catalogs.importing.sources import Files, csv_lines, decoded, split_lines
from workbench.catalogs.importing.tally import Tally

KIND = "interactions"
LONGEST = 100_000
"""Bytes of a line beyond which Python's csv module refuses its cells."""
_STAND_IN = b"\x1f"
"""In place of a separator of two signs, which Arrow does not read."""


@dataclass(frozen=True, slots=True)
class Delimited:
    """Where a file has what. With a `width` it has neither header nor quotes but so many cells a line, and columns are
    their places; else columns go by the header, and one that is not there is empty."""

    name: str
    separator: str
    user: str | int
    item: str | int
    time: str | int
    rating: str | int
    width: int = 0
    encoding: str = "utf-8"
    text: Callable[[Any], str] = str
    """What is made of a cell before it is checked."""

    @property
    def columns(self) -> tuple[str | int, str | int, str | int, str | int]:
        return self.user, self.item, self.time, self.rating


def raw_rows(files: Files, spec: Delimited, tally: Tally) -> Iterator[RawInteraction]:
    """Row by row."""
    return _raws(spec, files.lines(spec.name, KIND, tally, encoding=spec.encoding), tally)


def parts(files: Files, spec: Delimited, tally: Tally) -> Iterator[Part]:
    """The same interactions, by columns where that reads them alike: in a block without quotes, of whole lines with
    the right number of cells. From the first quote on, a cell may hold a line break, and rows are read one by one."""
    blocks = files.blocks(spec.name, KIND, tally)
    header: list[str] | None = None

    def one_by_one(first: int, raws: list[bytes], later: Iterable[tuple[int, list[bytes]]]) -> Iterator[RawInteraction]:
        found = (
            decoded(start, some, spec.name, KIND, tally, encoding=spec.encoding)
            for start, some in chain([(first, raws)], later)
        )
        return _raws(spec, chain.from_iterable(found), tally, header)

    for first, raws in blocks:
        if not spec.width and header is None:
            header = _header(spec, raws[0])
            if header is None:
                yield one_by_one(first, raws, blocks)
                return
            first, raws = first + 1, raws[1:]
        content = b"".join(raws)
        if not spec.width and b'"' in content:
            yield one_by_one(first, raws, blocks)
            return
        yield _piece(spec, header, first, raws, content) or one_by_one(first, raws, ())


def _raws(
    spec: Delimited, lines: Iterator[tuple[int, str]], tally: Tally, header: list[str] | None = None
) -> Iterator[RawInteraction]:
    user, item, time, rating = spec.columns
    name, text = spec.name, spec.text
    for line, row in _cells(spec, lines, tally, header):
        yield RawInteraction(name, line, text(row[user]), text(row[item]), text(row[time]), text(row[rating]))


def _cells(
    spec: Delimited, lines: Iterator[tuple[int, str]], tally: Tally, header: list[str] | None
) -> Iterator[tuple[int, dict[str | int, str]]]:
    """Each row by what the columns of the file go by."""
    if spec.width:
        for line, cells in split_lines(lines, spec.name, spec.separator, spec.width, KIND, tally):
            yield line, dict(enumerate(cells))
    else:
        for line, row in csv_lines(lines, spec.name, spec.separator, KIND, tally, header):
            found = dict.fromkeys(spec.columns, "")
            found.update(row.items())
            yield line, found


def _header(spec: Delimited, raw: bytes) -> list[str] | None:
    """None where the first line is not so plain that its cells are what lies between separators."""
    try:
        text = raw.decode(spec.encoding).removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError:
        return None
    plain = text and not any(sign in text for sign in '"\r\0')
    return text.split(spec.separator) if plain else None


def _piece(spec: Delimited, header: list[str] | None, first: int, raws: list[bytes], content: bytes) -> Piece | None:
    """None where something in the block has to be told, or might be read otherwise row by row."""
    import pyarrow
    import pyarrow.csv

    if not raws or spec.encoding not in ("utf-8", "latin-1") or (first == 1 and content.startswith(b"\xef\xbb\xbf")):
        return None
    content = content.replace(b"\r\n", b"\n")
    strange = (b"\r", b"\0", b"\n\n", _STAND_IN)
    if content[:1] == b"\n" or any(sign in content for sign in strange) or max(map(len, raws)) > LONGEST:
        return None
    if not content.isascii():
        try:
            content = content.decode(spec.encoding).encode()
        except UnicodeDecodeError:
            return None
    separator = spec.separator
    if len(separator) > 1:
        content, separator = content.replace(separator.encode(), _STAND_IN), _STAND_IN.decode()
    width = spec.width or len(header or ())
    columns: Iterable[str | int] = header or range(width)
    places = {column: place for place, column in enumerate(columns)}
    texts = dict.fromkeys(map(str, range(width)), pyarrow.string())
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.py_buffer(content),
            pyarrow.csv.ReadOptions(column_names=[*texts], block_size=len(content) + 1, use_threads=False),
            pyarrow.csv.ParseOptions(delimiter=separator, quote_char=False, double_quote=False),
            pyarrow.csv.ConvertOptions(column_types=texts, strings_can_be_null=False),
        ).combine_chunks()
    except pyarrow.ArrowException:
        return None
    if len(table) != len(raws):
        return None
    empty = pyarrow.repeat("", len(raws))
    user, item, time, rating = (table.column(places[c]).chunk(0) if c in places else empty for c in spec.columns)
    return Piece(spec.name, first, user, item, time, rating, spec.text)
