"""The templates that ship, and the page of documentation that describes the variables."""

import dataclasses
from pathlib import Path

import pytest

from prompts_inputs import INPUTS, STALKER
from workbench.prompts import VARIABLES, check, list_templates, parse, render, render_answer
from workbench.prompts.docs import variables_table
from workbench.variant import TemplateSource

ROOT = Path(__file__).parent.parent
SHIPPED = list_templates([ROOT / "templates"])
FULL = dataclasses.replace(INPUTS, candidate=STALKER, steps={"taste": "slow films"})
EMPTY = dataclasses.replace(FULL, description="", history=(), exemplars=(), steps={})


def test_what_ships_is_known_by_name():
    assert list(SHIPPED) == [
        "also-bought",
        "candidates-in-prompt",
        "chat-list",
        "chinese-few-shot",
        "chinese-zero-shot",
        "constrained-list",
        "few-shot",
        "in-context-history",
        "letters",
        "like-dislike",
        "list-with-reasons",
        "pairwise",
        "persona",
        "pointwise-yes-no",
        "rate-1-5",
        "recency-focused",
        "setwise",
        "two-step-taste",
        "zero-shot-description",
        "zero-shot-history",
    ]


@pytest.mark.parametrize("name", SHIPPED)
def test_template_has_no_problems_on_a_catalog_without_attributes(name):
    assert check(SHIPPED[name], item_attributes={}) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_template_says_what_it_is_and_when_to_use_it(name):
    front = parse(SHIPPED[name]).front
    assert all((front.name, front.description, front.notes, front.author))
    assert bool(front.labels) == (front.method == "pointwise")
    assert front.domain == ("e-commerce" if name == "also-bought" else "any")


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("inputs", [FULL, EMPTY], ids=["full", "content-free"])
def test_template_ends_where_an_answer_goes_on(name, inputs):
    template = parse(SHIPPED[name])
    prompt = render(template, inputs)
    assert prompt.text == prompt.text.strip()
    assert "\n\n\n" not in prompt.text
    if template.front.method == "constrained":
        assert prompt.text.endswith("\n1.")
    elif template.front.method != "generation":
        assert prompt.text[-1] in ':："'


@pytest.mark.parametrize("name", [n for n in SHIPPED if n not in ("zero-shot-description", "list-with-reasons")])
def test_template_shows_the_last_item_of_the_history_marked(name):
    assert "h2" in {span.ref for span in render(parse(SHIPPED[name]), FULL).spans}


@pytest.mark.parametrize("name", ["few-shot", "chinese-few-shot"])
def test_few_shot_marks_the_whole_exemplar(name):
    prompt = render(parse(SHIPPED[name]), FULL)
    shots = [prompt.text[s.start : s.end] for s in prompt.spans if s.kind == "exemplar"]
    assert len(shots) == 1
    assert shots[0].endswith("Stalker")


def test_earlier_items_predict_the_last_in_the_in_context_template():
    assert render(parse(SHIPPED["in-context-history"]), INPUTS).text.split("\n")[2:] == [
        "The user liked these, oldest first:",
        "1. Heat",
        "Next, the user will love: Alien",
        "",
        "The user liked these, oldest first:",
        "1. Heat",
        "2. Alien",
        "Next, the user will love:",
    ]


def test_answer_of_every_template_is_the_title():
    assert {render_answer(parse(source), STALKER) for source in SHIPPED.values()} == {"Stalker"}


def test_every_variable_is_described_with_an_example_that_works():
    for variable in VARIABLES:
        source = TemplateSource(name=variable.name, source=variable.example)
        assert check(source, asks_each_candidate=variable.name == "candidate") == []
        assert render(parse(source), FULL).text


def test_docs_hold_the_table_of_variables():
    assert variables_table() in (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
