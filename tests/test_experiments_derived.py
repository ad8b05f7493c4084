"""Experiments made of one variant: what is varied, what is left alone, and the buttons that start them."""

import json
from pathlib import Path

import pytest
from fruit_experiments import MORE, QRELS
from pages import CASES, column, finished, fruit, opened, said, save_draft, served, table, variant

from workbench.errors import VariantError
from workbench.experiments.derived import ablations, blocks_of, count_of, curve_counts, few_shot_curve
from workbench.prompts import list_templates, parse
from workbench.ui import bootstrap
from workbench.variant import Choice

FEW = """---
method: likelihood
---
{% for e in exemplars %}
{{ e.answer }}
{% endfor %}
They liked {{ history }}
and say:

{{ user.description }}
Next:"""
SHIPPED = list_templates([Path(__file__).parent.parent / "templates"])


def few(policy, **options):
    return variant("F", FEW, exemplars=Choice(name=policy, options=options))


@pytest.fixture
def catalog(tmp_path):
    from workbench.catalogs import load_catalog

    return load_catalog(fruit(tmp_path))


def test_a_curve_over_a_policy_changes_how_many_are_shown_and_nothing_else():
    found = few_shot_curve(few("nearest", n=3, source="both"))
    assert [count_of(v) for v in found] == [0, 1, 2, 4, 8]
    assert found[0].exemplars == Choice(name="none")
    assert found[3].exemplars == Choice(name="nearest", options={"n": 4, "source": "both"})
    assert all(v.template == few("none").template for v in found)


def test_a_curve_over_exemplars_picked_by_hand_takes_the_first_of_them_and_ends_with_all():
    found = few_shot_curve(few("by_hand", ids=["a", "b", "c"]))
    assert [v.exemplars.options.get("ids") for v in found] == [None, ["a"], ["a", "b"], ["a", "b", "c"]]


def test_locked_exemplars_are_no_more_than_are_shown():
    found = few_shot_curve(few("diverse", n=3, locked=["a", "b"]))
    assert [v.exemplars.options.get("locked") for v in found] == [None, ["a"], ["a", "b"], ["a", "b"], ["a", "b"]]


@pytest.mark.parametrize(
    ("given", "said_of_it"),
    [
        (variant("A"), "its template shows no exemplars"),
        (few("none"), "it has no exemplars to take away"),
        (few("by_hand", ids=[]), "it has no exemplars to take away"),
    ],
)
def test_where_there_is_nothing_to_vary_that_is_told(given, said_of_it):
    with pytest.raises(VariantError, match=said_of_it):
        few_shot_curve(given)


def test_a_template_is_cut_into_statements_and_paragraphs_and_its_end_stays():
    assert [block.name for block in blocks_of(FEW)] == [
        "lines 4-6: {% for e in exemplars %}",
        "lines 7-8: They liked {{ history }}",
    ]
    (first, _) = blocks_of(FEW)
    assert first.without(FEW).splitlines()[3] == "They liked {{ history }}"


def test_roles_are_opened_and_what_others_rest_upon_stays():
    text = "{% query %}\n{{ user }}\n{% endquery %}\n{% set n = 3 %}\n{% user %}\nOne\n\nTwo {{ n }}\n{% enduser %}\n"
    assert [block.text for block in blocks_of(text)] == ["One", "Two {{ n }}"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_template_still_parses_without_any_of_its_blocks(name):
    source = SHIPPED[name].source
    # One template is a single statement, to its end: there is nothing to take out.
    assert bool(blocks_of(source)) == (name != "also-bought")
    for block in blocks_of(source):
        parse(SHIPPED[name].model_copy(update={"source": block.without(source)}))


def test_exemplars_are_dropped_one_by_one_by_name_and_together(catalog):
    labels = [v.label for v in ablations(few("by_hand", ids=["x1"]), catalog)]
    assert labels[-1] == "F without exemplars"
    found = ablations(few("nearest", n=3), catalog)
    assert [v.label for v in found][-2:] == ["F without one exemplar", "F without exemplars"]
    assert found[-2].exemplars.options["n"] == 2
    assert found[0] == few("nearest", n=3)


def test_what_would_no_longer_run_is_left_out(catalog):
    asks = "---\nmethod: pointwise\nlabels: [Yes, No]\n---\nDo they like it?\n\n{{ candidate.title }}\n\nAnswer:"
    labels = [v.label for v in ablations(variant("P", asks, method=Choice(name="pointwise")), catalog)]
    assert labels == ["P", "P without line 5: Do they like it?"]


def test_a_curve_is_told_by_its_variants(catalog):
    from workbench.experiments.planning import choose_cases, plan_experiment

    cases = choose_cases(catalog, {})
    settings = {"catalog": "fruit", "measure": "nDCG@10"}
    curve = plan_experiment(
        "c", catalog, cases, few_shot_curve(few("random", n=2)), baseline="F, 0 exemplars", **settings
    )
    assert curve_counts(curve)["F, 8 exemplars"] == 8
    other = plan_experiment("o", catalog, cases, [variant("A"), few("random", n=1)], baseline="A", **settings)
    assert curve_counts(other) == {}


@pytest.fixture
def done(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder, cases_jsonl="\n".join(map(json.dumps, [*CASES, *MORE])), qrels_csv=QRELS)
        save_draft(variant("A"), few("random", n=2).model_copy(update={"label": "B"}))
        at = opened("experiments")
        at.get_by_key("experiment.controls").set_value(False)
        at.get_by_key("experiment.start").click().run()
        yield finished(at)


def looked_closer(at, label):
    (experiment,) = bootstrap.shared().store.experiments()
    return at.get_by_key(f"derive.label.{experiment.id}").set_value(label).run()


def test_one_click_starts_a_few_shot_curve_and_shows_it(done):
    at = finished(looked_closer(done, "B").get_by_key("derive.curve").click().run())
    assert not at.exception
    assert len(bootstrap.shared().store.experiments()) == 2
    assert column(at, "Leaderboard", "entry")[:2] == ["B, 0 exemplars", "B, 1 exemplar"]
    assert "Few-shot curve" in said(at.markdown)


def test_one_click_starts_an_ablation(done):
    at = finished(looked_closer(done, "B").get_by_key("derive.ablate").click().run())
    assert not at.exception
    assert "B without exemplars" in table(at, "Leaderboard")["entry"].tolist()


def test_a_variant_without_exemplars_is_told_so_and_nothing_starts(done):
    at = looked_closer(done, "A").get_by_key("derive.curve").click().run()
    assert not at.exception
    assert "its template shows no exemplars" in said(at.error)
    assert len(bootstrap.shared().store.experiments()) == 1
