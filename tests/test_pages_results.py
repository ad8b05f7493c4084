"""The lists of a stored comparison on the page Compare: drawn again without any model, with what is known of them."""

from dataclasses import replace

import pytest
from pages import column, fruit, opened, said, save_draft, served, table, variant

from workbench.errors import Problem
from workbench.records import Candidate, MatchedLine, ModelIdentity, Prompt, RankedItem, Ranking, Usage
from workbench.ui import bootstrap

CANDIDATES = (
    Candidate("a1", 0.9, 1, "popularity"),
    Candidate("c1", 0.5, 2, "popularity"),
    Candidate("d1", 0.1, 3, "popularity"),
)
MODEL = ModelIdentity("scripted", "1", "0" * 64, "float32", "cpu", 4096, 0)
BY_A, BY_B = ("c1", "a1", "d1"), ("a1", "d1", "c1")
"""Cherry, Apple, Date and Apple, Date, Cherry; relevant are Cherry, graded 3, and Elderberry, graded 1."""


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    with served(tmp_path, monkeypatch) as folder:
        fruit(folder)
        yield folder


def ranking(order, case_id="k1", **fields):
    known = {c.item_id: c for c in CANDIDATES}
    rows = [(item_id, known[item_id], place) for place, item_id in enumerate(order, start=1)]
    ranked = tuple(RankedItem(i, place, -float(place), c.rank, c.score) for i, c, place in rows)
    return Ranking(case_id, "", ranked, CANDIDATES, model=MODEL, **fields)


def begun(*variants, case_id="k1"):
    """A comparison of the draft `d1`, every run queued, on show."""
    draft = save_draft(*variants, case_id=case_id)
    store, catalog = bootstrap.shared().store, bootstrap.shared().workshop.catalog("fruit")
    comparison_id = store.start_comparison(
        draft.id,
        catalog="fruit",
        catalog_fingerprint=catalog.fingerprint,
        case=catalog.case(case_id),
        variants=draft.variants,
        baseline="A",
    )
    store.save_draft(draft.model_copy(update={"comparison_id": comparison_id}), 1)
    return store, comparison_id


def stored(*rankings, case_id="k1", **fields):
    """A comparison that is done: one variant a ranking."""
    labels = "ABCD"[: len(rankings)]
    store, comparison_id = begun(*[variant(label, f"text of {label}", **fields) for label in labels], case_id=case_id)
    for run, made in zip(store.comparison(comparison_id).runs, rankings, strict=True):
        store.save_ranking(comparison_id, run.position, replace(made, variant_digest=run.variant.digest), seconds=2.0)
    return comparison_id


def test_a_stored_comparison_is_drawn_with_its_lists_grades_and_movement(fresh):
    comparison_id = stored(ranking(BY_A), ranking(BY_B))
    at = opened()
    assert not at.exception
    assert at.query_params["comparison"] == comparison_id
    assert column(at, "Ranked list A", "title") == ["Cherry", "Apple", "Date"]
    assert column(at, "Ranked list B", "title") == ["Apple", "Date", "Cherry"]
    assert column(at, "Ranked list B", "grade") == ["", "", "★★★"]
    assert column(at, "Ranked list A", "moved") == ["=", "=", "="]
    # Apple was second and is first, Date third and second, Cherry first and third.
    assert column(at, "Ranked list B", "moved") == ["▲1", "▲1", "▼2"]
    assert column(at, "Ranked list B", "retrieved") == [1, 3, 2]
    assert column(at, "Ranked list Retrieval", "title") == ["Apple", "Cherry", "Date"]


def test_measures_stand_beside_the_ceiling_that_retrieval_sets(fresh):
    stored(ranking(BY_A), ranking(BY_B))
    at = opened()
    assert not at.exception
    measures = table(at, "Measures of each list").set_index("list")
    # Elderberry, the other relevant item, is no candidate; the ideal list has the gain 3 + 1 / log2(3) = 3.631.
    assert measures["nDCG@10"].round(3).to_dict() == {
        "A": 0.826,  # 3 / 3.631
        "B": 0.413,  # 3 / log2(4) / 3.631
        "Retrieval": 0.521,  # 3 / log2(3) / 3.631
        "Popularity": 0.521,
    }
    assert measures["RR"].round(3).tolist() == [1.0, 0.333, 0.5, 0.5]
    assert measures["R@10"].tolist() == [0.5] * 4
    assert measures["ceiling"].tolist() == ["1 of 2"] * 4
    verdict = said(at.markdown)
    assert "**A** ranks best here: nDCG@10 0.83, above the retriever's own order (0.52)." in verdict
    assert "1 of 2 relevant items are among the candidates of A." in verdict


