"""Rendering: values, records, roles, steps, answers, marks, control tokens."""

import dataclasses

import pytest

from prompts_inputs import HEAT, INPUTS, SHOT, STALKER, item, template
from workbench.errors import TemplateError
from workbench.prompts import render, render_answer, template_frame
from workbench.records import Message, Span


def text_of(source, inputs=INPUTS, **options):
    return render(template(source), inputs, **options).text


def spans_of(source, inputs=INPUTS):
    prompt = render(template(source), inputs)
    return [(prompt.text[s.start : s.end], s.kind, s.ref) for s in prompt.spans]


def test_loop_over_the_history_prints_numbered_titles():
    assert text_of("{% for m in history[-5:] %}{{ loop.index }}. {{ m.title }}\n{% endfor %}") == "1. Heat\n2. Alien"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ user.description }}", "slow science fiction"),
        ("{{ user }}", "slow science fiction"),
        ("{{ history[0] }} and {{ history | last }}", "Heat and Alien"),
        ("{{ history }}", "Heat, Alien"),
        ("{{ history | map(attribute='title') | join('; ') }}", "Heat; Alien"),
        ("{{ candidates | selectattr('year', '>', 1975) | join }}", "Stalker"),
        ("{{ candidates | sort(attribute='title', reverse=true) | join('/') }}", "Stalker/Solaris"),
        ("{{ history[0].year + 1 }} {{ history[0]['year'] }}", "1996 1995"),
        ("{{ history[0].genres }}|{{ history[0].genres[1] }}", "crime, drama|drama"),
        ("{{ 'drama' in history[0].genres }}", "True"),
        ("[{{ history[0].director }}]{% if not history[0].director %}none{% endif %}", "[]none"),
        ("{{ history[0].colour is defined }} {{ history[0].colour | default('?') }}", "False ?"),
        ("{{ catalog.noun }} {{ catalog.size }} {{ k }} {{ time }}", "film 3 2 2026-03-01"),
        ("{{ exemplars[0].answer[0].title }}: {{ exemplars[0].reason }}", "Stalker: both are slow"),
        ("{{ history[0] in candidates }} {{ candidates[0] in candidates }}", "False True"),
        ("{% set ns = namespace(n=0) %}{% for m in history %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}", "2"),
        ("{% set t %}{% for m in history %}{{ m.title }}{% endfor %}{% endset %}{{ t | length }}", "9"),
        ("{% for m in history %}{% if loop.first %}{% continue %}{% endif %}{{ m.title }}{% endfor %}", "Alien"),
        ("{% filter upper %}{{ history[0].title }}{% endfilter %}", "HEAT"),
        ("{% macro twice() %}{{ caller() }}{{ caller() }}{% endmacro %}{% call twice() %}{{ k }}{% endcall %}", "22"),
        ("{{ '%s, %s' | format('a', 'b') }} {{ '{0.title}'.format(history[0]) }}", "a, b Heat"),
        ("{% for m in history recursive %}{{ m.title }}{% if loop.depth < 2 %}{{ loop([m]) }}{% endif %}{% endfor %}",
         "HeatHeatAlienAlien"),
        ("\n\n  {{ k }}  \n\n", "2"),
    ],
)  # fmt: skip
def test_expression_gives_text(source, expected):
    assert text_of(source) == expected


def test_include_sees_the_variables_around_it():
    outer = template("{% for m in history %}{% include 'x.j2' %}{% endfor %}", x="<{{ m.title }}>")
    assert render(outer, INPUTS).text == "<Heat><Alien>"


def test_macro_of_another_file_keeps_its_marks():
    macro = "{% macro show(items) %}{% for m in items %}{{ m.title }},{% endfor %}{% endmacro %}"
    outer = template("{% import 'x.j2' as x %}{{ x.show(history) }}", x=macro)
    assert render(outer, INPUTS).spans == (Span(0, 5, "history", "h1"), Span(5, 11, "history", "h2"))


def test_roles_become_messages_and_text_their_join():
    prompt = render(
        template(
            "---\nformat: chat\n---\n{% system %}\nBe brief.\n{% endsystem %}\n"
            "{% user %}\n{{ user.description }}\n{% enduser %}\n{% assistant %}\nI say:\n{% endassistant %}\n"
        ),
        INPUTS,
    )
    assert prompt.messages == (
        Message("system", "Be brief."),
        Message("user", "slow science fiction"),
        Message("assistant", "I say:"),
    )
    assert prompt.text == "Be brief.\n\nslow science fiction\n\nI say:"
    assert prompt.spans == (Span(11, 31, "user", ""),)


def test_exemplar_as_two_turns_is_marked_in_both():
    source = (
        "---\nformat: chat\n---\n{% for e in exemplars %}{% user %}{{ e.description }}{% enduser %}"
        "{% assistant %}{{ e.answer[0].title }}{% endassistant %}{% endfor %}{% user %}{{ user }}{% enduser %}"
    )
    assert spans_of(source) == [
        ("likes the sea", "exemplar", "e1"),
        ("Stalker", "exemplar", "e1"),
        ("slow science fiction", "user", ""),
    ]


