"""A search holds the embedders that its trials may need, and does not go on with others under their names."""

import json

import pytest
import search_home
from search_home import begun, opened
from small_shop import Noise

from workbench.errors import VariantError
from workbench.search.running import run_search

MINE = {"retriever": "dense", "embedder": "/models/mine"}


folder = search_home.folder


@pytest.fixture
def workshop(folder):
    made = opened(folder)
    made.mine = Noise("old")
    made.embedder = lambda name: made.mine
    yield made
    made.store.close()


def stopped(folder, workshop):
    """A search in the middle of its first template."""
    found = begun(folder, workshop, settings={**MINE, "n_candidates": 3})
    asked = iter(range(100))
    state = run_search(found, workshop.store, workshop, cancel=lambda: next(asked) > 10)
    assert state.status == "stopped"
    return found


def test_a_stopped_search_does_not_go_on_with_another_embedder(folder, workshop):
    found = stopped(folder, workshop)
    workshop.mine = Noise("new")
    said = "'/models/mine' was changed: it was old, and is new — start a new search, or put the embedder back"
    with pytest.raises(VariantError, match=said):
        run_search(found, workshop.store, workshop)
    assert begun(folder, workshop, settings={**MINE, "n_candidates": 3}).id != found.id
    workshop.mine = Noise("old")
    assert run_search(found, workshop.store, workshop).status == "done"


def test_a_search_planned_before_it_said_its_embedders_goes_on(folder, workshop):
    found = stopped(folder, workshop)
    plan = json.loads((found.path / "plan.json").read_text())
    del plan["embedders"]
    (found.path / "plan.json").write_text(json.dumps(plan))
    workshop.mine = Noise("new")
    assert found.plan().embedders == {}
    assert run_search(found, workshop.store, workshop).status == "done"


NEEDED = [
    ({"retriever": ["popularity", "bm25"]}, False),
    ({"retriever": ["popularity", "dense"]}, True),
    ({"retriever": {"popularity": {}, "hybrid": {"weight": [0.0]}}}, False),
    ({"retriever": {"popularity": {}, "hybrid": {"weight": {"min": 0, "max": 0.5, "step": 0.5}}}}, True),
    ({"retriever": {"walk": {"text": [0.0], "arrive": [0.0, 0.5]}}}, True),
    ({"retriever": {"walk": {"text": [0.0], "arrive": [0.0]}}}, False),
    ({"fusion": {"none": {}, "sum": {"model": [1.0], "dense": [0.0, 1.0]}}}, True),
    ({"exemplars": ["none", "random"]}, False),
    ({"exemplars": {"none": {}, "nearest": {"n": [1, 2]}}}, True),
    ({"diversity": [0.0, 0.3]}, True),
]


@pytest.mark.parametrize(("space", "needed"), NEEDED, ids=str)
def test_what_any_trial_may_need_is_held(folder, workshop, space, needed):
    plan = begun(folder, workshop, settings={"retriever": "popularity"}, space=space).plan()
    assert plan.embedders == ({"all-minilm-l6-v2": "old"} if needed else {})


def test_a_search_that_needs_no_embedder_loads_none(folder, workshop):
    def unwanted(name):
        raise AssertionError("an embedder was loaded")

    workshop.embedder = unwanted
    assert begun(folder, workshop).plan().embedders == {}