def test_agreement_is_told_for_each_pair_of_lists(fresh):
    stored(ranking(BY_A), ranking(BY_B), k=2)
    at = opened()
    assert not at.exception
    overlap = table(at, "Agreement of each pair of lists").set_index("pair")["overlap@2"].to_dict()
    # Of their first two, A and B share Apple; A and the retriever share Cherry and Apple.
    assert (overlap["A and B"], overlap["A and Retrieval"]) == (0.5, 1.0)


def test_what_the_baseline_had_and_a_list_has_not_is_named(fresh):
    stored(ranking(BY_A), ranking(BY_B), k=2)
    at = opened()
    assert not at.exception
    assert column(at, "Ranked list B", "moved") == ["▲1", "new"]
    assert "Dropped from the baseline's first 2: Cherry" in said(at.caption)


def test_another_baseline_turns_the_movement_round(fresh):
    stored(ranking(BY_A), ranking(BY_B))
    at = opened()
    at.button(key="B.baseline").click().run()
    assert not at.exception
    assert column(at, "Ranked list A", "moved") == ["▲2", "▼1", "▼1"]
    assert column(at, "Ranked list B", "moved") == ["=", "=", "="]


def test_a_case_without_a_known_answer_has_lists_and_no_measures(fresh):
    stored(ranking(BY_A, "k2"), ranking(BY_B, "k2"), case_id="k2")
    at = opened()
    assert not at.exception
    assert "This case has no known answer" in said(at.info)
    assert column(at, "Ranked list A", "title") == ["Cherry", "Apple", "Date"]
    assert "Measures of each list" not in [frame.proto.alt for frame in at.dataframe]


