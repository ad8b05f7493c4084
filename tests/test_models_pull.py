"""`models pull ORG/NAME`: what is asked of the hub's own library, and what is said where there is no hub."""

import huggingface_hub
import pytest
from huggingface_hub import constants

from workbench.cli.main import main
from workbench.engine.loading import locate
from workbench.errors import ModelError
from workbench.paths import Paths
from workbench.retrieval.embedder import load_embedder
from workbench.variant import ModelSpec


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return Paths(data=tmp_path / "data", cache=tmp_path / "cache", shipped=tmp_path)


def pull(capsys, name):
    """Exit code, and all that was said on one line."""
    code = 0
    try:
        code = main(["models", "pull", name])
    except SystemExit as left:
        code = left.code or 0
    return code, " ".join("".join(capsys.readouterr()).split())


def test_a_name_with_a_slash_is_fetched_from_the_hub_weights_and_all(paths, tmp_path, monkeypatch, capsys):
    asked = []

    def snapshot_download(name, *, revision, allow_patterns):
        asked.append((name, revision, "*.safetensors" in allow_patterns))
        return str(tmp_path / "snapshot")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    code, said = pull(capsys, "org/name")
    assert (code, asked) == (0, [("org/name", None, True)])
    assert "org/name is in" in said
    locate(ModelSpec(id="org/name", revision="abc"), paths, weights=False)
    assert asked[1:] == [("org/name", "abc", False)]


def test_without_a_hub_it_says_what_could_not_be_had_and_what_there_is(paths, monkeypatch, capsys):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(paths.cache / "hub"))
    with pytest.raises(ModelError, match="could not be had from the Hugging Face hub — known embedded models: smollm2"):
        locate(ModelSpec(id="org/name"), paths)
    code, said = pull(capsys, "org/name")
    assert code == 2
    assert "'org/name' is no embedded model, no folder, and could not be had" in said
    assert "Traceback" not in said


def test_an_error_of_the_hub_without_words_is_told_by_its_kind(paths, monkeypatch):
    def snapshot_download(*_, **__):
        raise TimeoutError

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    with pytest.raises(ModelError, match="the hub said: TimeoutError"):
        locate(ModelSpec(id="org/name"), paths)


def test_an_embedder_that_cannot_be_had_says_so(paths, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="could not load embedder 'org/embedder'"):
        load_embedder("org/embedder", paths)
    with pytest.raises(ModelError, match="workbench models pull use-multilingual"):
        load_embedder("use-multilingual", paths)
