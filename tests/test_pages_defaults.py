"""What stands in a popover is shown by the browser when it opens, from nothing but the defaults of the last drawing."""

import pytest
from pages import fruit, loaded, opened, save_draft, served, stored_draft, variant

from workbench.variant import Choice, ModelSpec


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder)
        yield folder


ODD = {
    "method": Choice(name="setwise", options={"size": 7, "calibrated": False}),
    "fusion": Choice(name="sum", options={"popularity": 0.5, "model": 2.0}),
    "retriever": Choice(name="dense"),
    "k": 3,
    "seed": 5,
    "orders": 2,
    "n_candidates": 4,
    "diversity": 0.5,
    "rules": ("year > 1990",),
    "embedder": "other",
    "model": ModelSpec(dtype="float32", device="cpu"),
}


def defaults(at):
    """Key of each widget that follows the draft -> what the browser is told to start from."""
    chosen = {
        box.key: box.options[box.proto.default] if box.proto.HasField("default") else None for box in at.selectbox
    }
    plain = {
        w.key: w.proto.default for kind in ("number_input", "toggle", "text_input", "text_area") for w in at.get(kind)
    }
    return chosen | plain | {slider.key: slider.proto.default[0] for slider in at.slider}


def test_every_widget_can_be_drawn_from_its_default_alone(fresh):
    before = save_draft(variant("A", **ODD))
    at = loaded(opened())
    at.run()
    assert not at.exception
    found = defaults(at)
    assert found["A.method.name"] == "setwise"
    assert (found["A.method.setwise.size"], found["A.method.setwise.calibrated"]) == (7, False)
    assert (found["A.fusion.name"], found["A.fusion.sum.popularity"], found["A.fusion.sum.model"]) == ("sum", 0.5, 2.0)
    assert {name: found[f"A.{name}"] for name in ("k", "seed", "orders", "n_candidates", "diversity")} == {
        name: ODD[name] for name in ("k", "seed", "orders", "n_candidates", "diversity")
    }
    assert (found["A.retriever.name"], found["A.rules"], found["A.embedder"]) == ("dense", "year > 1990", "other")
    assert (found["A.model.dtype"], found["A.model.device"]) == ("float32", "cpu")
    assert (found["catalog"], found["case.id"][:2]) == ("fruit", "k1")
    assert stored_draft().variants == before.variants
    # And so for whatever follows the draft, this test's list or not.
    follows = {key: at.session_state[f"{key} known"] for key in found if f"{key} known" in at.session_state}
    assert len(follows) > 20
    said = {key: known["value"] for key, known in follows.items() if not key.startswith("case")}
    assert {key: found[key] for key in said} == said


def test_a_default_follows_what_was_chosen_under_the_same_key(fresh):
    save_draft(variant("A"))
    at = loaded(opened())
    at.number_input(key="A.k").set_value(4).run()
    at.selectbox(key="A.method.name").set_value("letters").run()
    at.run()
    assert not at.exception
    found = defaults(at)
    assert (found["A.k"], found["A.method.name"]) == (4, "letters")
    assert (stored_draft().variants[0].k, stored_draft().variants[0].method.name) == (4, "letters")


def test_a_number_that_the_widget_would_refuse_is_shown_as_the_default(fresh):
    save_draft(variant("A", method=Choice(name="setwise", options={"size": 99})))
    at = loaded(opened())
    assert not at.exception
    assert defaults(at)["A.method.setwise.size"] == 5
