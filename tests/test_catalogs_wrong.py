"""What is wrong in a catalog is said with its place, all at once."""

import json

import pytest
from catalog_files import CASE, EXEMPLAR, ITEMS, META, PARQUET, write_fruit, write_fruit_parquet

from workbench.catalogs import files, load_catalog, load_qrels, rows
from workbench.catalogs.catalog import HINTED
from workbench.catalogs.meta import CatalogMeta
from workbench.errors import CatalogError


def problems(folder, **content):
    with pytest.raises(CatalogError) as caught:
        load_catalog(write_fruit(folder, **content))
    return list(caught.value.problems)


def the_problem(folder, **content):
    (problem,) = problems(folder, **content)
    return str(problem)


def qrels_problems(folder, text):
    folder = write_fruit(folder, qrels_csv=text)
    with pytest.raises(CatalogError) as caught:
        load_qrels(folder, load_catalog(folder))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("item_id,title,year,price,ripe\na1,Apple,,,\n", "items.csv, line 1: column 'tags' is missing"),
        (ITEMS.replace("tags\n", "tags,colour\n", 1), "items.csv, line 1: unknown column 'colour'"),
        (ITEMS.replace("tags\n", "tags,tags\n", 1), "items.csv, line 1: column 'tags' is there twice"),
        (ITEMS.replace("b1", "a1"), "items.csv, column item_id, line 3: id 'a1' is there twice, first in line 2"),
        (ITEMS.replace("b1", ""), "items.csv, column item_id, line 3: the id is empty"),
        (ITEMS.replace("Banana", " "), "items.csv, column title, line 3: the title of 'b1' is empty"),
        (ITEMS.replace("Banana", '"Ba\nnana"'), "items.csv, column title, line 3: the title of 'b1' holds a line"),
        (ITEMS.replace("1999", "199x"), "items.csv, column year, line 4: found '199x' — expected a whole number"),
        (ITEMS.replace("1.5", "nan"), "items.csv, column price, line 2: found 'nan' — expected a number"),
        (ITEMS.replace("no", "nope"), "items.csv, column ripe, line 3: found 'nope' — expected true or false"),
        (ITEMS.replace("Apple", "Apple, red"), "items.csv, line 2: 7 cells, expected 6 — quote a cell"),
        (ITEMS.replace("Banana", '"Banana'), "items.csv, line 3: broken CSV"),
        (ITEMS.encode("utf-8").replace(b"Cherry", b"Ch\xe9rry"), "items.csv, line 4: byte 0xe9"),
        ("\ufeff \n", "items.csv: the file is empty"),
        ("", "items.csv: the file is empty"),
        ("item_id,title,year,price,ripe,tags\n", "items.csv: there are no items"),
        (None, "items.csv: the file is missing"),
    ],
)
def test_a_wrong_items_file_is_one_error_with_its_place(tmp_path, text, said):
    content = {"cases_jsonl": None, "exemplars_jsonl": None, "interactions_csv": None}
    assert the_problem(tmp_path, items_csv=text, **content).startswith(said)


@pytest.mark.parametrize("text", ["item_id,title\na1,Apple\n", '"', None, ITEMS.replace("Apple", "Apple, red")])
def test_items_that_could_not_be_read_are_not_missed_elsewhere(tmp_path, text):
    assert {p.where for p in problems(tmp_path, items_csv=text)} == {"items.csv"}


def test_a_cell_with_line_breaks_keeps_the_lines_right(tmp_path):
    items = ITEMS.replace("red|round", '"red|\nround\n"').replace("1999", "x")
    assert the_problem(tmp_path, items_csv=items).startswith("items.csv, column year, line 6: found 'x'")


