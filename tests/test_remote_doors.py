"""A model on a server, from the page, the command line and a bundle."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from openai_server import MODEL, Faults, serving
from pages import (
    ScriptedWorkshop,
    column,
    finished,
    fruit,
    loaded,
    opened,
    said,
    save_draft,
    served,
    stored_draft,
    variant,
)
from remote_pair import SERVER
from test_bundle import BUNDLE, FakeWorkshop, ranking

from workbench.bundle import differences, write_bundle
from workbench.cli.main import main
from workbench.engine.protocol import Sampling
from workbench.engine.remote_address import UNVERIFIED, parse_address
from workbench.engine.remote_tokenizer import EstimatedTokenizer
from workbench.errors import ModelError
from workbench.paths import Paths
from workbench.store.store import Store
from workbench.variant import Choice, ModelSpec
from workbench.workshop import Workshop

ELSEWHERE = "https://models.example.com/v1#big"
KEY = "sk-never-to-be-kept"


class Estimating(ScriptedWorkshop):
    """As on a page whose server has no tokenizer to ask."""

    def tokenizer(self, spec):
        return EstimatedTokenizer(1 << 20)


@pytest.fixture
def base():
    SERVER.faults = Faults()
    with serving(SERVER) as address:
        yield address


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Runs one command over a home of its own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*command):
        try:
            code = main(list(command))
        except SystemExit as left:
            code = left.code or 0
        return (code, *capsys.readouterr())

    return run


def at_server(base, **fields):
    return variant("A", model=ModelSpec(id=f"{base}#{MODEL}"), **fields)


def test_the_page_says_where_prompts_go_and_that_tokens_are_estimated(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch, workshop=Estimating):
        fruit(tmp_path)
        save_draft(variant("A", model=ModelSpec(id=ELSEWHERE)))
        at = opened()
        assert not at.exception
        assert "leave this machine: they are sent to models.example.com" in said(at.warning)
        assert "about **10** tokens, estimated" in said(at.caption)
        assert "`WORKBENCH_API_KEY_MODELS_EXAMPLE_COM`" in said(at.caption)


def test_a_server_of_this_machine_needs_no_warning_and_is_tried_from_the_page(tmp_path, monkeypatch, base):
    with served(tmp_path, monkeypatch, workshop=Workshop):
        fruit(tmp_path)
        save_draft(at_server(base))
        at = loaded(opened())
        assert "leave this machine" not in said(at.warning)
        at.button(key="A.model.try").click().run()
        assert not at.exception
        assert "check: **write text**" in said(at.markdown)
        assert "check: **score texts**: 8 tokens" in said(at.markdown)


def test_choosing_a_server_lets_go_of_what_only_a_local_model_has(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch):
        fruit(tmp_path)
        save_draft(variant("A", model=ModelSpec(dtype="float32", device="cpu")))
        at = opened()
        picker = at.selectbox(key="A.model.id")
        picker.options.append(ELSEWHERE)  # as if typed in
        picker.set_value(ELSEWHERE).run()
        assert stored_draft().variants[0].model == ModelSpec(id=ELSEWHERE)


def test_a_run_ranks_with_the_server_and_keeps_no_key(tmp_path, monkeypatch, base):
    SERVER.faults.key = KEY
    monkeypatch.setenv(parse_address(f"{base}#x").key_name, KEY)
    with served(tmp_path, monkeypatch, workshop=Workshop):
        fruit(tmp_path)
        save_draft(at_server(base))
        at = opened()
        at.button(key="run").click().run()
        at = finished(at)
        assert not at.exception
        assert sorted(column(at, "Ranked list A", "title")) == ["Apple", "Cherry", "Date", "Elderberry"]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in kept
    assert base.encode() in kept


def test_the_command_line_ranks_with_a_server(tmp_path, bench, base):
    fruit(tmp_path)
    (tmp_path / "mine.j2").write_text(
        "---\nname: mine\nmethod: likelihood\n---\nThey liked {{ user.description }}. Next:"
    )
    given = ("--template", str(tmp_path / "mine.j2"), "--catalog", "fruit", "--case", "k1", "--retriever", "popularity")
    code, out, err = bench("rank", *given, "--model", f"{base}#{MODEL}", "--json")
    assert code == 0, err
    model = json.loads(out)["ranking"]["model"]
    assert model["weights_sha256"] == UNVERIFIED
    SERVER.faults.shifted = True
    code, _, err = bench("rank", *given, "--model", f"{base}#{MODEL}")
    assert (code, "can't be believed" in err) == (2, True)


def test_the_command_line_lists_and_tries_a_servers_models(bench, base, monkeypatch):
    code, out, _ = bench("models", "list", "--server", base)
    assert (code, f"{base}#{MODEL}" in out) == (0, True)
    assert [entry["id"] for entry in json.loads(bench("models", "list", "--server", base, "--json")[1])] == [
        MODEL,
        "other",
    ]
    code, out, _ = bench("models", "check", f"{base}#{MODEL}", "--json")
    assert code == 0
    assert [(a["name"], a["problem"]) for a in json.loads(out)] == [("write text", ""), ("score texts", "")]
    SERVER.faults.no_logprobs = True
    code, out, _ = bench("models", "check", f"{base}#{MODEL}")
    assert (code, "no log-probabilities" in out) == (1, True)
    SERVER.faults = Faults(key=KEY)
    code, _, err = bench("models", "list", "--server", base)
    assert (code, "asks for a key" in err) == (2, True)
    monkeypatch.setenv(parse_address(f"{base}#x").key_name, KEY)
    assert bench("models", "list", "--server", base)[0] == 0


def test_a_key_is_not_sent_to_another_host(tmp_path, base):
    others = {"WORKBENCH_API_KEY": KEY, "WORKBENCH_API_KEY_API_EXAMPLE_COM": KEY}
    workshop = Workshop(Paths(tmp_path, tmp_path, tmp_path), environment=others)
    workshop.engine(ModelSpec(id=f"{base}#{MODEL}")).generate("a", Sampling(max_tokens=1))
    assert not any("Authorization" in headers for headers in SERVER.faults.headers)


def test_what_a_server_scored_for_anybody_does_not_reach_the_disk(tmp_path, base):
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    fruit(tmp_path)
    workshop = Workshop(Paths(tmp_path / "data", tmp_path, tmp_path), store)
    calibrated = at_server(base, method=Choice(name="likelihood", options={"normalisation": "calibrated"}))
    case = workshop.catalog("fruit").case("k1")
    workshop.recommend(calibrated, "fruit", case)
    first = len(SERVER.faults.asked)
    workshop.recommend(calibrated, "fruit", case)
    # Four titles behind the prompt; those behind the content-free one are known for as long as the process lives.
    assert len(SERVER.faults.asked) - first == 4
    assert len(store.memo) == 0
    store.close()


def test_a_dead_server_is_not_asked_at_each_redraw(tmp_path, base):
    SERVER.faults.fail = [401, 401]
    workshop = Workshop(Paths(tmp_path, tmp_path, tmp_path))
    for _ in range(3):
        with pytest.raises(ModelError, match="asks for a key"):
            workshop.tokenizer(ModelSpec(id=f"{base}#{MODEL}"))
    assert len(SERVER.faults.asked) == 1


def test_a_bundle_says_that_weights_on_a_server_cannot_be_verified():
    model = replace(BUNDLE.model, weights_sha256=UNVERIFIED)
    there = replace(BUNDLE, model=model)
    with zipfile.ZipFile(io.BytesIO(write_bundle(there))) as archive:
        assert json.loads(archive.read("manifest.json"))["model"]["weights_sha256"] == UNVERIFIED
        assert f"weights {UNVERIFIED}" in archive.read("README.md").decode()
    found = differences(there, FakeWorkshop(ranking(1.0), model=model))
    assert found == ("model smollm2 is on a server: its weights can't be verified",)
