"""Vectors on disk: each text embedded once, whatever is changed, broken or killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_shop import Letters, shop

from workbench.retrieval import Embeddings

FRUIT = {"a": "red apple", "b": "yellow banana", "c": "red cherry", "d": "green apple"}


def test_vectors_are_computed_once_and_kept_for_the_next_start(tmp_path):
    first, second = Letters(), Letters()
    computed = Embeddings(lambda: first, tmp_path).of(["x", "xy"])
    again = Embeddings(lambda: second, tmp_path).of(["x", "xy"])
    assert (first.seen, second.seen) == ([["x", "xy"]], [])
    assert (computed == again).all()


def test_only_texts_that_were_never_seen_are_embedded_and_another_embedder_sees_all(tmp_path):
    embedder = Letters()
    embeddings = Embeddings(lambda: embedder, tmp_path)
    for texts in (["x", "y"], ["x", "z"], ["z", "x", "x"], ["x", "y"]):
        assert (embeddings.of(texts) == Letters().encode(texts)).all()
    assert embedder.seen == [["x", "y"], ["z"]]
    embedder.fingerprint = "letters of another version"
    embeddings.of(["x", "y"])
    assert embedder.seen[2:] == [["x", "y"]]


def test_changed_item_of_a_catalog_is_the_only_one_embedded_again(tmp_path):
    embedder = Letters()
    embeddings = Embeddings(lambda: embedder, tmp_path)
    embeddings.items(shop(**FRUIT))
    changed = embeddings.items(shop(**{**FRUIT, "b": "blue banana"}))
    assert embedder.seen == [[*FRUIT.values()], ["blue banana"]]
    assert (changed == Letters().encode(["red apple", "blue banana", "red cherry", "green apple"])).all()


@pytest.mark.parametrize("broken", ["empty", "garbage", "half a record", "cut header"])
def test_broken_file_is_computed_anew_and_mended(tmp_path, broken):
    texts = ["x", "xy", "y"]
    whole = Embeddings(Letters, tmp_path).of(texts).copy()
    (path,) = tmp_path.rglob("*.vectors")
    content = path.read_bytes()
    path.unlink()  # what was read is still mapped to the old file
    cut = {"empty": b"", "garbage": b"no vectors" * 99, "half a record": content[:-9], "cut header": content[:20]}
    path.write_bytes(cut[broken])
    assert (Embeddings(Letters, tmp_path).of(texts) == whole).all()
    assert path.read_bytes() == content


def test_progress_is_told_after_each_chunk_that_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.retrieval.embeddings.CHUNK", 2)
    told = []
    embeddings = Embeddings(Letters, tmp_path)
    embeddings.of(["a"])
    embeddings.of(["a", "b", "b", "c", "d"], on_embedded=lambda done, total: told.append((done, total)))
    assert told == [(2, 3), (3, 3)]


SLOWLY = """
import sys, time
from pathlib import Path
from small_shop import Letters
from workbench.retrieval import embeddings

class Slow(Letters):
    def encode(self, texts):
        time.sleep(0.05)
        return super().encode(texts)

embeddings.CHUNK = 1
embeddings.Embeddings(Slow, Path(sys.argv[1])).of(
    [f"{n:b}".replace("0", "a").replace("1", "b") for n in range(1000)],
    on_embedded=lambda done, total: print(done, flush=True),
)
"""


def test_killed_process_leaves_what_it_had_embedded(tmp_path):
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here}:{here.parent}"}
    command = [sys.executable, "-c", SLOWLY, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        told = 0
        while told < 5:
            told = int(process.stdout.readline())
        process.kill()
    embedder = Letters()
    texts = [f"{n:b}".replace("0", "a").replace("1", "b") for n in range(20)]
    assert (Embeddings(lambda: embedder, tmp_path).of(texts) == Letters().encode(texts)).all()
    assert 0 < sum(map(len, embedder.seen)) <= 20 - told


def test_without_a_cache_nothing_is_written_and_the_query_never_is(tmp_path):
    Embeddings(Letters, None).of(["x"])
    assert Embeddings(Letters, tmp_path).query("x")[23] == 1.0
    assert list(tmp_path.rglob("*")) == []
