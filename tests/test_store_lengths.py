"""A name that a column has no room for is refused in our own words, whatever the database."""

from dataclasses import replace

import fruit_experiments
import pytest
from fruit_experiments import begun, fruit_home, fruit_workshop
from search_home import FILE

from workbench.catalogs.exemplar_files import read_exemplars
from workbench.catalogs.keeping import check_name
from workbench.errors import CatalogError, VariantError
from workbench.experiments.derived import ablation_plan
from workbench.experiments.planning import name_after, plan_experiment
from workbench.records import Case, Exemplar
from workbench.search.config import search_of
from workbench.store.errors import StoreError
from workbench.store.store import Store
from workbench.store.vote import Vote
from workbench.variant import NAME_LENGTH

LONG, LONGEST = "n" * (NAME_LENGTH + 1), "é" * NAME_LENGTH
EXEMPLAR = Exemplar("x", answer=("a1",))


home = fruit_experiments.home


@pytest.fixture
def workshop(home, database_url):
    made = fruit_workshop(home, database_url)
    yield made
    made.store.close()


def plan_called(name, workshop, home):
    experiment_id = begun(home, workshop)
    store = workshop.store
    plan, cases = store.experiment(experiment_id).plan, store.experiment_cases(experiment_id)
    return plan.model_copy(update={"name": name}), cases


def test_the_longest_names_are_kept(workshop, home):
    store = workshop.store
    experiment_id = store.begin_experiment(*plan_called(LONGEST, workshop, home))
    assert store.experiment(experiment_id).plan.name == LONGEST
    assert store.save_template(LONGEST, "text").template.name == LONGEST
    store.save_exemplars("fruit", [replace(EXEMPLAR, id=LONGEST)])
    assert [e.id for e in store.own_exemplars("fruit")] == [LONGEST]


REFUSED = [
    lambda store, plan, cases: store.begin_experiment(plan, cases),
    lambda store, plan, cases: store.save_template(LONG, "text"),
    lambda store, plan, cases: store.save_exemplars("fruit", [replace(EXEMPLAR, id=LONG)]),
    lambda store, plan, cases: store.save_exemplars(LONG, [EXEMPLAR]),
    lambda store, plan, cases: store.save_vote(plan.id, Vote(LONG, 0, 0, 1, 0, "a")),
    lambda store, plan, cases: store.start_comparison(
        "d", catalog=LONG, catalog_fingerprint="f", case=Case("k"), variants=plan.variants, baseline="A"
    ),
]


@pytest.mark.parametrize("keep", REFUSED, ids=["experiment", "template", "exemplar", "catalog", "judge", "comparison"])
def test_a_longer_one_is_refused_with_how_long_it_may_be(workshop, home, keep):
    with pytest.raises(StoreError, match=r"201 characters: 'nnnn.*' ?… — write at most (200|80)"):
        keep(workshop.store, *plan_called(LONG, workshop, home))


def test_what_follows_from_an_experiment_of_a_long_name_or_label_is_cut(workshop, home):
    plan, cases = plan_called(LONGEST, workshop, home)
    (first, *_), store = plan.variants, workshop.store
    plan = plan.model_copy(update={"variants": (first.model_copy(update={"label": LONG}),), "baseline": LONG})
    derived = ablation_plan(plan, workshop.catalog("fruit"), cases, LONG)
    assert derived.name == f": what {LONG} needs"[:NAME_LENGTH]
    assert store.experiment(store.begin_experiment(derived, cases)).plan.name == derived.name
    assert name_after(LONGEST, "confirmation") == f"{LONGEST[:-14]}: confirmation"


def test_it_is_refused_where_it_is_entered(tmp_path):
    made = fruit_workshop(fruit_home(tmp_path))
    with pytest.raises(VariantError, match="name: String should have at most 200 characters"):
        begun(tmp_path, made, name=LONG)
    with pytest.raises(VariantError, match="name: String should have at most 200 characters"):
        search_of({**FILE, "name": LONG}, "search.yaml")
    plan, cases = plan_called("short", made, tmp_path)
    with pytest.raises(VariantError, match="name: 201 characters — write at most 200"):
        plan_experiment(LONG, made.catalog("fruit"), cases, plan.variants, catalog="fruit", baseline="A")
    with pytest.raises(CatalogError, match="at most 200"):
        check_name("n" * 201, tmp_path)
    line = f'{{"id": "{LONG}", "description": "d", "answer": ["a1"]}}'.encode()
    with pytest.raises(CatalogError, match=r"an id of 201 characters.*write at most 200"):
        read_exemplars(line, made.catalog("fruit"), shipped=frozenset(), name="mine.jsonl")
    made.store.close()


def test_a_memo_of_a_model_in_a_deep_folder_has_room(database_url):
    from workbench.engine.knowing import surprise
    from workbench.engine.scripted import ScriptedEngine

    engine = ScriptedEngine(lambda prompt, text: -1.0)
    engine.identity = replace(engine.identity, id="/deep" * 60)
    store = Store(database_url)
    assert surprise(engine, "de", store.memo) == surprise(engine, "de", store.memo)
    store.close()