def test_a_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    folder = write_fruit(tmp_path, items_csv=ITEMS + "x" * 3_000_000)
    monkeypatch.setattr(files, "MAX_BYTES", 2_000_000)
    with pytest.raises(CatalogError, match=r"items\.csv: 3 MB, more than the 2 MB"):
        load_catalog(folder)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("noun", "nuon", "catalog.yaml, line 5: unknown key 'nuon' — did you mean noun?"),
        ("licence: CC0-1.0\n", "", "catalog.yaml: key 'licence' is missing"),
        ("e-commerce", "shops", "catalog.yaml, line 3: domain: found 'shops'"),
        ("language: en", "language: no", "catalog.yaml, line 4: language: found False"),
        ("year: integer", "year: int", "catalog.yaml, line 9: attributes.year: found 'int'"),
        ("year: integer", "text: text", "catalog.yaml, line 8: attributes: found {'text': 'text'"),
        ("({year})", "({yaer})", "catalog.yaml, describe, line 13: 'yaer' is no attribute — did you mean year?"),
        ("name: fruit", "name: fruits", "catalog.yaml, line 1: name 'fruits' in a folder called 'fruit'"),
        ("title: Fruit", "title: [", "catalog.yaml, line 4: not YAML"),
        ("title: Fruit", "title: 2026-02-31", "catalog.yaml: not YAML: day is out of range"),
        ("title: Fruit", "title: \x01", "catalog.yaml: not YAML"),
    ],
)
def test_a_wrong_catalog_yaml_is_one_error_with_its_place(tmp_path, old, new, said):
    assert the_problem(tmp_path, catalog_yaml=META.replace(old, new)).startswith(said)


@pytest.mark.parametrize("text", ["# nothing", "- a", "fruit"])
def test_a_catalog_yaml_that_is_no_mapping_is_one_error(tmp_path, text):
    assert the_problem(tmp_path, catalog_yaml=text).startswith("catalog.yaml: the file: found")


CASE_TEXT = json.dumps(CASE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cases.jsonl, line 1: not JSON"),
        (f"{CASE_TEXT}\n\n{{'id'}}", "cases.jsonl, line 3: not JSON"),
        ("[1]", "cases.jsonl, line 1: found list, expected an object"),
        ("[" * 100_000, "cases.jsonl, line 1: not JSON"),
        (CASE_TEXT.replace('"red"', '"\\ud800"'), "cases.jsonl, line 1: not JSON"),
        (CASE_TEXT.replace("segment", "segmnet"), "cases.jsonl, k1, segmnet, line 1: unknown key 'segmnet' — did you"),
        (CASE_TEXT.replace('["b1"]', '"b1"'), "cases.jsonl, k1, history, line 1: found 'b1' — expected a list"),
        (CASE_TEXT.replace('"red"', "5"), "cases.jsonl, k1, description, line 1: found 5 — expected text"),
        (CASE_TEXT.replace("b1", "b2"), "cases.jsonl, k1, history, line 1: no item 'b2' in this catalog — did you"),
        (f"{CASE_TEXT}\n{CASE_TEXT}", "cases.jsonl, k1, id, line 2: 'k1' is there twice, first in line 1"),
        ('{"id": "k1", "segment": "s"}', "cases.jsonl, k1, description, line 1: neither description nor history"),
        (CASE_TEXT[:-1] + ', "time": "March"}', "cases.jsonl, k1, time, line 1: found 'March' — expected ISO 8601"),
        ('{"description": "red", "segment": "s"}', "cases.jsonl, no id, id, line 1: missing or empty"),
    ],
)
def test_a_wrong_case_is_said_with_its_place(tmp_path, text, said):
    assert str(problems(tmp_path, cases_jsonl=text)[0]).startswith(said)