def test_a_clicked_row_opens_the_card_of_its_item(fresh):
    comparison_id = stored(ranking(BY_A), ranking(BY_B))
    at = opened()
    assert "Click a row of a list" in said(at.caption)
    at.session_state[f"{comparison_id}.A.list"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    assert not at.exception
    assert "**Cherry**" in said(at.markdown)
    assert column(at, "Attributes", "value") == ["c1", "1999", "3.0", "", "red"]


def test_what_a_run_cost_and_what_it_warned_of_stand_below_its_list(fresh):
    usage = Usage(passes=4, prompt_tokens=100, cached_tokens=40, scored_tokens=20, seconds=0.5)
    stored(ranking(BY_A, usage=usage, warnings=("the prompt ignores the user",)))
    at = opened()
    assert not at.exception
    # 100 - 40 + 20 tokens in half a second.
    wanted = "0.50 s in the model (2.00 s in all) · 80 tokens (40 more from the cache) · 160 tokens/s · 4 passes"
    assert wanted in said(at.caption)
    assert "the prompt ignores the user" in said(at.caption)


def test_each_view_behind_the_lists_is_drawn(fresh):
    lines = (MatchedLine("1. Cherri", "fuzzy", "c1", 0.9), MatchedLine("2. Zebra", "invented"))
    prompt = Prompt("They liked Banana.")
    stored(
        ranking(BY_A, prompt=prompt, output="1. Cherri\n2. Zebra", lines=lines),
        ranking(BY_B, prompt=prompt),
    )
    at = opened()
    for view in ("Settings that differ", "Templates", "Prompts", "What the model wrote", "Export"):
        at.get_by_key("details.view").set_value(view).run()
        assert not at.exception
        assert said(at.error) == ""
        if view == "Settings that differ":
            assert "Nothing differs but the template's text" in said(at.caption)
        if view == "What the model wrote":
            assert at.code[0].value == "1. Cherri\n2. Zebra"
            assert column(at, "Lines that A wrote", "match") == ["fuzzy", "invented"]
            assert "This method scores titles; the model writes nothing." in said(at.caption)
        if view == "Export":
            labels = [button.label for button in at.download_button]
            assert {"Export A as a bundle", "Export B as a bundle"} <= set(labels)


def test_rates_stand_beside_the_measures_where_a_list_was_written(fresh):
    lines = (MatchedLine("1. Cherri", "fuzzy", "c1", 0.9), MatchedLine("2. Zebra", "invented"))
    stored(ranking(BY_A, lines=lines), ranking(BY_B))
    at = opened()
    assert not at.exception
    rates = table(at, "Rates of what each list wrote")
    assert rates.to_dict("records") == [
        {
            "list": "A",
            "invented": "1 of 2",
            "ambiguous": "0 of 2",
            "outside": "0 of 2",
            "duplicate": "0 of 2",
            "left out": "0 of 3",
        }
    ]


def test_methods_that_write_nothing_have_no_rates(fresh):
    stored(ranking(BY_A), ranking(BY_B))
    assert "What became of what was written" not in said(opened().markdown)


def test_one_variant_alone_has_nothing_to_be_compared_with(fresh):
    stored(ranking(BY_A))
    at = opened()
    for view in ("Settings that differ", "Templates", "Prompts"):
        at.get_by_key("details.view").set_value(view).run()
        assert not at.exception
        assert "Two finished variants are needed for that." in said(at.caption)


def test_a_catalog_that_changed_since_cannot_be_exported(fresh):
    stored(ranking(BY_A))
    fruit(fresh, exemplars_jsonl=None)
    at = opened()
    at.get_by_key("details.view").set_value("Export").run()
    assert not at.exception
    assert "A: the catalog has changed since; run again to export." in said(at.warning)


def test_runs_under_way_show_how_far_they_are(fresh):
    store, comparison_id = begun(variant("A"), variant("B"))
    store.set_progress(comparison_id, 0, text="ranking: writing\n1. Cherry\n2. *Da", fraction=0.3)
    at = opened()
    assert not at.exception
    assert [(bar.proto.text, bar.value) for bar in at.get("progress")] == [
        ("A: ranking: writing", 30),
        ("B: waiting", 0),
    ]
    assert "1. Cherry\n2. *Da" in [block.value for block in at.code]
    at.button(key="stop").click().run()
    assert not at.exception
    assert said(at.caption).count("Stopped.") == 2
    assert not at.get("progress")


def test_a_failed_and_an_interrupted_run_stand_beside_one_that_is_done(fresh):
    store, comparison_id = begun(variant("A"), variant("B"), variant("C"))
    store.save_failure(comparison_id, 0, [Problem("the prompt is too long", "variant A", "show fewer exemplars")])
    store.save_ranking(comparison_id, 1, ranking(BY_B))
    store.interrupt_unfinished()
    at = opened()
    assert not at.exception
    assert said(at.error) == "variant A: the prompt is too long — show fewer exemplars"
    assert column(at, "Ranked list B", "title") == ["Apple", "Date", "Cherry"]
    assert "The server was stopped while this ran. Run again." in said(at.caption)
    assert "**B** ranks best here" in said(at.markdown)


def test_a_comparison_whose_catalog_is_gone_says_so_and_the_page_stays(fresh):
    comparison_id = stored(ranking(BY_A))
    for file in (fresh / "data" / "catalogs" / "fruit").iterdir():
        file.unlink()
    at = opened()
    assert not at.exception
    assert "no catalog 'fruit'" in said(at.markdown)
    at.selectbox(key="catalog").set_value("movies").run()
    assert not at.exception
    assert "no catalog 'fruit'" in said(at.error)
    assert at.query_params["comparison"] == comparison_id


def test_lists_of_other_variants_say_so_and_the_variants_can_be_taken_back(fresh):
    stored(ranking(BY_A), ranking(BY_B))
    at = opened()
    at.number_input(key="B.k").set_value(3).run()
    assert not at.exception
    assert "These lists are of other variants than the page now." in said(at.caption)
    at.button(key="take back").click().run()
    assert not at.exception
    assert [n.value for n in at.number_input if n.label.startswith("Length of the list")] == [10, 10]
    assert "These lists are of other variants" not in said(at.caption)


def test_an_earlier_run_is_shown_again_when_it_is_picked(fresh):
    first = stored(ranking(BY_A))
    store = bootstrap.shared().store
    kept = store.comparison(first)
    second = store.start_comparison(
        "d1",
        catalog="fruit",
        catalog_fingerprint=kept.catalog_fingerprint,
        case=kept.case,
        variants=[run.variant for run in kept.runs],
        baseline="A",
    )
    store.save_ranking(second, 0, ranking(BY_B))
    at = opened(comparison=second)
    assert not at.exception
    assert column(at, "Ranked list A", "title") == ["Apple", "Date", "Cherry"]
    at.selectbox(key="earlier").set_value(first).run()
    assert not at.exception
    assert column(at, "Ranked list A", "title") == ["Cherry", "Apple", "Date"]
    assert at.query_params["comparison"] == first
