"""Interactions: by columns as row by row, from CSV as from Parquet, and what was known when a case was asked."""

from dataclasses import replace

import pytest
from catalog_files import META, write_fruit
from hypothesis import given
from hypothesis import strategies as st
from small_shop import shop

from workbench.catalogs import interactions, load_catalog
from workbench.errors import CatalogError
from workbench.exemplars.guard import leakage_guard
from workbench.records import Case, Exemplar, Interaction

HEADER = "user_id,item_id,time,rating\n"


def loaded(folder, monkeypatch, *, by_columns):
    """The interactions, or what is wrong with them, one by one."""
    monkeypatch.setattr(interactions, "BY_COLUMNS", 0 if by_columns else 10**9)
    try:
        return load_catalog(folder).interactions
    except CatalogError as error:
        return error.problems


@pytest.mark.parametrize(
    "rows",
    [
        "u1,a1,2026-03-01,4.5\nu2,c1,2026-03-01T18:30:00Z,\n",
        " u1 , a1,2026-03-01 ,4\n\nu1,a1,,\n",
        "u1,a1,2026-03-01,4.5\r\nu2,b1,2026-03-01,1\r\n",
        '"u,1",a1,2026-03-01,4.5\n',
        "u1,z9,2026-03-01,4.5\nu1,a1,soon,good\n,a1,2026-03-01,\n",
        "u1,a1,2026-03-01\nu1,a1,2026-03-01,inf\n",
        "u1,a1,2026-03-01,true\n",
        "",
    ],
)
def test_what_is_read_and_what_is_wrong_is_the_same_by_columns_as_row_by_row(tmp_path, monkeypatch, rows):
    folder = write_fruit(tmp_path, interactions_csv=HEADER + rows)
    assert loaded(folder, monkeypatch, by_columns=True) == loaded(folder, monkeypatch, by_columns=False)


CELL = st.sampled_from(["", "u1", "a1", "c1", " a1", "2026-03-01", "2026-03-01T10:00:00+02:00", "nan", "3", '"', "é"])


@given(st.lists(st.lists(CELL, min_size=3, max_size=5).map(",".join), max_size=5))
def test_by_columns_is_row_by_row_for_any_cells(tmp_path_factory, rows):
    folder = write_fruit(tmp_path_factory.mktemp("any"), interactions_csv=HEADER + "\n".join(rows))
    with pytest.MonkeyPatch.context() as monkeypatch:
        fast = loaded(folder, monkeypatch, by_columns=True)
        assert fast == loaded(folder, monkeypatch, by_columns=False)


def write_parquet(folder, **columns):
    import pyarrow
    import pyarrow.parquet

    (folder / "interactions.csv").unlink(missing_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "interactions.parquet")
    return folder


TEXTS = {"user_id": ["u1", "u1"], "item_id": ["a1", "c1"], "time": ["2026-03-01", ""], "rating": [4.5, None]}


def test_parquet_gives_what_csv_gives_and_the_same_fingerprint(tmp_path):
    as_text = load_catalog(write_fruit(tmp_path, interactions_csv=HEADER + "u1,a1,2026-03-01,4.5\nu1,c1,,\n"))
    as_parquet = load_catalog(write_parquet(as_text.folder, **TEXTS))
    assert as_parquet.interactions == (Interaction("u1", "a1", "2026-03-01", 4.5), Interaction("u1", "c1", "", None))
    assert (as_parquet.interactions, as_parquet.fingerprint) == (as_text.interactions, as_text.fingerprint)


def test_parquet_may_hold_numbers_and_moments(tmp_path):
    from datetime import datetime

    moments = [datetime(2026, 3, 1, 18, 30), None]
    folder = write_parquet(write_fruit(tmp_path), user_id=[1, 2], item_id=["a1", "c1"], time=moments)
    assert load_catalog(folder).interactions == (
        Interaction("1", "a1", "2026-03-01T18:30:00"),
        Interaction("2", "c1", ""),
    )


def test_wrong_cells_of_parquet_are_told_with_row_and_column(tmp_path):
    folder = write_parquet(
        write_fruit(tmp_path), **{**TEXTS, "user_id": ["", "u1"], "item_id": ["a1", "a2"], "time": ["", "soon"]}
    )
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    assert [str(p).split(" — ")[0] for p in caught.value.problems] == [
        "interactions.parquet, column user_id, line 1: the user is empty",
        "interactions.parquet, column item_id, line 2: no item 'a2' in this catalog",
        "interactions.parquet, column time, line 2: found 'soon'",
    ]


def test_two_files_of_interactions_and_a_missing_column_are_told(tmp_path):
    folder = write_parquet(write_fruit(tmp_path), user_id=["u1"], item_id=["a1"])
    (folder / "interactions.csv").write_text(HEADER)
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    assert [p.what for p in caught.value.problems] == [
        "interactions.csv and interactions.parquet are both there",
        "column 'time' is missing",
    ]


DAYS = [("u", "a", "2026-01-01"), ("v", "a", "2026-01-02"), ("v", "b", "2026-01-03"), ("w", "c", "")]


def dated(rows=DAYS):
    plain = shop(a="Apple", b="Banana", c="Cherry")
    return replace(plain, interactions=tuple(Interaction(*row) for row in rows), fingerprint=repr(rows))


@pytest.mark.parametrize(
    ("case", "counts"),
    [
        (Case("k"), [2, 1, 1]),
        (Case("k", time="2026-01-03"), [2, 0, 1]),
        (Case("k", time="2026-01-02"), [1, 0, 1]),
        (Case("k", time="2026-01-02T01:00:00+02:00"), [1, 0, 1]),
        (Case("k", user="v"), [1, 0, 1]),
        (Case("k", user="u", time="2026-01-02"), [0, 0, 1]),
    ],
)
def test_popularity_counts_what_others_took_before_the_case(case, counts):
    assert list(dated().popularity_for(case).values()) == counts


def test_an_attribute_of_popularity_has_no_time(tmp_path):
    by_price = META.replace("describe", "popularity: price\ndescribe")
    catalog = load_catalog(write_fruit(tmp_path, catalog_yaml=by_price))
    assert catalog.popularity_for(Case("k", time="1999-01-01", user="u1")) == catalog.popularity


@pytest.mark.parametrize(
    ("solved", "asked", "shown"),
    [("2026-02-01", "2026-02-01", False), ("2026-02-01", "2026-02-02", True), ("", "2026-02-01", True)],
)
def test_an_exemplar_from_the_future_is_not_shown(solved, asked, shown):
    exemplar = Exemplar("e", description="d", answer=("a",), time=solved)
    reason = leakage_guard(Case("k", description="x", time=asked), frozenset())(exemplar)
    assert (reason == "") is shown