def test_a_json_error_names_the_column(tmp_path):
    (problem,) = problems(tmp_path, cases_jsonl='{"id": k1}')
    assert (problem.line, problem.column) == (1, 8)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answer": []}, "exemplars.jsonl, e1, answer, line 1: missing or empty"),
        ({"answer": ["b1"]}, "exemplars.jsonl, e1, answer, line 1: the answer b1 is not among the candidates"),
        ({"answer": ["zz"], "candidates": []}, "exemplars.jsonl, e1, answer, line 1: no item 'zz' in this catalog"),
        ({"description": ""}, "exemplars.jsonl, e1, description, line 1: neither description nor history"),
    ],
)
def test_a_wrong_exemplar_is_one_error_with_its_place(tmp_path, change, said):
    assert the_problem(tmp_path, exemplars_jsonl=json.dumps({**EXEMPLAR, **change})).startswith(said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "u1,a2,2026-03-01,",
            "interactions.csv, column item_id, line 2: no item 'a2' in this catalog — did you mean a1",
        ),
        ("u1,a1,yesterday,", "interactions.csv, column time, line 2: found 'yesterday'"),
        ("u1,a1,2026-03-01,good", "interactions.csv, column rating, line 2: found 'good' — expected a number"),
        ("u1,a1,2026-03-01,inf", "interactions.csv, column rating, line 2: found 'inf' — expected a number"),
        (",a1,2026-03-01,", "interactions.csv, column user_id, line 2: the user is empty"),
    ],
)
def test_a_wrong_interaction_is_one_error_with_its_place(tmp_path, row, said):
    text = f"user_id,item_id,time,rating\n{row}\n"
    assert the_problem(tmp_path, interactions_csv=text).startswith(said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("k1,z9,1", "qrels.csv, column item_id, line 2: no item 'z9' in this catalog"),
        ("k1,b1,1", "qrels.csv, column item_id, line 2: 'b1' is in the history of case 'k1'"),
        ("k2,a1,1", "qrels.csv, column case_id, line 2: no case 'k2' in this catalog — did you mean k1?"),
        ("k1,a1,1.5", "qrels.csv, column grade, line 2: found '1.5' — expected a whole number"),
        ("k1,a1,²", "qrels.csv, column grade, line 2: found '²'"),
        ("k1,a1,-1", "qrels.csv, column grade, line 2: found '-1'"),
        ("k1,a1,1\nk1,a1,2", "qrels.csv, column item_id, line 3: 'a1' is graded twice for case 'k1'"),
    ],
)
def test_a_wrong_judgement_is_one_error_with_its_place(tmp_path, row, said):
    (problem,) = qrels_problems(tmp_path, f"case_id,item_id,grade\n{row}\n")
    assert problem.startswith(said)


def test_every_problem_of_every_file_is_told_at_once(tmp_path):
    found = problems(
        tmp_path,
        catalog_yaml=META.replace("{year}", "{yaer}"),
        items_csv=ITEMS.replace("Apple", "").replace("1999", "x"),
        cases_jsonl="{",
        exemplars_jsonl=json.dumps({**EXEMPLAR, "tag": []}),
        interactions_csv="user_id,item_id\n",
    )
    assert [(p.where, p.line) for p in found] == [
        ("catalog.yaml, describe", 13),
        ("items.csv, column title", 2),
        ("items.csv, column year", 4),
        ("interactions.csv", 1),
        ("cases.jsonl", 1),
        ("exemplars.jsonl, e1, tag", 1),
    ]


def test_more_problems_than_a_person_reads_are_counted(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("workbench.catalogs.catalog.nearest", lambda wanted, known: asked.append(wanted) or "")
    lines = "".join(f"u1,x{n},2026-03-01\n" for n in range(1000))
    found = problems(tmp_path, interactions_csv=f"user_id,item_id,time\n{lines}")
    assert [str(p) for p in found[49:]] == [str(found[49]), "and 950 more problems"]
    assert len(asked) == HINTED


def test_a_wrong_cell_in_parquet_names_its_row_and_column(tmp_path):
    with pytest.raises(CatalogError) as caught:
        load_catalog(write_fruit_parquet(tmp_path, {**PARQUET, "year": [2001.0, 2000.5, None]}))
    assert [str(p) for p in caught.value.problems] == [
        "items.parquet, column year, line 2: found 2000.5 — expected a whole number"
    ]


def test_a_file_that_is_no_parquet_and_two_item_files_are_both_told(tmp_path):
    found = problems(tmp_path, items_parquet="item_id,title\n")
    assert "both there" in found[0].what
    assert found[1].what.startswith("not readable as Parquet")


@pytest.mark.parametrize(
    ("kind", "value"), [("text", ["a"]), ("list", {"a": 1}), ("list", 5), ("integer", True), ("number", True)]
)
def test_a_cell_of_another_type_is_not_written_out_as_text(kind, value):
    meta = CatalogMeta.model_validate(
        {"name": "f", "title": "F", "domain": "news", "language": "en", "licence": "", "origin": "real"}
        | {"attributes": {"x": kind}}
    )
    found = []
    rows.items(("f", [files.Row(1, {"item_id": "a", "title": "A", "x": value})]), meta, found)
    assert [p.where for p in found] == ["f, column x"]
