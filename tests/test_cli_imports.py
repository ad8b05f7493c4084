"""`workbench catalogs import|cases|show|remove`, as typed."""

import json

import pytest
from import_files import write_layout

from workbench.cli.main import main


def run(*arguments):
    try:
        return main(arguments)
    except SystemExit as done:
        return done.code


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))


def test_from_files_to_cases_to_gone(tmp_path, capsys):
    place = write_layout(tmp_path, "ml-latest")
    assert run("catalogs", "import", "movielens", str(place), "--name", "films", "--no-articles", "--json") == 0
    assert json.loads(capsys.readouterr().out)["kept"] == {"items": 2, "interactions": 2}
    options = ("-o", "min_history=1", "-o", "candidates=retrieved")
    assert run("catalogs", "cases", "films", *options, "--json") == 0
    assert json.loads(capsys.readouterr().out)["first case"] == "u7"
    assert run("catalogs", "show", "films", "--json") == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 1
    assert run("catalogs", "check", "films") == 0
    assert run("catalogs", "remove", "films", "--yes") == 0
    assert run("catalogs", "show", "films") == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("import", "movielens", "nowhere", "--name", "films"), "there is no nowhere"),
        (("cases", "shop"), "give --to shop-cases"),
        (("cases", "shop", "-o", "usres=3"), "unknown option 'usres'"),
        (("cases", "shop", "-o", "users=many"), "users = 'many'"),
        (("remove", "shop", "--yes"), "is not in your own folder"),
    ],
)
def test_what_cannot_be_done_is_told(arguments, told, capsys):
    assert run("catalogs", *arguments) == 2
    assert told in capsys.readouterr().err
