"""A ranking that comes of an embedder is that embedder's: another one under the same name gives another ranking."""

import fruit_experiments
import pytest
from fruit_experiments import SUM, Asked, begun, fruit_workshop
from small_shop import Noise

from workbench.errors import VariantError
from workbench.experiments.embedders import BY_NEARNESS, needs_embedder
from workbench.experiments.running import run_experiment
from workbench.recommender import prepare
from workbench.retrieval import RETRIEVERS, SCORERS, Embeddings
from workbench.store.store import Store
from workbench.variant import Choice, TemplateSource, Variant

DENSE = {"template": "one.j2", "retriever": "dense", "method": SUM, "n_candidates": 2, "embedder": "/models/mine"}
ONE = {"variants": {"A": DENSE}, "controls": False}


class Exchangeable(Asked):
    mine = Noise("old")

    def embedder(self, name):
        return self.mine


home = fruit_experiments.home


@pytest.fixture
def workshop(home):
    made = fruit_workshop(home, kind=Exchangeable)
    yield made
    made.store.close()


def lists(workshop, experiment):
    return [r.items for r in workshop.store.results(experiment.id)]


def test_another_embedder_under_the_same_name_makes_another_experiment_of_other_rankings(home, workshop):
    first = run_experiment(workshop.store, workshop, begun(home, workshop, **ONE))
    assert first.plan.embedders == {"/models/mine": "old"}
    workshop.mine = Noise("new")
    second = run_experiment(workshop.store, workshop, begun(home, workshop, **ONE))
    fresh = Exchangeable(workshop.paths, Store(f"sqlite:///{home / 'fresh.sqlite'}"))
    fresh.mine = Noise("new")
    expected = run_experiment(fresh.store, fresh, begun(home, fresh, **ONE))
    assert lists(workshop, second) == lists(fresh, expected) != lists(workshop, first)
    fresh.store.close()


def test_a_stopped_experiment_does_not_go_on_with_another_embedder(home, workshop):
    experiment_id, seen = begun(home, workshop, **ONE), []
    run_experiment(workshop.store, workshop, experiment_id, cancel=lambda: len(seen) >= 2, on_cell=seen.append)
    workshop.mine = Noise("new")
    with pytest.raises(VariantError, match="embedder '/models/mine' was changed: it was old, and is new"):
        run_experiment(workshop.store, workshop, experiment_id)


def test_a_plan_of_variants_that_need_no_embedder_loads_none(home, workshop):
    def unwanted(name):
        raise AssertionError("an embedder was loaded")

    workshop.embedder = unwanted
    assert workshop.store.experiment(begun(home, workshop)).plan.embedders == {}


def variant(**settings):
    return Variant(template=TemplateSource(name="t", source="Next:"), method=Choice(**SUM), n_candidates=2, **settings)


PLAIN = Choice(name="popularity")
SETTINGS = [
    *({"retriever": Choice(name=name)} for name in RETRIEVERS if name not in ("states", "given")),
    {"retriever": Choice(name="hybrid", options={"weight": 0.0})},
    {"retriever": Choice(name="related", options={"start": "dense"})},
    {"retriever": Choice(name="walk", options={"text": 0.0, "arrive": 0.0})},
    {"retriever": Choice(name="walk", options={"text": 0.0, "arrive": 0.2})},
    {"retriever": Choice(name="sequence", options={"text": 0.0})},
    {"retriever": PLAIN, "diversity": 0.5},
    *({"retriever": PLAIN, "exemplars": Choice(name=name)} for name in ("none", "random", *sorted(BY_NEARNESS))),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_what_is_said_to_need_an_embedder_is_what_asks_one(workshop, settings):
    watched, catalog, made = Noise(f"watched in {settings}"), workshop.catalog("fruit"), variant(**settings)
    embeddings = Embeddings(lambda: watched, None, likelihood=lambda pairs: [0.0] * len(pairs))
    prepare(made, catalog, catalog.case("k1"), embeddings)
    assert bool(watched.asked) == needs_embedder(made)


@pytest.mark.parametrize("name", [name for name in SCORERS if name != "states"])
def test_a_fused_source_is_said_to_need_an_embedder_where_it_asks_one(workshop, name):
    watched, catalog = Noise(f"watched by {name}"), workshop.catalog("fruit")
    SCORERS[name].scores(catalog, catalog.case("k1"), embeddings=Embeddings(lambda: watched, None))
    fused = variant(retriever=PLAIN, fusion=Choice(name="sum", options={name: 1.0}))
    assert bool(watched.asked) == needs_embedder(fused)
