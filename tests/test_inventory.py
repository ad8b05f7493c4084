"""What stands of every catalog, and an index built step by step."""

import os
import threading

import pytest
from catalog_files import write_fruit
from small_shop import Letters

from workbench import inventory as module
from workbench.catalogs import placing
from workbench.errors import Cancelled
from workbench.inventory import Inventory, build_index
from workbench.paths import Paths
from workbench.retrieval import embeddings
from workbench.retrieval.index_state import move_indexes
from workbench.retrieval.met import remember, remembered
from workbench.workshop import Workshop


class Lettered(Workshop):
    def embedder(self, name):
        return Letters()


@pytest.fixture
def workshop(tmp_path):
    paths = Paths(data=tmp_path / "data", cache=tmp_path / "cache", shipped=tmp_path / "shipped")
    paths.catalogs[0].mkdir(parents=True)
    write_fruit(paths.catalogs[0])
    return Lettered(paths)


def never():
    return False


def build(workshop, *, told=None, cancel=never):
    said = told if told is not None else []
    return build_index(workshop, "fruit", "", lambda text, fraction: said.append((text, fraction)), cancel)


def index(stock, embedder="all-minilm-l6-v2"):
    (entry,) = stock.entries()
    state = entry.indexes.get(embedder)
    return None if state is None else state.words


def test_an_index_is_none_then_built_then_behind_when_items_change(workshop):
    stock, told = Inventory(workshop), []
    assert index(stock) is None
    assert build(workshop, told=told).built
    assert index(stock) == "built"
    assert told[-2:] == [("3 of 3 items embedded", 0.9), ("building the index", 0.92)]
    items = workshop.paths.catalogs[0] / "fruit" / "items.csv"
    items.write_text(items.read_text() + "d1,Date,,,,\n")
    assert index(stock) == "3 of 4"


def test_what_was_embedded_before_a_stop_is_not_embedded_again(workshop, monkeypatch):
    monkeypatch.setattr(embeddings, "CHUNK", 1)
    stock, looks = Inventory(workshop), iter([False, True])
    with pytest.raises(Cancelled):
        build(workshop, cancel=lambda: next(looks))
    assert index(stock) == "2 of 3"
    assert build(workshop).built


def test_a_large_catalog_is_not_read_only_to_be_listed(workshop, monkeypatch):
    monkeypatch.setattr(module, "READ_UNASKED", 10)
    stock = Inventory(workshop)
    (entry,) = stock.entries()
    assert (entry.checked, entry.indexes, entry.overview.items) == (False, None, 3)
    stock.entry(entry.overview.folder, read=True)
    assert stock.entries()[0].checked  # once it was read, what was found is kept


def test_what_was_read_is_read_again_only_when_files_change(workshop, monkeypatch):
    read = []
    load = module.load_catalog
    monkeypatch.setattr(module, "load_catalog", lambda folder: read.append(folder) or load(folder))
    stock = Inventory(workshop)
    stock.entries(), stock.entries(), build(workshop), stock.entries()
    assert len(read) == 1
    (workshop.paths.catalogs[0] / "fruit" / "cases.jsonl").write_text('{"id": "k1"}')
    assert stock.entries()[0].problems[0].where.startswith("cases.jsonl")
    assert len(read) == 2


def test_a_folder_without_a_catalog_yaml_is_told_and_not_passed_over(workshop):
    (workshop.paths.catalogs[0] / "half").mkdir()
    entries = {entry.name: entry for entry in Inventory(workshop).entries()}
    assert entries["half"].problems[0].what == "the file is missing"
    assert not entries["fruit"].problems


def test_while_an_index_is_built_its_growing_vectors_are_not_looked_at(workshop):
    stock = Inventory(workshop)
    build(workshop)
    assert index(stock) == "built"
    items = workshop.paths.catalogs[0] / "fruit" / "items.csv"
    items.write_text(items.read_text() + "d1,Date,,,,\n")
    assert index(stock) == "3 of 4"
    build(workshop)
    (entry,) = stock.entries(busy={"all-minilm-l6-v2"})
    assert entry.indexes["all-minilm-l6-v2"].words == "3 of 4"
    assert index(stock) == "built"


def test_approximate_indexes_go_along_with_a_catalog_and_away_with_it(tmp_path):
    folder = tmp_path / "indexes" / "e"
    folder.mkdir(parents=True)
    for name in ("fruit.abc.faiss", "fruits.abc.faiss"):
        (folder / name).write_bytes(b"")
    move_indexes(tmp_path, "fruit", "veg")
    assert sorted(f.name for f in folder.iterdir()) == ["fruits.abc.faiss", "veg.abc.faiss"]
    move_indexes(tmp_path, "veg")
    assert [f.name for f in folder.iterdir()] == ["fruits.abc.faiss"]


def test_embedders_are_remembered_by_name_with_their_latest_fingerprint(tmp_path):
    assert remembered(tmp_path) == {}
    remember(tmp_path, "b/model", "one")
    remember(tmp_path, "a", "two")
    remember(tmp_path, "b/model", "three")
    assert {name: met.fingerprint for name, met in remembered(tmp_path).items()} == {"a": "two", "b/model": "three"}
    with pytest.raises(AssertionError):
        remembered(tmp_path)["a"].encode(["x"])


def test_nobody_sees_the_moment_between_the_old_and_the_new_of_a_replaced_catalog(workshop, monkeypatch):
    parent, seen = workshop.paths.catalogs[0], []

    def look():
        seen.append([(entry.name, entry.problems) for entry in Inventory(workshop).entries()])
        seen.append([len(workshop.catalog("fruit").items), len(workshop.qrels("fruit"))])

    looking = threading.Thread(target=look)

    def renamed(old, new, rename=os.rename):
        rename(old, new)
        if new.name.endswith(placing.OLD):
            looking.start()
            looking.join(0.5)

    monkeypatch.setattr(placing.os, "rename", renamed)
    with placing.placed(parent, "fruit", replace=True) as part:
        for file in (parent / "fruit").iterdir():
            placing.linked(file, part / file.name)
    looking.join()
    assert seen == [[("fruit", ())], [3, 1]]
