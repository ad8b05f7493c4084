import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.store.store import Store


@pytest.fixture
def memo(database_url):
    store = Store(database_url)
    yield store.memo
    store.close()


def test_the_memo_is_a_mapping(memo):
    memo["a"] = [1.0, 2.5]
    memo["b"] = []
    memo["a"] = [3.0]
    assert dict(memo) == {"a": [3.0], "b": []}
    assert "a" in memo
    assert "c" not in memo
    del memo["a"]
    assert list(memo) == ["b"]
    assert len(memo) == 1


def test_a_missing_key_is_a_key_error(memo):
    with pytest.raises(KeyError):
        memo["a"]
    with pytest.raises(KeyError):
        del memo["a"]


def test_thousands_of_entries_go_in_and_out_at_once(memo):
    entries = {f"key {i}": [i / 3, -float(i)] for i in range(2500)}
    memo.put_many(entries)
    memo.put_many(entries)
    memo.put_many({})
    assert memo.get_many([*entries, "missing"]) == entries


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.floats()))
def test_every_float_keeps_its_bits(memo, numbers):
    memo["x"] = numbers
    assert len(memo["x"]) == len(numbers)
    assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(memo["x"], numbers, strict=True))
