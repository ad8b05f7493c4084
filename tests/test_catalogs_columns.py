"""Interactions by columns are the same interactions: as records, as JSON, by user, in time."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.catalogs.columns import CHUNK, Column, Interactions, Taken, as_columns
from workbench.catalogs.timeline import plain_times, seconds, times_of
from workbench.records import Interaction

TIMES = ["", "2026-03-01", "2026-03-01T18:30:00", "2026-03-01T10:00:00+02:00"]
ROWS = st.lists(
    st.builds(
        Interaction,
        st.sampled_from(["u1", "u2", 'u"3', "ü\n4"]),
        st.sampled_from(["a", "b", "c\\"]),
        st.sampled_from(TIMES),
        st.sampled_from([None, 1.0, 4.5]),
    )
)


@settings(deadline=None)
@given(ROWS)
def test_columns_give_back_the_rows_and_their_json(rows):
    columns = as_columns(rows)
    assert columns == rows
    assert list(columns) == rows
    assert columns[:2] == tuple(rows[:2])
    assert [columns[n] for n in range(len(rows))] == rows
    plain = [(i.user, i.item, i.time, i.rating) for i in rows]
    expected = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    assert f"[{','.join(columns.json_rows())}]" == expected


@settings(deadline=None)
@given(ROWS)
def test_what_users_took_is_what_sorting_the_rows_gives(rows):
    expected = {}
    for row in sorted(rows, key=lambda i: seconds(i.time)):
        expected.setdefault(row.user, []).append(row)
    columns = as_columns(rows)
    taken = Taken(columns, times_of(columns))
    assert list(taken) == sorted(expected)
    assert {user: list(found) for user, found in taken.items()} == expected


@pytest.mark.parametrize(
    ("texts", "all_plain"),
    [
        (["2026-03-01T18:30:00", "1999-12-31T00:00:00"], True),
        (["2026-03-01T18:30:00", "2026-02-31T00:00:00"], False),
        (["2026-03-01T18:30:00", "2026-03-01"], False),
        (["2026-03-01 18:30:00"], False),
        (["2026-03-01T10:00+02"], False),
        (["0000-03-01T10:00:00"], False),
        ([], False),
    ],
)
def test_times_written_alike_are_read_at_once_and_alike(texts, all_plain):
    found = plain_times(texts)
    assert (found is not None) is all_plain
    assert found is None or found.tolist() == [seconds(text) for text in texts]


def test_more_rows_than_are_looked_at_together_are_all_there():
    import numpy

    n = CHUNK + 3
    zeros = numpy.zeros(n, dtype=numpy.int64)
    columns = Interactions(
        Column(("u",), zeros),
        Column(tuple(map(str, range(n))), numpy.arange(n)),
        Column(("",), zeros),
        Column((None,), zeros),
    )
    assert sum(1 for _ in columns) == n
    assert columns[n - 1] == Interaction("u", str(n - 1), "", None)
    assert len(json.loads(f"[{','.join(columns.json_rows())}]")) == n


def test_columns_are_equal_to_no_text_and_to_no_other_rows():
    columns = as_columns([Interaction("u", "a", "", None)])
    assert columns != "u"
    assert columns != [Interaction("u", "b", "", None)]
    assert columns != []
