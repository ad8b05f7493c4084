"""What a search may not be asked, and the weights of fusions in it."""

import json
from dataclasses import replace

import pytest
import search_home
from search_home import begun, searched

from workbench.errors import WorkbenchError
from workbench.experiments.planning import choose_cases
from workbench.ranking.fusion import FUSIONS
from workbench.search.reading import read
from workbench.search.running import run_search
from workbench.variant import Choice

folder, workshop = search_home.folder, search_home.workshop


def test_weights_of_a_fusion_take_part_and_ask_the_model_nothing_more(folder, workshop):
    space = {"fusion": {"none": {}, "sum": {"popularity": {"min": 0, "max": 2, "step": 0.5}}}, "orders": [1, 2]}
    found, state = searched(folder, workshop, space=space, templates=["plain.j2"], budget={"trials": 20})
    assert state.status == "done"
    fused = [t for t in read(found).trials if t.answers.get("fusion") == "sum"]
    assert fused
    assert {t.answers["orders"] for t in read(found).trials if "orders" in t.answers} == {1, 2}
    # One prompt for each case, on both sides: whatever the order, and whatever the weights.
    assert len(set(workshop.scripted.asked)) == 40
    assert len(workshop.scripted.asked) <= 2 * 40


@pytest.mark.parametrize("fusion", ["sum", "reciprocal_rank"])
@pytest.mark.parametrize("orders", [1, 3])
def test_a_fusion_made_of_what_is_kept_is_the_one_that_the_model_is_asked_for(folder, workshop, fusion, orders):
    assert fusion in FUSIONS
    catalog = workshop.catalog("fruit")
    (asked,) = choose_cases(catalog, workshop.qrels("fruit"), ids=["k3"])
    plan = begun(folder, workshop).plan()
    options = {"popularity": 0.7, "model": 0.4}
    bare = plan.space.default("plain").model_copy(update={"orders": orders})
    variant = bare.model_copy(update={"fusion": Choice(name=fusion, options=options)})
    slow = workshop.recommender(variant, catalog).recommend(asked.case)
    fast = workshop.recommender(variant, catalog).fuse_anew(
        workshop.recommender(bare, catalog).recommend(asked.case), asked.case
    )
    assert replace(fast, usage=slow.usage, retrieval_seconds=0.0) == replace(slow, retrieval_seconds=0.0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"colour": 1}, "colour: unknown key"),
        ({"budget": {}}, "no limit"),
        ({"templates": ["nowhere.j2"]}, "nowhere"),
        ({"measure": "nDCG@7"}, "unknown measure 'nDCG@7'"),
        ({"cutoffs": [0]}, "cutoffs.0: .*greater than or equal to 1"),
        ({"settings": {"retreiver": "bm25"}}, "unknown setting 'retreiver'"),
        ({"settings": {"k": "many"}}, "valid integer"),
        ({"space": {"fusion": {"sun": {}}}}, "unknown fusion 'sun'"),
        ({"space": {"fusion": {"sum": {"wolk": [1]}}}}, "unknown option 'wolk'"),
        ({"space": {"fusion": {"sum": {"walk": {"min": 0, "max": 9}}}}}, "walk = 9"),
        ({"space": {"fusion": {"sum": {"walk": {"min": 2, "max": 1}}}}}, "write a greater max"),
        ({"space": {"orders": [0]}}, "orders = 0"),
        ({"space": {"exemplars": {"nearest": {"locked": [["e1"]]}}}}, "locked is a list"),
        ({"space": {"parameters": {"toan": ["warm"]}}}, "no template declares the parameter 'toan'"),
        ({"space": {"parameters": {"tone": ["hot"]}}}, "tone = 'hot'"),
        ({"space": {"method": ["pointwise"]}}, "no template can be asked with 'pointwise'"),
        ({"cases": {"ids": ["k1", "k2"]}}, "with a known answer leave"),
        ({"edits": [{"find": "nowhere to be found", "replace": ["x"]}]}, "no template has the text"),
        ({"edits": [{"find": "Plainly", "replace": ["{{ usr }}"]}]}, "`usr` is not defined"),
        ({"edits": [{"find": "Plainly: {{ user.description }}", "replace": ["Hm"]}]}, "no longer reads user"),
        ({"edits": [{"find": "Plainly", "proposals": 2}]}, "no model is named"),
    ],
)
def test_a_wrong_file_is_told(folder, workshop, changes, said):
    with pytest.raises(WorkbenchError, match=said):
        begun(folder, workshop, **changes)


def test_a_changed_catalog_is_refused(folder, workshop):
    found = begun(folder, workshop)
    cases = folder / "data" / "catalogs" / "fruit" / "cases.jsonl"
    first, *rest = cases.read_text().splitlines()
    cases.write_text("\n".join([json.dumps({**json.loads(first), "description": "else"}), *rest]))
    with pytest.raises(WorkbenchError, match="no longer those"):
        run_search(found, workshop.store, workshop)
    assert found.state().status == "failed"


def test_a_search_whose_grades_were_changed_is_refused_and_the_same_file_begins_another(folder, workshop):
    found = begun(folder, workshop)
    qrels = folder / "data" / "catalogs" / "fruit" / "qrels.csv"
    qrels.write_text(qrels.read_text().replace(",1\n", ",3\n"))
    with pytest.raises(WorkbenchError, match="or its grades are no longer those"):
        run_search(found, workshop.store, workshop)
    assert begun(folder, workshop).id != found.id
