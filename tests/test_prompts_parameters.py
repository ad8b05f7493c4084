"""Parameters that a template declares: read by name, set by a variant, and told when they can't be meant."""

from dataclasses import replace

import pytest
from small_shop import shop

from prompts_inputs import INPUTS, source, template
from workbench.prompts import check, render
from workbench.prompts.parameters import value_problems
from workbench.variant import TemplateSource, Variant
from workbench.variant_checks import problems_of

TEXT = """---
parameters:
  length: {min: 1, max: 9, default: 2, help: how many}
  shots: [1, 3]
  tone: {choices: [warm, terse], default: terse}
---
{{ params.tone }} {{ params.length + 1 }} {{ params.shots }}"""


def said(text, **options):
    return [str(problem) for problem in check(source(text), **options)]


def declared(line):
    return f"---\nparameters:\n  {line}\n---\n{{{{ params.t }}}}"


def test_a_template_without_values_renders_its_defaults():
    assert render(template(TEXT), INPUTS).text == "terse 3 1"


def test_a_variant_s_values_are_read_by_name():
    given = replace(INPUTS, parameters={"tone": "warm", "length": 5, "shots": 3})
    assert render(template(TEXT), given).text == "warm 6 3"


def test_an_included_file_reads_them_too():
    text = "---\nparameters:\n  tone: [warm, terse]\n---\n{% include 'x.j2' %}"
    parts = {"x": "{{ params.tone }}"}
    assert check(source(text, **parts)) == []
    assert render(template(text, **parts), INPUTS).text == "warm"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("t: []", "t has neither choices nor a range, or both"),
        ("t: [one]", "t: one — write at least two different choices"),
        ("t: [one, one]", "t: one, one — write at least two different choices"),
        ("t: {min: 4}", "t: from 4 to None — write `min` and a greater `max`"),
        ("t: {min: 4, max: 4}", "t: from 4 to 4"),
        ("t: {choices: [a, b], min: 1, max: 2}", "both"),
        ("t: {choices: [a, b], default: c}", "the default 'c' is none of its values — write one of a, b"),
        ("t: {min: 1, max: 9, step: 4, default: 2}", "the default 2 is none of its values — write one of 1, 5, 9"),
        ("t: {choics: [a, b]}", "unknown key `parameters.t.choics` — did you mean `choices`?"),
        ("'t t': [a, b]", "a parameter can't be called 't t'"),
    ],
)
def test_a_declaration_that_can_t_be_meant_is_told_with_its_line(line, expected):
    (first, *_) = said(declared(line))
    assert expected in first
    assert first.startswith("t, line 2: front matter: ")


def test_a_name_that_is_not_declared_is_told_with_the_nearest():
    assert said(TEXT.replace("params.tone", "params.tne")) == [
        "t, line 2: the parameter `tone` is declared but not read — read `params.tone`, or take it out",
        "t, line 7: the template declares no parameter `tne` — did you mean `tone`?",
    ]
    assert said("{{ params.tone }}") == [
        "t, line 1: the template declares no parameter `tone` — add `parameters: {tone: [a, b]}` to the front matter"
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tone": "warm", "length": 9}, []),
        ({"ton": "warm"}, ["parameters: unknown parameter 'ton' — did you mean 'tone'?"]),
        ({"tone": "loud"}, ["parameters: tone = 'loud' — expected one of warm, terse"]),
        ({"length": 12}, ["parameters: length = 12 — expected at most 9"]),
        ({"length": "3"}, ["parameters: length = '3' — expected int"]),
    ],
)
def test_a_value_that_is_none_of_its_choices_is_told(values, expected):
    assert [str(p) for p in value_problems(template(TEXT).front.parameters, values)] == expected


def test_a_variant_with_an_unknown_parameter_is_refused_before_it_runs():
    variant = Variant(template=source("Next:"), parameters={"tone": "warm"})
    (problem,) = problems_of(variant, shop(a="Apple"))
    assert str(problem).startswith("parameters: unknown parameter 'tone': the template declares none")


def test_the_digest_covers_the_values_and_is_the_old_one_without_any():
    # Of a variant as it was before there were parameters.
    variant = Variant(template=TemplateSource(name="t", source="x"))
    assert variant.digest == "4e1217b26627023246e6a01c5f7918fb4afa0a5c92a870ecb0f9962f38b0fafe"
    assert Variant(template=variant.template, parameters={"tone": "warm"}).digest != variant.digest
