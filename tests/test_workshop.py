"""The workshop: each costly thing made once, and the truth kept from the model."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations

import pytest
from catalog_files import write_fruit
from small_shop import Letters

from workbench.engine.scripted import ScriptedEngine
from workbench.errors import CatalogError, ModelError
from workbench.paths import Paths
from workbench.shelf import Shelf
from workbench.variant import Choice, ModelSpec, TemplateSource, Variant
from workbench.workshop import Workshop

TEXT = "{% for e in exemplars %}{{ e.answer[0].title }}\n{% endfor %}{{ user.description }} Next:"
VARIANT = Variant(template=TemplateSource(name="t", source=TEXT), retriever=Choice(name="popularity"))
ITEMS = "item_id,title,year,price,ripe,tags\na1,Apple,,,,\nb1,Banana,,,,\nc1,Cherry,,,,\nd1,Date,,,,\n"


class ScriptedWorkshop(Workshop):
    """Every model is a scripted one, which keeps what it was asked."""

    def __init__(self, *args):
        super().__init__(*args)
        self.scripted = ScriptedEngine()

    def engine(self, spec):
        return self.scripted

    def embedder(self, name):
        return Letters()


@pytest.fixture
def folder(tmp_path):
    """Where the catalogs are."""
    (tmp_path / "catalogs").mkdir()
    return tmp_path / "catalogs"


@pytest.fixture
def paths(folder):
    return Paths(data=folder.parent, cache=folder.parent / "cache", shipped=folder.parent / "shipped")


def ranked(paths, folder, qrels, variant=VARIANT):
    """The ranking of case k1 under that truth, and all that the model was asked."""
    write_fruit(folder, items_csv=ITEMS, qrels_csv=qrels)
    workshop = ScriptedWorkshop(paths)
    found = workshop.recommend(variant, "fruit", workshop.catalog("fruit").case("k1"))
    return replace(found, retrieval_seconds=0.0), workshop.scripted.asked


@pytest.mark.parametrize("name", ["none", "random", "nearest"])
def test_permuted_grades_change_neither_question_nor_ranking(paths, folder, name):
    variant = VARIANT.model_copy(update={"exemplars": Choice(name=name)})
    # The exemplar's answer, c1, is never judged relevant, so that nothing is refused.
    truths = [f"case_id,item_id,grade\nk1,a1,{a}\nk1,d1,{d}\n" for a, d in permutations([0, 1, 3], 2)]
    found = [ranked(paths, folder, truth, variant) for truth in [*truths, None]]
    assert all(each == found[0] for each in found)
    assert found[0][1]


def test_exemplar_whose_answer_is_relevant_is_refused(paths, folder):
    variant = VARIANT.model_copy(update={"exemplars": Choice(name="by_hand", options={"ids": ["e1"]})})
    found, asked = ranked(paths, folder, "case_id,item_id,grade\nk1,c1,1\n", variant)
    assert found.warnings[-1] == "e1: its answer c1 is a relevant item of this case"
    assert not any("Cherry" in prompt for prompt in asked)


def test_exemplar_whose_answer_is_judged_not_relevant_is_shown(paths, folder):
    variant = VARIANT.model_copy(update={"exemplars": Choice(name="by_hand", options={"ids": ["e1"]})})
    found, asked = ranked(paths, folder, "case_id,item_id,grade\nk1,c1,0\nk1,a1,2\n", variant)
    assert found.exemplar_ids == ("e1",)
    assert asked[0] == "Cherry\nred Next:"


def test_catalog_is_read_once_and_again_when_its_files_change(paths, folder):
    write_fruit(folder)
    workshop = Workshop(paths)
    first = workshop.catalog("fruit")
    assert workshop.catalog("fruit") is first
    write_fruit(folder, items_csv="item_id,title,year,price,ripe,tags\na1,Apricot,,,,\nb1,Banana,,,,\nc1,Cherry,,,,\n")
    assert workshop.catalog("fruit").titles["a1"] == "Apricot"


def test_catalog_is_found_by_its_folder_too_and_an_unknown_one_lists_the_known(paths, folder):
    path = write_fruit(folder)
    workshop = Workshop(paths)
    assert workshop.catalog(str(path)).fingerprint == workshop.catalog("fruit").fingerprint
    assert workshop.qrels("fruit") == {"k1": {"c1": 3}}
    with pytest.raises(CatalogError, match="no catalog 'friut' — known: fruit"):
        workshop.catalog("friut")


def test_unknown_model_is_told(paths, folder):
    write_fruit(folder)
    variant = VARIANT.model_copy(update={"model": ModelSpec(id=str(folder / "no-such-model"))})
    workshop = Workshop(paths)
    with pytest.raises(ModelError, match="no-such-model' is no embedded model, no folder"):
        workshop.recommend(variant, "fruit", workshop.catalog("fruit").case("k1"))


def test_progress_begins_with_loading(paths, folder):
    write_fruit(folder)
    told = []
    workshop = ScriptedWorkshop(paths)
    case = workshop.catalog("fruit").case("k1")
    workshop.recommend(VARIANT, "fruit", case, on_progress=lambda *step: told.append(step))
    assert told[0] == ("loading the model", 0.0)


def test_nothing_is_loaded_until_embeddings_are_asked_for(paths):
    asked = []

    class Watched(ScriptedWorkshop):
        def embedder(self, name):
            asked.append(name)
            return Letters()

    embeddings = [
        Watched(paths).embeddings(name, language) for name, language in (("", "zh"), ("", "en-GB"), ("x", "zh"))
    ]
    assert asked == []
    for each in embeddings:
        each.query("x")
    assert asked == ["use-multilingual", "all-minilm-l6-v2", "x"]


def test_shelf_makes_each_thing_once_and_puts_the_least_recently_used_away():
    shelf, made = Shelf(2), []

    def get(key):
        return shelf.get(key, lambda: made.append(key) or key.upper())

    assert [get(key) for key in "abacbca"] == list("ABACBCA")
    # c pushes b out, b then a, and a at last b.
    assert made == ["a", "b", "c", "b", "a"]


def test_thing_that_could_not_be_made_is_tried_again():
    shelf = Shelf(2)
    with pytest.raises(ZeroDivisionError):
        shelf.get("a", lambda: 1 // 0)
    assert shelf.get("a", lambda: 1) == 1


def test_shelf_too_small_for_its_threads_still_gives_each_its_thing(request):
    before = sys.getswitchinterval()
    request.addfinalizer(lambda: sys.setswitchinterval(before))
    sys.setswitchinterval(1e-6)
    shelf = Shelf(1)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: shelf.get(n % 3, lambda: n % 3), range(3000)))
    assert found == [n % 3 for n in range(3000)]
