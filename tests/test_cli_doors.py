"""Models, help, version and the start of the app, as typed."""

import json

import pytest

from workbench import __version__
from workbench.cli.main import main
from workbench.cli.serve import environment, streamlit_command
from workbench.engine.embedded import EMBEDDED
from workbench.engine.licensed import LICENSED


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Runs one command in a home of its own: (exit code, stdout, stderr)."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))

    def run(*command):
        try:
            code = main(list(command))
        except SystemExit as left:
            code = left.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_models_list_tells_what_is_there(bench):
    code, out, _ = bench("models", "list", "--json")
    found = json.loads(out)
    assert code == 0
    names = [*EMBEDDED, *LICENSED]
    assert [(m["name"], m["present"]) for m in found] == [(name, False) for name in names]
    assert all(name in bench("models", "list")[1] for name in names)


def test_an_unknown_model_is_not_pulled(bench):
    code, _, err = bench("models", "pull", "gpt-17")
    assert code == 2
    assert "unknown embedded model 'gpt-17'" in err


def test_the_version_is_printed(bench):
    assert bench("--version") == (0, f"workbench {__version__}\n", "")


def test_every_command_has_a_help(bench):
    commands = ["", "app", "rank", "catalogs check", "exemplars import", "templates check", "models pull"]
    for command in map(str.split, commands):
        code, out, _ = bench(*command, "--help")
        assert code == 0
        assert "Usage: workbench" in out


def test_the_app_serves_on_this_computer_only_and_counts_nothing():
    command = streamlit_command("127.0.0.1", 8501, headless=True)
    assert command[1:4] == ["-m", "streamlit", "run"]
    assert command[4].endswith("app.py")
    assert command[5:] == [
        "--server.address=127.0.0.1",
        "--server.port=8501",
        "--server.headless=true",
        "--server.showEmailPrompt=false",
        "--logger.hideWelcomeMessage=true",
        "--browser.gatherUsageStats=false",
    ]


def test_the_environment_keeps_what_the_user_has_set():
    assert environment({"TOKENIZERS_PARALLELISM": "true"}, offline=False)["TOKENIZERS_PARALLELISM"] == "true"
    assert "HF_HUB_OFFLINE" not in environment({}, offline=False)
    assert environment({"HF_HUB_OFFLINE": "0"}, offline=True)["HF_HUB_OFFLINE"] == "1"
