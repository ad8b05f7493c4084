"""Parsing and checking: everything wrong at once, with the line of the file."""

import pytest

from prompts_inputs import source, template
from workbench.errors import TemplateError
from workbench.prompts import check, parse


def said(text, *, parts=None, **options):
    return [str(problem) for problem in check(source(text, **(parts or {})), **options)]


def test_missing_front_matter_takes_the_defaults():
    parsed = template("{{ user.description }}")
    assert (parsed.name, parsed.front.format, parsed.front.method) == ("t", "plain", "likelihood")
    assert check(parsed) == []


def test_front_matter_is_read_as_text():
    front = template(
        "---\nname: Rate\nmethod: pointwise\nlabels: [Yes, No]\nsteps:\n  - {name: taste, max_tokens: 40}\n---\nx"
    ).front
    assert front.labels == ("Yes", "No")
    assert (front.steps[0].name, front.steps[0].max_tokens) == ("taste", 40)


def test_all_problems_of_the_front_matter_and_the_syntax_are_told_at_once():
    text = "---\nnaem: x\nmethod: likelyhood\nlabels: Yes\nsteps: [{name: a, tokens: 3}]\n---\n{% for %}"
    assert said(text) == [
        "t, line 2: front matter: unknown key `naem` — did you mean `name`?",
        "t, line 3: front matter: method: 'likelyhood' — did you mean `likelihood`?",
        "t, line 4: front matter: labels: 'Yes' — write a list: [A, B]",
        "t, line 5: front matter: unknown key `steps.0.tokens` — did you mean `max_tokens`?",
        "t, line 7: Expected an expression, got 'end of statement block'",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nname: x\n", "t, line 1: front matter: the front matter is not closed — end it with a line of ---"),
        ("---\njust words\n---\n", "t, line 2: front matter: expected lines of `key: value`"),
        ("---\nname: a\nname: b\n---\n", "t, line 3: front matter: `name` is there twice — keep one"),
        (
            "---\nlabels: [A]\n---\n",
            "t, line 2: front matter: labels: A — write at least two different ones, best first",
        ),
        (
            "---\nname: &a x\nnotes: *a\n---\n",
            "t, line 1: front matter: anchors are not supported — write the value out",
        ),
    ],
)
def test_broken_front_matter_is_an_error_with_its_line(text, expected):
    with pytest.raises(TemplateError) as caught:
        parse(source(text))
    assert str(caught.value) == expected


def test_step_named_like_a_variable_is_refused():
    assert "a step can't be called 'history'" in said("---\nsteps: [{name: history}]\n---\n")[0]


def test_undefined_variables_are_found_before_any_run_each_with_its_line_and_column():
    problems = check(source("---\nname: x\n---\n{{ histroy }}\n\n  {{ usr.description }}"))
    assert [(p.what, p.fix, p.line, p.column) for p in problems] == [
        ("`histroy` is not defined", "did you mean `history`?", 4, 4),
        ("`usr` is not defined", "did you mean `user`?", 6, 6),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{% for m in history %}{{ m.titel }}{% endfor %}",
        "{% for e in exemplars %}{% for m in e.answer[:2] | reverse %}{{ m.titel }}{% endfor %}{% endfor %}",
        "{{ (history | first).titel }}",
        "{{ candidates[0]['titel'] }}",
        "{{ history | map(attribute='titel') | join }}",
        "{% for row in candidates | batch(2) %}{% for m in row %}{{ m.titel }}{% endfor %}{% endfor %}",
        "{% set last = history[-1] %}{{ last.titel }}",
        "{% with m = history[0] %}{{ m.titel }}{% endwith %}",
    ],
)
def test_unknown_attribute_of_an_item_is_found_through_loops_filters_and_names(text):
    assert said(text, item_attributes={"year": "integer"}) == [
        "t, line 1: an item has no `titel` — did you mean `title`?"
    ]


