"""A small catalog on disk, for the tests that need one."""

import json

META = """\
name: fruit
title: Fruit
domain: e-commerce
language: en
noun: fruit
licence: CC0-1.0
origin: hand-made
attributes:
  year: integer
  price: number
  ripe: boolean
  tags: list
describe: "{title}[ ({year})][, {tags}]."
"""
ITEMS = "item_id,title,year,price,ripe,tags\na1,Apple,2001,1.5,yes,red|round\nb1,Banana,,,no,\nc1,Cherry,1999,3,,red\n"
CASE = {"id": "k1", "description": "red", "history": ["b1"], "segment": "short history"}
EXEMPLAR = {"id": "e1", "description": "sweet", "candidates": ["a1", "c1"], "answer": ["c1"]}
PARQUET = {
    "item_id": ["a1", "b1", "c1"],
    "title": ["Apple", "Banana", "Cherry"],
    "year": [2001, None, 1999],
    "price": [1.5, None, 3.0],
    "ripe": [True, False, None],
    "tags": [["red", "round"], None, ["red"]],
}


def write_fruit(folder, **content):
    """A catalog called `fruit`; each keyword is a file (`items_csv`) and its text, None for none."""
    folder = folder / "fruit"
    folder.mkdir(exist_ok=True)
    written = {
        "catalog_yaml": META,
        "items_csv": ITEMS,
        "cases_jsonl": json.dumps(CASE),
        "qrels_csv": "case_id,item_id,grade\nk1,c1,3\n",
        "exemplars_jsonl": json.dumps(EXEMPLAR),
        "interactions_csv": "user_id,item_id,time,rating\nu1,a1,2026-03-01,4.5\nu1,c1,2026-03-01T18:30:00,\n",
    }
    for name, text in {**written, **content}.items():
        path = folder / ".".join(name.rsplit("_", 1))
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def write_fruit_parquet(folder, table):
    import pyarrow
    import pyarrow.parquet

    folder = write_fruit(folder, items_csv=None)
    pyarrow.parquet.write_table(pyarrow.table(table), folder / "items.parquet")
    return folder
