"""`catalogs` and `templates` of the command line, on files."""

import json

import pytest

from workbench.cli.arguments import Names, read_choices
from workbench.cli.main import main
from workbench.errors import VariantError

CATALOG = """\
name: fruit
title: Fruit
domain: e-commerce
language: en
noun: fruit
licence: CC0-1.0
origin: hand-made
source: This test.
columns: {id: item_id, title: title}
attributes: {price: number}
describe: "{title}[ for {price}]."
"""
ITEMS = "item_id,title,price\na,Apple,1.5\nb,Banana,\n"
GOOD = "---\nname: good\ndescription: A good one.\n---\n{% for m in history %}{{ m.title }}\n{% endfor %}"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "data"


@pytest.fixture
def bench(home, capsys):
    """Runs one command: (exit code, stdout, stderr)."""

    def run(*command):
        try:
            code = main(list(command))
        except SystemExit as left:
            code = left.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def fruit(home):
    folder = home / "catalogs" / "fruit"
    folder.mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "items.csv").write_text(ITEMS)
    (folder / "cases.jsonl").write_text('{"id": "c1", "history": ["a"], "segment": "short history"}\n')
    (folder / "qrels.csv").write_text("case_id,item_id,grade\nc1,b,3\n")
    return folder


def test_a_good_catalog_checks_out(bench, fruit):
    code, out, err = bench("catalogs", "check", "fruit")
    assert code == 0
    assert out.split("\n")[3].split() == ["fruit", "yes", "2", "1", "0", "1"]
    assert err == "1 checked, nothing wrong\n"


def test_a_catalog_is_checked_by_its_folder(bench, fruit):
    assert bench("catalogs", "check", str(fruit))[0] == 0


def test_a_bad_catalog_exits_with_1_and_every_problem(bench, fruit):
    (fruit / "items.csv").write_text("item_id,title,price\na,Apple,1.5\na,,cheap\n")
    code, out, err = bench("catalogs", "check", "fruit")
    assert code == 1
    assert out.split("\n")[3].split() == ["fruit", "NO", "–", "–", "–", "–"]
    assert len(err.splitlines()) >= 3
    assert all(line.startswith("error: fruit/items.csv") for line in err.splitlines())


def test_a_bad_catalog_tells_json(bench, fruit):
    (fruit / "items.csv").write_text("item_id,title,price\na,,1.5\n")
    code, out, _ = bench("catalogs", "check", "fruit", "--json")
    (report,) = json.loads(out)
    assert (code, report["name"], report["ok"], report["items"]) == (1, "fruit", False, None)
    assert {"what", "where", "fix", "line", "column"} == set(report["problems"][0])


def test_an_unknown_catalog_exits_with_2(bench, fruit):
    code, _, err = bench("catalogs", "check", "fruits")
    assert code == 2
    assert err.startswith("error: catalogs: no catalog 'fruits'")


def test_a_good_template_checks_out(bench, tmp_path):
    (tmp_path / "good.j2").write_text(GOOD)
    code, out, err = bench("templates", "check", str(tmp_path / "good.j2"))
    assert (code, err) == (0, "1 checked, nothing wrong\n")
    assert out.split("\n")[3].split() == ["good", "yes"]


def test_a_bad_template_exits_with_1_and_the_nearest_name(bench, tmp_path):
    (tmp_path / "bad.j2").write_text(GOOD.replace("in history", "in histroy"))
    code, out, err = bench("templates", "check", str(tmp_path / "bad.j2"))
    assert code == 1
    assert out.split("\n")[3].split() == ["bad", "NO"]
    assert "histroy" in err
    assert "did you mean `history`?" in err
    assert "line 5" in err


def test_a_bad_template_tells_json(bench, tmp_path):
    (tmp_path / "bad.j2").write_text("{% for %}")
    code, out, _ = bench("templates", "check", str(tmp_path / "bad.j2"), "--json")
    (report,) = json.loads(out)
    assert (code, report["name"], report["ok"]) == (1, "bad", False)
    assert report["problems"][0]["line"] == 1


def test_an_unknown_template_exits_with_2(bench):
    code, _, err = bench("templates", "check", "zero-shot-histroy")
    assert code == 2
    assert "there is no template 'zero-shot-histroy'" in err


def test_templates_are_listed_broken_ones_too(bench, home):
    (home / "templates").mkdir(parents=True)
    (home / "templates" / "good.j2").write_text(GOOD)
    (home / "templates" / "bad.j2").write_text("{% for %}")
    code, out, _ = bench("templates", "list", "--json")
    found = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert found["good"]["description"] == "A good one."
    assert found["bad"]["description"].startswith("can't be parsed")


def test_all_shipped_catalogs_and_templates_are_right(bench):
    assert bench("catalogs", "check")[0] == 0
    assert bench("templates", "check")[0] == 0


NAMES = Names(method="generation", retriever="hybrid", exemplars="nearest", fusion="none")


def test_settings_go_to_the_part_that_they_name_with_the_type_of_their_option():
    found = read_choices(NAMES, ["retriever.weight=0.25", "exemplars.n=2", "exemplars.locked=ex1, ex2"])
    assert found["retriever"].model_dump() == {"name": "hybrid", "options": {"weight": 0.25}}
    assert found["exemplars"].model_dump() == {"name": "nearest", "options": {"n": 2, "locked": ["ex1", "ex2"]}}
    assert found["method"].model_dump() == {"name": "generation", "options": {}}


def test_an_unknown_setting_is_left_for_the_check_of_the_whole_variant():
    assert read_choices(NAMES, ["retriever.what=a=b"])["retriever"].options == {"what": "a=b"}


def test_every_setting_that_can_not_be_read_is_named():
    with pytest.raises(VariantError) as caught:
        read_choices(NAMES, ["broken", "prompt.x=1", "=1", "exemplars.n=two"])
    assert [p.what for p in caught.value.problems] == [
        "can't read the option 'broken'",
        "can't read the option 'prompt.x=1'",
        "can't read the option '=1'",
        "exemplars.n = 'two'",
    ]
