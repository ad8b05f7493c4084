"""`workbench exemplars`, and what of a catalog the command line does that the page does: as typed."""

import io
import json
import sys
import zipfile

import pytest
from catalog_files import write_fruit
from test_cli_imports import run

TAKEN = "user_id,item_id,time\n" + "".join(f"u{u},{i}1,2026-01-0{n}\n" for u in (1, 2) for n, i in enumerate("abc", 1))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "data" / "catalogs"
    folder.mkdir(parents=True)
    write_fruit(folder, interactions_csv=TAKEN)
    return tmp_path


def listed(capsys, *more):
    capsys.readouterr()
    assert run("exemplars", "list", "fruit", "--json", *more) == 0
    return {e["id"]: e for e in json.loads(capsys.readouterr().out)}


def bring(tmp_path, *lines, more=()):
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run("exemplars", "import", "fruit", str(file), *more)


MINE = {"id": "m1", "description": "soft", "answer": ["b1"], "tags": ["new"]}


def test_exemplars_come_in_are_filtered_tagged_written_out_and_taken_away(home, capsys):
    assert bring(home, MINE, more=("--tag", "mine")) == 0
    assert listed(capsys)["m1"] == {**MINE, "tags": ["new", "mine"], "from": "by hand"}
    assert list(listed(capsys, "--from", "shipped")) == ["e1"]
    assert list(listed(capsys, "--tag", "mine")) == ["m1"]
    assert list(listed(capsys, "--text", "BANANA")) == ["m1"]
    assert run("exemplars", "tag", "fruit", "m1", "--add", "old", "--remove", "new") == 0
    assert listed(capsys)["m1"]["tags"] == ["mine", "old"]
    assert run("exemplars", "export", "fruit", str(home / "out.jsonl"), "--from", "by hand") == 0
    assert json.loads((home / "out.jsonl").read_text()) == {**MINE, "tags": ["mine", "old"]}
    assert run("exemplars", "remove", "fruit", "m1") == 0
    assert list(listed(capsys)) == ["e1"]


def test_a_second_import_replaces_and_says_so(home, capsys):
    bring(home, MINE)
    assert bring(home, {**MINE, "description": "softer"}, {**MINE, "id": "m2"}, more=("--json",)) == 0
    assert json.loads(capsys.readouterr().out) == {"added": 1, "replaced": 1}
    assert listed(capsys)["m1"]["description"] == "softer"


def test_a_file_with_a_problem_adds_nothing(home, capsys):
    assert bring(home, MINE, {"id": "e1", "description": "x", "answer": ["b1"]}, {"id": "m3", "answer": ["zz"]}) == 2
    told = capsys.readouterr().err
    assert "the catalog itself ships 'e1'" in told
    assert "no item 'zz'" in told
    assert list(listed(capsys)) == ["e1"]


def test_exemplars_are_read_from_stdin(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(MINE).encode())))
    assert run("exemplars", "import", "fruit", "-") == 0
    assert "m1" in listed(capsys)


def test_cases_and_interactions_become_exemplars(capsys):
    assert run("exemplars", "from-cases", "fruit", "k1") == 0
    assert run("exemplars", "from-interactions", "fruit", "--users", "1") == 0
    found = listed(capsys)
    assert [(e["id"], e["from"]) for e in found.values()] == [
        ("e1", "shipped"),
        ("case:k1", "case"),
        ("taken:u1:2", "interactions"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("remove", "fruit", "e1"), "'e1' ships with the catalog, and stays"),
        (("tag", "fruit", "m9", "--add", "x"), "'m9' is not there"),
        (("list", "fruit", "--from", "moon"), "one of shipped, by hand, case, interactions"),
        (("from-cases", "fruit", "k9"), "no case 'k9'"),
        (("import", "fruit", "nowhere.jsonl"), "there is no nowhere.jsonl"),
        (("list", "fruits"), "no catalog 'fruits'"),
    ],
)
def test_what_cannot_be_done_is_told(arguments, told, capsys):
    assert run("exemplars", *arguments) == 2
    assert told in capsys.readouterr().err


def test_catalogs_are_listed_with_what_is_in_them_broken_ones_too(home, capsys):
    broken = home / "data" / "catalogs" / "broken"
    broken.mkdir()
    (broken / "catalog.yaml").write_text("name: broken\n")
    assert run("catalogs", "list", "--json") == 0
    out, err = capsys.readouterr()
    found = {row["name"]: row for row in json.loads(out)}
    fruit = found["fruit"]
    assert (fruit["domain"], fruit["language"], fruit["items"], fruit["cases"]) == ("e-commerce", "en", 3, 1)
    assert (fruit["index"], fruit["state"], fruit["own"], found["movies"]["own"]) == ("none", "loads", "yes", "no")
    assert found["broken"]["state"] == "broken"
    assert found["broken"]["problems"]
    assert "broken: does not load" in err
    assert run("catalogs", "list") == 0
    assert "e-commerce" in capsys.readouterr().out


def test_a_catalog_is_renamed_with_its_exemplars_and_exported(home, capsys, monkeypatch):
    bring(home, MINE)
    assert run("catalogs", "rename", "fruit", "fruits") == 0
    assert run("exemplars", "list", "fruits") == 0
    assert "m1" in capsys.readouterr().out
    assert run("catalogs", "rename", "movies", "films") == 2
    monkeypatch.chdir(home)
    assert run("catalogs", "export", "fruits") == 0
    assert "fruits/items.csv" in zipfile.ZipFile(home / "fruits.zip").namelist()