def test_attributes_of_items_are_not_judged_without_the_catalog():
    assert said("{{ history[0].colour }}{{ user.name is defined }}") == []
    assert said("{{ history[0].year }}", item_attributes={"year": "integer"}) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ user.descripton }}", "the user has no `descripton` — did you mean `description`?"),
        ("{{ catalog.nuon }}", "the catalog has no `nuon` — did you mean `noun`?"),
        ("{{ k | uper }}", "there is no filter `uper` — did you mean `upper`?"),
        ("{{ k is evn }}", "there is no test `evn` — did you mean `even`?"),
        ("{{ history | random }}", "the filter `random` is refused"),
        ("{{ user.__class__ }}", "`__class__` is refused in templates"),
        ("{{ ''['__mro__'] }}", "`__mro__` is refused in templates"),
        ("{{ user | attr('__init__') }}", "`__init__` is refused in templates"),
        ("{% include 'y.j2' %}", "there is no file `y.j2` to include — did you mean `x.j2`?"),
        ("{{ lipsum() }}", "`lipsum` is not defined"),
        ("{% for m in history %}{% endfor %}{{ m }}", "`m` is not defined"),
        ("{% step taste %}x{% endstep %}", "the step `taste` is written but not named in the front matter"),
        ("---\nsteps: [{name: taste}]\n---\n", "the step `taste` is named but not written"),
        ("---\nanswer: '{{ itm.title }}'\n---\n", "answer: `itm` is not defined — did you mean `item`?"),
        ("---\nformat: chat\n---\nhi", "a chat template without a role"),
        ("---\nformat: chat\n---\nhi{% user %}x{% enduser %}", "line 4: text outside of roles: 'hi'"),
        ("---\nformat: chat\n---\n{% user %}{% system %}{% endsystem %}{% enduser %}", "`system` block inside `user`"),
        ("a\n{% user %}x{% enduser %}", "line 2: `user` block in a plain template"),
        ("{{ candidate.title }}", "`candidate` is not set by this method"),
        ("{% for a in [1] %}" * 25 + "{% endfor %}" * 25, "can't be compiled: too many statically nested blocks"),
        ("{{ " + "+".join(["k"] * 2000) + " }}", "nest too deeply"),
        ("---\nmethod: pointwise\n---\nx", "every candidate would get the same prompt"),
    ],
)
def test_mistake_is_found_without_rendering(text, expected):
    found = said(text, parts={"x": "text"})
    assert len(found) == 1
    assert expected in found[0]


def test_method_at_hand_decides_whether_candidate_is_set():
    assert said("{{ candidate.title }}", asks_each_candidate=True) == []
    assert len(said("x", asks_each_candidate=True)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{% if taste is defined %}{{ taste }}{% endif %}{{ mood | default('') }}",
        "{% macro f(a, b=k) %}{{ a }}{{ b }}{{ varargs }}{{ caller() }}{% endmacro %}{{ f(1) }}",
        "{% for a, b in history | groupby('year') %}{{ a }}{% for m in b %}{{ m.title }}{% endfor %}{% endfor %}",
        "{% for m in history if m.year > 1990 %}{{ loop.index }}{% else %}{{ k }}{% endfor %}",
        "{% if k %}{% set a = 1 %}{% else %}{% set a = 2 %}{% endif %}{{ a }}",
        "{% set ns = namespace(n=0) %}{{ ns.n }}{{ range(3) | list }}",
        "{% from 'x.j2' import show %}{{ show() }}",
        "{% for m in history %}{% include 'x.j2' %}{% endfor %}",
    ],
)
def test_correct_template_has_no_problems(text):
    assert said(text, parts={"x": "{% macro show() %}{% endmacro %}"}) == []


def test_mistake_in_an_included_file_names_that_file_and_its_line():
    assert said("{% include 'x.j2' %}", parts={"x": "\n{{ histroy }}"}) == [
        "x.j2, line 2: `histroy` is not defined — did you mean `history`?"
    ]


def test_syntax_error_below_the_front_matter_keeps_the_files_line():
    assert said("---\nname: x\nnotes: y\n---\nok\n{% if k %}")[0].startswith("t, line 6: Unexpected end of template")
