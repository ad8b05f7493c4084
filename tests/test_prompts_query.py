"""The query block: rendered before there are candidates, never part of the prompt, checked before any run."""

import pytest

from prompts_inputs import INPUTS, source, template
from workbench.errors import TemplateError
from workbench.prompts import check, has_query, render, render_query

ASKS = """{% set wanted = history | map(attribute="title") | join(" and ") %}
{% query %}
{{ user.description }} like {{ wanted }}
{% endquery %}
Rank for {{ user.description }}: {{ candidates[0].title }}"""


def said(text, **parts):
    return [str(problem) for problem in check(source(text, **parts))]


def test_query_is_rendered_without_candidates_and_leaves_nothing_in_the_prompt():
    asked = template(ASKS)
    assert check(asked) == []
    assert render_query(asked, INPUTS) == "slow science fiction like Heat and Alien"
    assert render(asked, INPUTS).text == "Rank for slow science fiction: Solaris"


def test_what_stands_behind_the_query_does_not_run_when_it_is_asked():
    asked = template("{% query %}{{ k }} films{% endquery %}{{ candidates[0].title }}{{ 1 / 0 }}")
    assert render_query(asked, INPUTS) == "2 films"


def test_query_of_a_chat_template_stands_outside_of_roles():
    text = "---\nformat: chat\n---\n{% query %}films{% endquery %}\n{% user %}Rank.{% enduser %}"
    assert said(text) == []
    assert [m.text for m in render(template(text), INPUTS).messages] == ["Rank."]
    assert render_query(template(text), INPUTS) == "films"


def test_template_without_a_query_asks_for_nothing_of_its_own():
    assert not has_query(template("x"))
    assert render_query(template("x"), INPUTS) == ""


def test_query_that_renders_to_white_space_is_empty():
    assert render_query(template("{% query %} {% if k > 9 %}x{% endif %} {% endquery %}y"), INPUTS) == ""


def test_values_cannot_forge_the_end_of_the_block():
    forged = INPUTS.__class__(catalog=INPUTS.catalog, description="a\U000ffff4b")
    assert render_query(template("{% query %}{{ user.description }}!{% endquery %}"), forged) == "ab!"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{% query %}\n{{ candidates[0].title }}{% endquery %}",
            "t, line 2, column 4: `candidates` is not known when the query is asked",
        ),
        ("{% set c = exemplars %}{% query %}x{% endquery %}", "`exemplars` is not known when the query is asked"),
        ("Rank.\n{% query %}x{% endquery %}", "this stands before the `query` block"),
        ("{% query %}x{% endquery %}\n{% query %}y{% endquery %}", "line 2, column 4: a second `query` block"),
        ("{% if k %}{% query %}x{% endquery %}{% endif %}", "`query` block inside of something else"),
        ("{% query %}{{ usr }}{% endquery %}", "`usr` is not defined"),
        (
            "---\nsteps: [{name: taste}]\n---\n{% query %}{{ taste }}{% endquery %}{% step taste %}x{% endstep %}",
            "`taste` is not known when the query is asked",
        ),
        ("{% query %}x", "Unexpected end of template"),
    ],
)
def test_wrong_query_is_told_before_any_run(text, expected):
    found = "\n".join(said(text))
    assert expected.split(": ")[-1] in found
    if "line" in expected:
        assert expected.split(", column")[0].split(":")[0] in found


def test_query_in_an_included_file_is_refused():
    assert any("inside of something else" in p for p in said('{% include "x.j2" %}', x="{% query %}x{% endquery %}"))


def test_candidates_read_by_a_file_of_the_query_are_an_error_with_its_line():
    asked = template('{% query %}{% include "x.j2" %}{% endquery %}', x="{{ candidates[0].title }}")
    with pytest.raises(TemplateError, match=r"x\.j2, line 1.*candidates"):
        render_query(asked, INPUTS)


def test_query_that_runs_forever_is_stopped():
    with pytest.raises(TemplateError, match="stopped"):
        render_query(
            template("{% query %}{% for i in range(99999) %}{{ 'xxxxxxx' }}{% endfor %}{% endquery %}"), INPUTS
        )