def test_empty_message_is_left_out():
    source = "---\nformat: chat\n---\n{% system %}{{ user }}{% endsystem %}{% user %}hi{% enduser %}"
    prompt = render(template(source), dataclasses.replace(INPUTS, description=""))
    assert prompt.messages == (Message("user", "hi"),)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{% user %}hi{% enduser %}", "roles in a plain template"),
        ("---\nformat: chat\n---\nstray {% user %}hi{% enduser %}", "text outside of roles: 'stray'"),
        ("---\nformat: chat\n---\n{% user %}{% enduser %}", "without a message"),
    ],
)
def test_roles_that_do_not_fit_the_format_are_an_error(source, says):
    with pytest.raises(TemplateError, match=says):
        text_of(source)


TWO_STEPS = (
    "---\nsteps: [{name: taste, max_tokens: 9}]\n---\n{% set noun = catalog.noun %}\n"
    "{% step taste %}\nTaste in {{ noun }}:\n{% endstep %}\n[{{ taste }}] Next:"
)


def test_step_renders_only_its_block():
    assert text_of(TWO_STEPS, step="taste") == "Taste in film:"


def test_step_is_silent_and_its_text_empty_until_it_has_run():
    assert text_of(TWO_STEPS) == "[] Next:"
    assert text_of(TWO_STEPS, dataclasses.replace(INPUTS, steps={"taste": " slow films\n"})) == "[slow films] Next:"


def test_unknown_step_is_an_error():
    with pytest.raises(TemplateError, match="the step `mood` is not written"):
        text_of(TWO_STEPS, step="mood")


def test_outermost_input_wins():
    source = "{% for e in exemplars %}<{% for m in e.history %}{{ m.title }}{% endfor %}>{% endfor %}"
    assert spans_of(source) == [("<Alien>", "exemplar", "e1")]


def test_records_printed_outside_of_loops_are_marked():
    assert spans_of("{{ history[1].title }} or {{ candidates[0] }}") == [
        ("Alien", "history", "h2"),
        ("Solaris", "candidate", "c1"),
    ]


def test_joined_titles_are_found_by_their_text():
    assert spans_of("Heat is hot: {{ history | map(attribute='title') | join(', ') }}") == [
        ("Heat", "history", "h1"),
        ("Alien", "history", "h2"),
    ]


def test_broken_off_loop_closes_its_mark():
    source = "{% for m in history %}{{ m.title }}{% break %}{% endfor %} and more"
    assert spans_of(source) == [("Heat", "history", "h1")]


def test_control_tokens_in_values_are_broken_and_the_authors_kept():
    inputs = dataclasses.replace(INPUTS, description="hi<|im_end|>", history=(item("x", "<|im_end|>"),))
    source = "{% macro turn() %}<|im_end|>{{ history[0].title }}{% endmacro %}{{ user }}{{ turn() }}"
    assert text_of(source, inputs, control_tokens=["<|im_end|>"]) == "hi< |im_end|><|im_end|>< |im_end|>"


def test_control_token_across_a_value_and_other_text_is_broken_and_spans_still_fit():
    inputs = dataclasses.replace(INPUTS, history=(item("x", "end|>"),))
    prompt = render(template("<|im_{{ history[0].title }} {{ user }}"), inputs, control_tokens=["<|im_end|>"])
    assert prompt.text == "< |im_end|> slow science fiction"
    assert [prompt.text[s.start : s.end] for s in prompt.spans] == ["end|>", "slow science fiction"]


def test_title_with_line_breaks_stays_on_its_line():
    inputs = dataclasses.replace(INPUTS, history=(item("x", "One\n\n2. Two\u2028\tThree"),))
    assert text_of("{% for m in history %}{{ m.title }}{% endfor %}", inputs) == "One 2. Two Three"


def test_candidate_is_set_only_when_the_method_asks_about_one():
    assert text_of("{{ candidate.title }}", dataclasses.replace(INPUTS, candidate=STALKER)) == "Stalker"
    with pytest.raises(TemplateError, match="`candidate` is not set"):
        text_of("{{ candidate.title }}")


def test_answer_is_the_title_unless_the_template_says_otherwise():
    assert render_answer(template("x"), HEAT) == "Heat"
    assert render_answer(template("---\nanswer: '{{ item.title }} ({{ item.year }})'\n---\nx"), HEAT) == "Heat (1995)"


def test_answer_that_fails_names_the_line_of_the_front_matter():
    with pytest.raises(TemplateError) as caught:
        render_answer(template("---\nname: a\nanswer: '{{ item.titel }}'\n---\nx"), HEAT)
    assert str(caught.value) == "t, line 3: answer: an item has no `titel` — did you mean `title`?"


def test_frame_changes_with_the_text_and_not_with_the_name():
    assert template_frame(template("a")) == template_frame(template("a"))
    assert template_frame(template("a")) != template_frame(template("b"))
    assert template_frame(template("a", x="1")) != template_frame(template("a", x="2"))


def test_same_inputs_give_the_same_prompt():
    parsed = template("{% for m in candidates %}{{ m.text }}{% endfor %}")
    assert render(parsed, INPUTS) == render(parsed, dataclasses.replace(INPUTS, exemplars=(SHOT,)))
