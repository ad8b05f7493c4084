"""Interactions read by columns are those read row by row, whatever is wrong with the file, and so is what is told."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from import_files import write_layout

from workbench.catalogs import load_catalog
from workbench.catalogs.importing import IMPORTERS, import_catalog, sources
from workbench.catalogs.importing.plain import Plain
from workbench.catalogs.importing.protocol import Piece
from workbench.catalogs.importing.sources import Files
from workbench.catalogs.importing.tally import Tally
from workbench.errors import CatalogError

COMMA = [
    b"7,1,4.0,964982703",
    b"8,2,,964982704",
    b"8,1,5,",
    b"9,1,3,00964982703",
    b"7,1,good,964982703",
    b"7,99,4,964982703",
    b",1,4,964982703",
    b",99,soon,soon",
    b"7,1,4",
    b"7,1,4,1,1",
    b"7,\xff,4,1",
    b"7,1,4,soon",
    b"7,1,4,964982703123",
    b"7,1,4,1.5",
    b"7,1,4,-5",
    b"7,1,nan,5",
    b" 7 , 1 ,4,5",
    b'"7",1,4,964982703',
    b'"7\n7",1,4,964982703',
    b'7,"1,4,964982703',
    b"7\r,1,4,5",
    b"7\x00,1,4,5",
    b"7\x1f,1,4,5",
    "é,1,4,5".encode(),
    b"",
    b"   ",
    b"7,1,4,2026-03-01T10:00:00+02:00",
]
ENDS = [b"\n", b"\n", b"\n", b"\r\n"]
KINDS = {
    "ml-latest": ("movielens", "ratings.csv", b",", b"userId,movieId,rating,timestamp"),
    "ml-1m": ("movielens", "ratings.dat", b"::", None),
    "ml-100k": ("movielens", "u.data", b"\t", None),
    "goodbooks": ("goodbooks", "ratings.csv", b",", b"user_id,book_id,rating,more"),
    "table": ("table", "interactions.csv", b",", b"user_id,item_id,rating,time"),
}


def one_by_one(kind):
    """The same importer without its way of reading by columns."""
    return type("OneByOne", (kind,), {"__slots__": (), "parts": Plain.parts})


def outcome(kind, place, **options):
    importer = kind(**options)
    with TemporaryDirectory() as home:
        try:
            done = import_catalog(importer, place, Path(home), "mine", importer.about)
        except CatalogError as error:
            return error.problems
        return list(load_catalog(Path(home) / "mine").interactions), done.kept, set(done.dropped), done.problems


@pytest.mark.parametrize("layout", KINDS)
@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.tuples(st.sampled_from(COMMA), st.sampled_from(ENDS)), max_size=14),
    mark=st.booleans(),
    packed=st.booleans(),
)
def test_a_broken_file_comes_in_alike_by_columns_and_row_by_row(layout, lines, mark, packed):
    kind, name, separator, header = KINDS[layout]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "FIRST_LINES", 3)
        patch.setattr(sources, "BLOCK_LINES", 3)
        place = write_layout(Path(folder), layout)
        content = b"".join(line.replace(b",", separator) + end for line, end in lines)
        content = (b"\xef\xbb\xbf" if mark else b"") + (header + b"\n" if header else b"") + content
        (place / name).write_bytes(content)
        options = {}
        if packed and kind == "table":
            (place / name).unlink()
            (place / f"{name}.gz").write_bytes(gzip.compress(content))
            options["interactions_file"] = f"{name}.gz"
        assert outcome(IMPORTERS[kind], place, **options) == outcome(one_by_one(IMPORTERS[kind]), place, **options)


def test_a_plain_file_is_read_by_columns_and_one_with_quotes_from_there_on_row_by_row(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "FIRST_LINES", 3)
    monkeypatch.setattr(sources, "BLOCK_LINES", 3)
    place = write_layout(tmp_path, "ml-latest")
    lines = ["userId,movieId,rating,timestamp", *(f"{n},1,4.0,{n}" for n in range(10))]
    lines[5] = '4,"1",4.0,4'
    (place / "ratings.csv").write_text("\n".join(lines))

    def parts():
        tally = Tally(lambda text, fraction: None, lambda: False)
        found = IMPORTERS["movielens"]().parts(Files(place), tally, {"1"})
        return ["columns" if isinstance(part, Piece) else len(list(part)) for part in found]

    assert parts() == ["columns", 8]
    (place / "ratings.csv").write_text("\n".join(lines).replace('"', ""))
    assert set(parts()) == {"columns"}


def test_parquet_comes_in_alike_by_columns_and_row_by_row(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\n1,One\n2,Two\n")
    table = pyarrow.table(
        {
            "user_id": [7, 7, None, 8, 9],
            "item_id": ["1", "2", "1", " 1 ", "3"],
            "time": pyarrow.array([1, 10**12, 3, None, 5], pyarrow.int64()),
            "rating": [4.0, float("nan"), 1.0, None, 2.0],
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "interactions.parquet")
    by_columns = outcome(IMPORTERS["table"], tmp_path)
    assert by_columns == outcome(one_by_one(IMPORTERS["table"]), tmp_path)
    assert [(i.user, i.item, i.time, i.rating) for i in by_columns[0]] == [
        ("7", "1", "1970-01-01T00:00:01", 4.0),
        ("8", "1", "", None),
    ]
    assert [p.line for p in by_columns[3]] == [2, 3, 5]


def test_a_packed_file_that_breaks_off_keeps_the_rows_before_that_and_tells(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\n1,One\n")
    rows = "".join(f"{n},1,{n}\n" for n in range(5000))
    whole = gzip.compress(("user_id,item_id,time\n" + rows).encode())
    (tmp_path / "interactions.csv.gz").write_bytes(whole[: len(whole) // 2])
    interactions, kept, dropped, problems = outcome(IMPORTERS["table"], tmp_path)
    assert 0 < kept["interactions"] < 5000
    assert [i.user for i in interactions] == [str(n) for n in range(len(interactions))]
    assert any("the file breaks off" in d.reason for d in dropped)
    assert any("the file breaks off" in p.what for p in problems)
