"""The sandbox: what is refused, and what stops a template that would never end."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from prompts_inputs import INPUTS, template
from workbench.errors import TemplateError
from workbench.prompts import Limits, render
from workbench.prompts.limits import Render

QUICK = Limits(seconds=0.2)
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


def stopped(text, limits=Limits(), **parts):
    with pytest.raises(TemplateError) as caught:
        render(template(text, **parts), INPUTS, limits=limits)
    return str(caught.value)


def test_endless_loop_is_stopped_in_time_with_its_line():
    began = time.thread_time()
    assert stopped("a\n" + ENDLESS, QUICK).startswith("t, line 2: stopped after 0.2 s")
    assert 0.2 < time.thread_time() - began < 2


def test_template_that_waits_for_a_busy_machine_is_not_stopped():
    waiting = Render(Limits(seconds=0.05))
    with ThreadPoolExecutor(1) as others:
        others.submit(sum, range(10**7)).result()
    waiting.tick()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% for a in range(9999) %}{{ 'x' * 999 }}{% endfor %}", "the prompt is longer than 400,000 characters"),
        ("{{ 'a' * 10 ** 9 }}", "the result would be longer"),
        ("{{ 10 ** 99999 }}", "the result would be longer"),
        ("{{ [0] * 999999 }}", "the result would be longer"),
        ("{{ range(10 ** 9) }}", "Range too big"),
        ("{{ 'a' | center(10000000) }}", "10,000,000 is more than 200"),
        ("{{ 'a'.ljust(10000000) }}", "10,000,000 is more than 200"),
        ("{{ [1] | batch(10000000, 0) | list }}", "10,000,000 is more than 200"),
        ("{{ 1.5 | round(99999999, 'ceil') }}", "99,999,999 is more than 200"),
        ("{{ '%999999999d' % 1 }}", "the result would be longer"),
        ("{{ '%*d' % (999999999, 1) }}", "a width in a format has to be a number"),
        ("{{ '{:999999999}'.format(1) }}", "the result would be longer"),
        ("{{ '{:{}}'.format(1, 999999999) }}", "a width in a format has to be a number"),
        ("{{ ('a' * 1000) | replace('a', 'b' * 1000) }}", "the result would be longer"),
        ("{{ range(9999) | join('b' * 1000) }}", "the result would be longer"),
        ("{{ ('b' * 1000).join(['a'] * 1000) }}", "the result would be longer"),
        ("{{ range(99999) | map('replace', '1', 'x' * 400000) | list }}", "stopped"),
        ("{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}", "stopped"),
        ("{% set n = namespace(x=1) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}", "stopped"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "more than 50 deep"),
        ("{% include 'x.j2' %}", "nest too deeply"),
        ("{{ " + "(" * 3000 + "k" + ")" * 3000 + " }}", "nest too deeply"),
    ],
)  # fmt: skip
def test_expansion_without_end_is_stopped(text, expected):
    assert expected in stopped(text, x="{% include 'x.j2' %}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n{{ 1 / 0 }}", "t, line 2: division by zero"),
        ("\n\n{{ 'a' + 1 }}", "t, line 3: can only concatenate str"),
        ("---\nname: x\n---\n{{ user.__class__ }}", "t, line 4: `__class__` is refused in templates"),
        ("{{ ''.__class__.__mro__ }}", "t, line 1: `__class__` is refused in templates"),
        ("{{ '{0.__class__}'.format(user) }}", "`__class__` is refused"),
        ("{{ history.append(1) }}", "`append` is refused in templates"),
        ("{{ user.fields }}", "the user has no `fields` — known: description"),
        ("{{ history | attr('__len__') }}", "`__len__` is refused"),
        ("{{ exemplars[0] }}", "an exemplar has no text of its own; print one of description"),
        ("{{ range }}", "can't be printed"),
        ("{{ history | map(attribute='title') }}", "add `| list` or `| join(', ')`"),
        ("{{ histroy }}", "`histroy` is not defined — did you mean `history`?"),
        ("{% include 'y.j2' %}", "there is no file 'y.j2' to include — did you mean `x.j2`?"),
        ("{% for a in [1] %}" * 25 + "{% endfor %}" * 25, "can't be compiled: too many statically nested blocks"),
        ("{% call '{:c}'.format(1048581) %}{% endcall %}", "only a macro can be called"),
        ("{% call range(3) %}{% endcall %}", "only a macro can be called"),
        ("{{ f(a=1, a=2) }}", "can't be compiled: keyword argument repeated"),
    ],
)  # fmt: skip
def test_error_of_a_template_is_told_with_its_line_and_without_python(text, expected):
    said = stopped(text, x="")
    assert expected in said
    assert "Traceback" not in said


def test_error_in_an_included_file_names_that_file():
    assert stopped("a\nb\n{% include 'x.j2' %}", x="\n{{ 1 / 0 }}").startswith("x.j2, line 2: division by zero")


def test_render_in_another_thread_is_stopped_too():
    with ThreadPoolExecutor(2) as pool:
        assert all("stopped after" in said for said in pool.map(stopped, [ENDLESS] * 2, [QUICK] * 2))
